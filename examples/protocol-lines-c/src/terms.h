/* What is negotiated. A flag is 0 or 1, and so is the only set of words: with crc32 or without. */

enum { INTERVAL, WINDOW, RESYNC, RECORD, BLOCK, CHECKSUM, TERM_COUNT };

enum { MAX_BLOCK = 1 << 20 };

static const postern_term_spec specs[TERM_COUNT] = {
    [INTERVAL] = {"interval", POSTERN_NUMBER, 64 << 10, .bytes = true, .describe = "most bytes between two sync points; 0: no sync points"},
    [WINDOW] = {"window", POSTERN_NUMBER, 4, .max = 64, .describe = "sync points that may wait for their acknowledgement; 0: none is acknowledged"},
    [RESYNC] = {"resync", POSTERN_FLAG, 1, .describe = "whether a side may go back to a sync point in the middle of a transfer"},
    [RECORD] = {"record", POSTERN_NUMBER, 1 << 30, .min = 1, .bytes = true, .describe = "longest record"},
    [BLOCK] = {"block", POSTERN_NUMBER, 64 << 10, .min = 1, .max = MAX_BLOCK, .bytes = true, .describe = "most bytes after one DATA line"},
    [CHECKSUM] = {"checksum", POSTERN_WORDS, .words = "crc32", .describe = "checksums sent with each DATA line"},
};

struct terms {
    int64_t value[TERM_COUNT];
    uint32_t given; /* a bit for each that is there */
};

static struct terms defaults(void)
{
    struct terms t = {.given = (1 << TERM_COUNT) - 1};
    for (int i = 0; i < TERM_COUNT; i++)
        t.value[i] = specs[i].value;
    return t;
}

/* Puts the terms of top in place of those of base. */
static struct terms overlay(struct terms base, struct terms top)
{
    for (int i = 0; i < TERM_COUNT; i++)
        if (base.given & top.given & 1u << i)
            base.value[i] = top.value[i];
    return base;
}

/* Whether every term of a is in b, and no wider there. */
static bool no_wider(struct terms a, struct terms b)
{
    for (int i = 0; i < TERM_COUNT; i++)
        if (a.given & 1u << i && (!(b.given & 1u << i) || a.value[i] > b.value[i]))
            return false;
    return true;
}

/* The terms of a message. */
static struct terms terms_of(postern_terms list)
{
    struct terms t = {0};
    for (postern_term x; postern_next_term(&list, &x);)
        for (int i = 0; i < TERM_COUNT; i++)
            if (postern_eq(x.name, specs[i].name) && (int)x.kind == specs[i].kind) {
                t.given |= 1u << i;
                t.value[i] = x.kind == POSTERN_NUMBER ? x.number : x.kind == POSTERN_FLAG ? x.flag : postern_has(x.words, "crc32");
            }
    return t;
}

static postern_terms terms_for(struct terms t)
{
    postern_terms list = {0};
    postern_list crc = {0};
    if (t.value[CHECKSUM])
        postern_add(&crc, "crc32");
    for (int i = 0; i < TERM_COUNT; i++) {
        if (!(t.given & 1u << i))
            continue;
        if (specs[i].kind == POSTERN_NUMBER)
            postern_put_number(&list, specs[i].name, t.value[i]);
        else if (specs[i].kind == POSTERN_FLAG)
            postern_put_flag(&list, specs[i].name, t.value[i]);
        else
            postern_put_words(&list, specs[i].name, crc);
    }
    return list;
}

static void send_terms(postern_out *out, struct terms t)
{
    for (int i = 0; i < TERM_COUNT; i++) {
        if (!(t.given & 1u << i))
            continue;
        if (specs[i].kind == POSTERN_WORDS)
            send_option(out, specs[i].name, postern_text(t.value[i] ? "crc32" : "none"));
        else
            send_option_number(out, specs[i].name, t.value[i]);
    }
}

/* Collects the options that are terms. */
static bool read_terms(struct terms *t)
{
    *t = (struct terms){0};
    for (int i = 0; i < TERM_COUNT; i++) {
        postern_str v = option(specs[i].name);
        int64_t n, most = specs[i].kind == POSTERN_FLAG ? 1 : specs[i].max;
        if (!v.p)
            continue;
        t->given |= 1u << i;
        if (specs[i].kind == POSTERN_WORDS) {
            n = postern_eq(v, "crc32");
            if (!n && !postern_eq(v, "none") && v.n)
                return no("a checksum that is not known");
        } else if (!parse(v, &n) || n < specs[i].min || (most && n > most)) {
            return no("a term out of its range");
        }
        t->value[i] = n;
    }
    return true;
}
