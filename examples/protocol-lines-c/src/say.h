/* Messages to bytes. */

/* Finds the row of a message in this state; *late: the peer has overtaken it. NULL: out of place. */
static const struct row *sayable(int64_t kind, bool *late)
{
    *late = false;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        const struct row *r = &table[i];
        if (r->kind != kind || !plays(r->by, d.calling, d.asker, d.sender))
            continue;
        if (r->say & d.state)
            return r;
        *late = *late || r->late & d.state;
    }
    return NULL;
}

/* Whether a message of this kind about an earlier file was overtaken by the end of that one. */
static bool belated(int64_t kind)
{
    switch (kind) {
    case POSTERN_KIND_DATA:
    case POSTERN_KIND_SYNC:
    case POSTERN_KIND_SYNCED:
    case POSTERN_KIND_END:
    case POSTERN_KIND_FINISH:
    case POSTERN_KIND_REWIND:
    case POSTERN_KIND_STOP:
        return true;
    }
    return false;
}

/* Whether a message of this kind is about the file that was asked about. */
static bool answers(int64_t kind)
{
    switch (kind) {
    case POSTERN_KIND_REFUSE:
    case POSTERN_KIND_GRANT:
    case POSTERN_KIND_REPLY:
    case POSTERN_KIND_BEGIN:
    case POSTERN_KIND_START:
    case POSTERN_KIND_FINISHED:
    case POSTERN_KIND_REWOUND:
    case POSTERN_KIND_LEAVE:
        return true;
    }
    return false;
}

/* Ends the call from any state. */
static const char *farewell(const postern_event *m, postern_said *said)
{
    postern_refusal r = m->refusal;
    if (m->kind == POSTERN_KIND_EXPIRED)
        r = refusal(postern_eq(m->timer, "idle") ? "timer.idle" : "timer.message", "");
    else if (!r.present)
        r = refusal("server.stopping", "");
    send_farewell(&said->out, &r);
    said->next = POSTERN_NEXT_HANGUP;
    return NULL;
}

static void send_block(postern_out *out, const uint8_t *p, size_t n, bool end, int64_t at)
{
    char sum[8];
    postern__room(out, n + 128); /* at once, and not by doubling */
    postern_send_text(out, "DATA");
    send_number(out, (int64_t)n);
    if (end)
        postern_send_text(out, " end");
    if (d.agreed.value[CHECKSUM]) {
        uint32_t crc = crc32(0, p, n);
        for (int i = 0; i < 8; i++)
            sum[i] = "0123456789abcdef"[crc >> (28 - 4 * i) & 15];
        send_option(out, "crc", (postern_str){sum, 8});
    }
    if (at >= 0)
        send_option_number(out, "at", at);
    postern_send_text(out, "\n");
    postern_send(out, p, n);
    flow_add((int64_t)n, end);
}

/* Writes the payload behind as many DATA lines as the agreed block needs, up to the next sync point. */
static const char *say_data(const postern_event *m, const uint8_t *data, size_t n, postern_said *said)
{
    int64_t at = m->at.present ? m->at.value : -1, block = d.agreed.value[BLOCK];
    for (int64_t left = room(); said->used < n && left > 0; left = room()) {
        int64_t size = (int64_t)(n - said->used);
        size = size < left ? size : left;
        size = size < block ? size : block;
        bool end = m->record_end && said->used + (size_t)size == n;
        send_block(&said->out, data + said->used, (size_t)size, end, at);
        at += at >= 0 ? size : 0;
        said->used += (size_t)size;
    }
    if (!n && m->record_end)
        send_block(&said->out, data, 0, true, at);
    said->next = next();
    return NULL;
}

/* Takes the state of the point that was heard in START or REWOUND. It writes nothing. */
static const char *rejoin(const postern_event *m)
{
    if (d.state == REJOINING)
        return flow_back(m->point, m->state);
    if (flow.moved || m->point != flow.last)
        return UNSAID;
    return flow_start(m->point, m->state);
}

static const char *utter(const struct row *r, const postern_event *m, postern_said *said)
{
    postern_out *out = &said->out;
    uint32_t was = d.state;
    const char *wrong = NULL;
    if (m->kind == POSTERN_KIND_START && was != BEGINNING) {
        wrong = rejoin(m);
    } else if (m->kind != POSTERN_KIND_SYNCED || (d.agreed.value[WINDOW] && flow_synced(m->point))) {
        postern_send_text(out, r->verb);
        wrong = r->write(m, out);
        postern_send_text(out, "\n");
        if (!wrong && out->n > MAX_LINE)
            wrong = "the line is longer than 4096 bytes";
    }
    if (wrong)
        return wrong;
    if (r->said)
        d.state = r->said;
    if (d.state != was)
        d.owed = false;
    if (d.state == OVER)
        said->next = POSTERN_NEXT_HANGUP;
    if (m->kind == POSTERN_KIND_SYNC) {
        said->next = next();
        said->point = flow.last;
        said->state = kept_state();
    }
    return NULL;
}

static const char *say(const postern_event *m, const uint8_t *data, size_t n, postern_said *said)
{
    bool late;
    if (d.state == OVER) {
        said->next = POSTERN_NEXT_HANGUP;
        return NULL;
    }
    if (m->kind == POSTERN_KIND_ABORT || m->kind == POSTERN_KIND_EXPIRED)
        return farewell(m, said);
    const struct row *r = sayable(m->kind, &late);
    if ((m->ref != d.ref && belated(m->kind)) || (!r && late)) {
        said->next = m->kind == POSTERN_KIND_DATA ? POSTERN_NEXT_BLOCKED : POSTERN_NEXT_UNSPECIFIED;
        return NULL; /* the peer has overtaken it: nothing is written, and data stays with the server */
    }
    if (!r || (m->ref != d.ref && answers(m->kind) && d.state != GREETING))
        return UNSAID;
    return m->kind == POSTERN_KIND_DATA ? say_data(m, data, n, said) : utter(r, m, said);
}
