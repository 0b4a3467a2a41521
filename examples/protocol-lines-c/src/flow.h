/* The data of one transfer, as either side sees it: counts, sync points, the window. */

/* What has passed on the wire of one file since its first byte. It is kept with each sync point, so that a restart counts
 * on exactly. */
struct counts {
    int64_t bytes, records;
    int64_t part; /* bytes of the record that has begun */
};

static struct {
    struct counts counts, base; /* base: at the start of this attempt */
    int64_t last, acked;        /* sync points that passed, and that were acknowledged */
    int64_t since;              /* bytes since the last point */
    bool moved;                 /* data has passed since START or REWOUND */
} flow;

/* What is stored with a sync point: "line1 bytes=6 records=0 part=6". */
static postern_str kept_state(void)
{
    postern_str s = postern_cat("line1 bytes=", postern_decimal(flow.counts.bytes));
    s = postern_cat(postern_cat(s, " records="), postern_decimal(flow.counts.records));
    return postern_cat(postern_cat(s, " part="), postern_decimal(flow.counts.part));
}

/* Positions the flow at a point with what was kept with it. NULL, or what is wrong. */
static const char *flow_back(int64_t point, postern_str state)
{
    struct counts c = {0};
    int64_t *const figures[] = {&c.bytes, &c.records, &c.part};
    static const char *const names[] = {"line1 bytes=", " records=", " part="};
    for (int i = 0; i < 3 && state.n; i++) {
        size_t n = __builtin_strlen(names[i]), from = n;
        if (state.n <= n || __builtin_memcmp(state.p, names[i], n) != 0)
            return "the state of a sync point is none of ours";
        while (n < state.n && state.p[n] >= '0' && state.p[n] <= '9')
            n++;
        bool ok;
        *figures[i] = postern_number(((postern_str){state.p + from, n - from}), &ok);
        if (!ok || (i < 2) == (n == state.n))
            return "the state of a sync point is none of ours";
        state = (postern_str){state.p + n, state.n - n};
    }
    flow.counts = c;
    flow.last = flow.acked = point;
    flow.since = 0;
    flow.moved = false;
    return NULL;
}

/* The same at the beginning of an attempt. */
static const char *flow_start(int64_t point, postern_str state)
{
    const char *wrong = flow_back(point, state);
    if (!wrong)
        flow.base = flow.counts;
    return wrong;
}

static void flow_add(int64_t n, bool record_end)
{
    flow.counts.bytes += n;
    flow.counts.part += n;
    if (record_end) {
        flow.counts.records++;
        flow.counts.part = 0;
    }
    flow.since += n;
    flow.moved = true;
}

static void flow_sync(void)
{
    flow.last++;
    flow.since = 0;
    flow.moved = true;
}

/* Acknowledges the points up to n; false: n was not open. */
static bool flow_synced(int64_t n)
{
    if (n <= flow.acked || n > flow.last)
        return false;
    flow.acked = n;
    return true;
}

static int64_t flow_open(void) { return flow.last - flow.acked; }

/* Compares the figures of the other side: of the whole file, or of this attempt alone. */
static bool flow_agrees(int64_t bytes, int64_t records)
{
    const struct counts *c = &flow.counts, *b = &flow.base;
    return (bytes == c->bytes && records == c->records) || (bytes == c->bytes - b->bytes && records == c->records - b->records);
}

/* A checksum as zlib has it; begun with 0. */
static uint32_t crc32(uint32_t sum, const uint8_t *p, size_t n)
{
    static uint32_t table[256];
    if (!table[1])
        for (uint32_t i = 0; i < 256; i++) {
            uint32_t c = i;
            for (int bit = 0; bit < 8; bit++)
                c = c & 1 ? c >> 1 ^ 0xedb88320 : c >> 1;
            table[i] = c;
        }
    for (sum = ~sum; n--; p++)
        sum = table[(sum ^ *p) & 0xff] ^ sum >> 8;
    return ~sum;
}
