/* Bytes to events. */

static bool send_farewell(postern_out *out, const postern_refusal *r)
{
    postern_send_text(out, "ABORT");
    send_refusal(out, r);
    postern_send_text(out, "\n");
    d.state = OVER;
    d.owed = false;
    return true;
}

/* Finds the row of a verb that came in this state; *drop: it was overtaken by what this side said. NULL: out of place. */
static const struct row *heard(postern_str verb, bool *drop)
{
    for (int i = 0; i < ACTIONS; i++)
        if (postern_eq(verb, actions[i].verb))
            verb = postern_text(REQUEST);
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        const struct row *r = &table[i];
        if (!r->verb || !postern_eq(verb, r->verb) || !plays(r->by, !d.calling, !d.asker, !d.sender))
            continue;
        *drop = !(r->hear & d.state);
        if ((r->hear | r->drop) & d.state)
            return r;
    }
    return NULL;
}

static bool asks(int64_t kind)
{
    switch (kind) {
    case POSTERN_KIND_HELLO:
    case POSTERN_KIND_REQUEST:
    case POSTERN_KIND_BEGIN:
    case POSTERN_KIND_FINISH:
    case POSTERN_KIND_REWIND:
    case POSTERN_KIND_REWOUND:
    case POSTERN_KIND_DAMAGED:
    case POSTERN_KIND_TURN:
        return true;
    }
    return false;
}

/* Reads one line. The event keeps the kind 0 when the line says nothing to the server. */
static bool read_line(const char *p, size_t n, postern_event *e, postern_out *out)
{
    bool drop;
    if (!split(p, p + n, &d.verb))
        return false;
    if (!d.verb.n)
        return line.count == 0 || misplaced("a line begins with a verb");
    if (postern_eq(d.verb, "ABORT")) {
        e->kind = POSTERN_KIND_FAULT;
        if (!read_refuse(e))
            return false;
        d.state = OVER;
        d.owed = false;
        return true;
    }
    if (d.stray && postern_eq(d.verb, "STOPPED")) {
        d.stray = false;
        return true;
    }
    const struct row *r = heard(d.verb, &drop);
    if (!r)
        return misplaced("out of place");
    if (drop)
        return r->kind != POSTERN_KIND_DATA || open_payload();
    bool crossed = d.state == STOPPING;
    if (r->heard)
        d.state = r->heard;
    e->kind = r->kind;
    if (!r->read(e))
        return false;
    d.owed = asks(e->kind) || d.state == REJOINING;
    if (postern_eq(d.verb, "STOP")) { /* what is confirmed without asking the server */
        d.stray = crossed;
        postern_send_text(out, "STOPPED\n");
    } else if (postern_eq(d.verb, "LEAVE")) {
        postern_send_text(out, "LEFT\n");
    } else if (postern_eq(d.verb, "BYE")) {
        postern_send_text(out, "GOODBYE\n");
    }
    return true;
}

/* Takes what is there of the payload, and returns how many bytes that is. */
static size_t piece(const uint8_t *in, size_t n, postern_ear *ear)
{
    struct payload *p = &d.pay;
    postern_event e = {.kind = POSTERN_KIND_DATA, .ref = d.ref};
    if (p->damage) {
        e.kind = POSTERN_KIND_DAMAGED;
        e.refusal = refusal(p->damage, "more bytes than were agreed");
        p->damage = NULL;
        d.owed = true;
        postern_tell(ear, &e, NULL, 0);
        return 0;
    }
    size_t used = p->left < (int64_t)n ? (size_t)p->left : n;
    if (!used && p->left)
        return 0;
    p->left -= (int64_t)used;
    p->open = p->left > 0;
    if (d.state != FLOWING)
        return used;
    if (p->checked) {
        p->sum = crc32(p->sum, in, used);
        if (!p->open && p->sum != p->want) {
            e.kind = POSTERN_KIND_DAMAGED;
            e.refusal = refusal("data.io", "another checksum than was announced");
            e.restartable = true;
            d.owed = true;
            postern_tell(ear, &e, NULL, 0);
            return used;
        }
    }
    e.record_end = !p->open && p->end;
    if (p->at >= 0) {
        e.at = postern_num(p->at);
        p->at += (int64_t)used;
    }
    flow_add((int64_t)used, e.record_end);
    if (used || e.record_end)
        postern_tell(ear, &e, in, used);
    return used;
}

/* The bytes of the first line with its end, 0: it is not whole. */
static size_t whole(const uint8_t *in, size_t n)
{
    for (size_t i = 0; i < n && i < MAX_LINE; i++)
        if (in[i] == '\n')
            return i + 1;
    return 0;
}

/* Hears until an event asks, there is no more room, or a line is not whole yet. */
static size_t hear(const uint8_t *in, size_t n, postern_ear *ear)
{
    size_t used = 0;
    while (postern_room(ear) && !d.owed) {
        if (d.state == OVER)
            return n;
        if (d.pay.open) {
            used += piece(in + used, n - used, ear);
            if (d.pay.open && used == n)
                break;
            continue;
        }
        const char *p = (const char *)in + used;
        size_t size = whole(in + used, n - used);
        if (!size && n - used < MAX_LINE)
            break;
        postern_event e = {.ref = d.ref};
        size_t text = size - (size > 0) - (size > 1 && p[size - 2] == '\r');
        if (size ? read_line(p, text, &e, &ear->out) : misplaced("a line of more than 4096 bytes")) {
            used += size;
        } else {
            e = (postern_event){.kind = POSTERN_KIND_FAULT, .ref = d.ref};
            e.refusal = refusal(fault.parameter ? "protocol.parameter" : "protocol.violation", fault.why);
            send_farewell(&ear->out, &e.refusal);
            used = n;
        }
        if (e.kind)
            postern_tell(ear, &e, NULL, 0);
    }
    return used;
}
