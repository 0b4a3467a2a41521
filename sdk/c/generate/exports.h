/* ---- The module's exports ---------------------------------------------------------------------------------------- */

#define POSTERN__EXPORT(name) __attribute__((export_name(#name), used))

POSTERN__EXPORT(postern_abi) int32_t postern__export_abi(void) { return POSTERN_CONTRACT; }

/* Memory that the host gave back, to be taken again. */
struct postern__free {
    struct postern__free *next;
    size_t size;
};
static struct postern__free *postern__freed;

POSTERN__EXPORT(postern_alloc) void *postern__export_alloc(size_t size)
{
    size = postern__align(size ? size : 1);
    for (struct postern__free **at = &postern__freed; *at; at = &(*at)->next) {
        struct postern__free *f = *at;
        if (f->size < size || f->size / 2 > size)
            continue; /* a small piece must not cost a large one */
        *at = f->next;
        return f;
    }
    return postern_keep(size);
}

POSTERN__EXPORT(postern_free) void postern__export_free(struct postern__free *p, size_t size)
{
    size = postern__align(size ? size : 1);
    if (!p)
        return;
    if ((uintptr_t)p + size == postern__kept.top && (uintptr_t)p >= postern__kept.base) {
        postern__kept.top = (uintptr_t)p;
        return;
    }
    p->size = size;
    p->next = postern__freed;
    postern__freed = p;
}

static inline int64_t postern__answer(const struct postern__out *b)
{
    return (int64_t)((uint64_t)(uintptr_t)b->p << 32 | b->n);
}

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

/* Writes the reply: the verdict, and the changes, of which m is NULL at points that have none. */
static int64_t postern__reply(const postern_verdict *v, const struct postern__message *m, const void *set)
{
    struct postern__out b = {NULL, 0, 0};
    if (v->kind < 0)
        return v->kind;
    postern__write_number(&b, 1, (uint64_t)v->kind);
    if (v->kind == POSTERN_REFUSE) {
        postern__write_text(&b, 2, v->code);
        if (v->temporary.present)
            postern__write_number(&b, 3, v->temporary.value);
        postern__write_text(&b, 4, v->public);
        postern__write_text(&b, 5, v->detail);
    }
    if (m) {
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

#endif /* POSTERN_H */
