/* The filter: what it does stands in the session fact. */

static struct {
    char what[16];
    uint8_t *held; /* size bytes, of which the first from have been given */
    size_t from, size, room, blocks, seen;
    uint8_t sum;
} f;

static bool doing(const char *what) { return postern_eq((const char *)f.what, what); }

static postern_verdict filter(const postern_filter_facts *facts)
{
    if (postern_eq(facts->session, "refuse"))
        return refusal();
    if (postern_eq(facts->session, "fail") || facts->session.n >= sizeof f.what)
        return postern_fail();
    __builtin_memcpy(f.what, facts->session.p, facts->session.n);
    return postern_pass();
}

static void hold(const uint8_t *p, size_t n, int times)
{
    if (f.room - f.size < n * times) {
        size_t room = (f.size + n * times) * 2;
        uint8_t *bigger = postern_keep(room);
        if (!bigger)
            __builtin_trap();
        __builtin_memcpy(bigger, f.held, f.size);
        f.held = bigger;
        f.room = room;
    }
    for (size_t i = 0; i < n; i++)
        for (int k = 0; k < times; k++)
            f.held[f.size++] = p[i];
}

/* Gives up to so many bytes of what is held, and says whether there is more. */
static postern_filtered give(postern_block *b, size_t most)
{
    size_t n = f.size - f.from;
    if (n > most)
        n = most;
    if (n > b->capacity)
        n = b->capacity;
    __builtin_memcpy(b->data, f.held + f.from, n);
    f.from += n;
    if (f.from < f.size)
        return postern_more(n);
    f.from = f.size = 0;
    return postern_bytes(n);
}

static postern_filtered block(postern_block *b)
{
    f.blocks += !b->more;
    f.seen += b->size;
    if (doing("invert")) {
        for (size_t i = 0; i < b->size; i++)
            b->data[i] ^= 0xff;
    } else if (doing("sum")) {
        for (size_t i = 0; i < b->size; i++)
            b->data[i] = f.sum += b->data[i];
    } else if (doing("double")) {
        hold(b->data, b->size, 2);
        return give(b, SIZE_MAX);
    } else if (doing("repeat")) {
        hold(b->data, b->size, 3);
        return give(b, 4);
    } else if (doing("hold")) {
        hold(b->data, b->size, 1);
        return b->last ? give(b, SIZE_MAX) : postern_bytes(0);
    } else if (doing("cut") && f.seen >= 5) {
        return postern_end(b->size - (f.seen - 5));
    } else if (doing("reject") && f.blocks > 1) {
        return postern_reject();
    } else if (doing("faillater") && f.blocks > 1) {
        return postern_filter_fail();
    }
    return postern_bytes(b->size);
}

static int32_t snapshot(uint8_t *out, size_t capacity)
{
    if (capacity < 1)
        return POSTERN_NO_MEMORY;
    out[0] = f.sum;
    return 1;
}

static int32_t restore(const uint8_t *state, size_t size)
{
    if (size != 1)
        return POSTERN_CANNOT_DECODE;
    f.sum = state[0];
    return 0;
}
