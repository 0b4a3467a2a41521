/* The one dialogue of the instance. */

struct payload {
    bool open, end, checked; /* end: of a record; checked: it bears a checksum */
    int64_t left, at;        /* at: where the rest belongs; -1: where the last data ended */
    const char *damage;      /* what is wrong with it, known before it came */
    uint32_t sum, want;
};

static struct {
    const postern_begin_request *opening;
    bool calling, asker, sender;
    uint32_t state;
    bool owed;  /* an event that asks was heard and is not answered */
    bool stray; /* one STOPPED is still under way after two STOPs crossed */

    struct terms terms;  /* ours, then the agreed ones */
    struct terms agreed; /* the same when they are agreed */

    int64_t ref; /* of the current or last transfer */
    enum action action;
    postern_str verb; /* of the line being read */
    int64_t asked;    /* the point that BEGIN wanted */
    char resume[128]; /* the state said with BEGIN */
    size_t resume_size;
    struct payload pay;
} d;

static void open_file(int64_t ref, enum action action)
{
    d.ref = ref;
    d.action = action;
    d.asked = -1;
    d.resume_size = 0;
    d.sender = d.asker == (action == PUT);
    __builtin_memset(&flow, 0, sizeof flow);
}

/* Settles the terms: those given, and for the others what was proposed. */
static void agree(struct terms t) { d.agreed = d.terms = overlay(d.terms, t); }

/* How many bytes may pass before the next point. */
static int64_t room(void)
{
    int64_t interval = d.agreed.value[INTERVAL];
    if (interval == 0)
        return INT64_MAX;
    return interval > flow.since ? interval - flow.since : 0;
}

static bool window_full(void) { return d.agreed.value[WINDOW] > 0 && flow_open() >= d.agreed.value[WINDOW]; }

/* How the sender goes on: with data, with a point, or not before a point was acknowledged. */
static int64_t next(void)
{
    return room() > 0 ? POSTERN_NEXT_UNSPECIFIED : window_full() ? POSTERN_NEXT_BLOCKED : POSTERN_NEXT_POINT_DUE;
}

static postern_refusal refusal(const char *code, const char *detail)
{
    const postern_code *row = postern_find_code(postern_text(code));
    return (postern_refusal){.present = true, .code = postern_text(code), .public = postern_text(row ? row->public : ""), .detail = postern_text(detail)};
}

/* Writes the code and the public text; the detail stays here. */
static void send_refusal(postern_out *out, const postern_refusal *r)
{
    send_word(out, r->code);
    send_option(out, "text", r->public);
}
