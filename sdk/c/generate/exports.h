static int64_t postern__describe(void)
{
    struct postern__out b = {NULL, 0, 0};
    postern__write_text(&b, 1, postern_text(postern_exit.name));
    postern__write_text(&b, 2, postern_text(postern_exit.version));
    postern__write_number(&b, 3, POSTERN_CONTRACT);
    postern__write_text(&b, 4, postern_text("exit"));
    postern__write_points(&b);
    for (size_t i = 0; i < sizeof postern_exit.grants / sizeof postern_exit.grants[0] && postern_exit.grants[i]; i++)
        postern__write_text(&b, 6, postern_text(postern_exit.grants[i]));
    if (postern_exit.changes_length)
        postern__write_number(&b, 7, 1);
    if (postern_exit.snapshot)
        postern__write_number(&b, 8, 1);
    return postern__answer(&b);
}

static inline uint8_t *postern__put_varint(uint8_t *p, uint64_t v)
{
    for (; v >= 0x80; v >>= 7)
        *p++ = (uint8_t)(v | 0x80);
    *p++ = (uint8_t)v;
    return p;
}

static inline uint8_t *postern__put_text(uint8_t *p, uint8_t num, postern_str s)
{
    if (!s.n)
        return p;
    *p++ = (uint8_t)(num << 3 | 2);
    p = postern__put_varint(p, s.n);
    __builtin_memcpy(p, s.p, s.n);
    return p + s.n;
}

/* Whether nothing at all is set, as in most answers. */
static inline bool postern__blank(const void *set, size_t n)
{
    const uint8_t *p = set;
    uint64_t eight;
    for (; n >= 8; n -= 8, p += 8) {
        __builtin_memcpy(&eight, p, 8);
        if (eight)
            return false;
    }
    while (n--)
        if (*p++)
            return false;
    return true;
}

/* Writes the reply: the verdict, and the changes, of which m is NULL at points that have none. */
static int64_t postern__reply(const postern_verdict *v, const struct postern__message *m, const void *set, size_t size)
{
    struct postern__out b = {NULL, 0, 0};
    if (v->kind < 0)
        return v->kind;
    uint8_t *p = postern__room(&b, 64 + v->code.n + v->public.n + v->detail.n);
    *p++ = 1 << 3;
    p = postern__put_varint(p, (uint64_t)v->kind);
    if (v->kind == POSTERN_REFUSE) {
        p = postern__put_text(p, 2, v->code);
        if (v->temporary.present) {
            *p++ = 3 << 3;
            *p++ = v->temporary.value;
        }
        p = postern__put_text(p, 4, v->public);
        p = postern__put_text(p, 5, v->detail);
    }
    b.n = (size_t)(p - b.p);
    if (m && !postern__blank(set, size)) {
        struct postern__out part = {NULL, 0, 0};
        postern__write(&part, m, set);
        if (part.n)
            postern__write_bytes(&b, 6, part.p, part.n);
    }
    return postern__answer(&b);
}

POSTERN__EXPORT(postern_call) int64_t postern__export_call(int32_t method, const uint8_t *head, size_t size, const uint8_t *body, size_t body_size)
{
    (void)body, (void)body_size;
    postern__arena.top = postern__arena.base;
    return method == 1 ? postern__describe() : postern__dispatch(method, head, head + size);
}

POSTERN__EXPORT(postern_block) int64_t postern__export_block(uint8_t *p, size_t size, size_t capacity, int32_t flags)
{
    static bool more;
    postern__arena.top = postern__arena.base;
    if (!postern_exit.block)
        return POSTERN_NOT_IMPLEMENTED;
    postern_block b = {p, size, capacity, flags & 1, more};
    int64_t value = postern_exit.block(&b).value;
    more = value >= 0 && value >> 32 & 1;
    return value;
}

POSTERN__EXPORT(postern_snapshot) int32_t postern__export_snapshot(uint8_t *p, size_t capacity)
{
    postern__arena.top = postern__arena.base;
    return postern_exit.snapshot ? postern_exit.snapshot(p, capacity) : POSTERN_NOT_IMPLEMENTED;
}

POSTERN__EXPORT(postern_restore) int32_t postern__export_restore(const uint8_t *p, size_t size)
{
    postern__arena.top = postern__arena.base;
    return postern_exit.restore ? postern_exit.restore(p, size) : POSTERN_NOT_IMPLEMENTED;
}

#endif /* POSTERN_PROTOCOL_H */
#endif /* POSTERN_H */
