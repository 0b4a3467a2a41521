/* What the words of each verb mean. */

static bool read_nothing(postern_event *e)
{
    if (e->kind == POSTERN_KIND_BYE)
        e->ref = 0;
    return ended();
}

/* "code [text=TEXT]" */
static bool read_refusal(postern_event *e)
{
    postern_str code, text = option("text");
    if (!need(&code))
        return false;
    const postern_code *row = postern_find_code(code);
    if (!row)
        return no("a code that is not on the list");
    e->refusal = (postern_refusal){.present = true, .code = code, .temporary = postern_is(row->temporary), .public = text, .by_peer = true, .diagnostic = code};
    return true;
}

static bool read_refuse(postern_event *e) { return read_refusal(e) && ended(); }

/* "HELLO name secret [access] [to=NAME] [new=SECRET] [term=value ...]"; terms that are not there have their defaults. */
static bool read_hello(postern_event *e)
{
    const postern_claim *c = &d.opening->claim;
    postern_hello *h = &e->hello;
    struct terms given;
    *h = (postern_hello){.present = true, .method = c->method, .key = c->key, .cert_names = c->cert_names, .cert_print = c->cert_print,
                         .authority = c->authority, .principals = c->principals};
    if (!need(&h->name) || !need(&h->secret))
        return false;
    if (word(&h->access) && !postern_eq(h->access, "write") && !postern_eq(h->access, "read") && !postern_eq(h->access, "mixed"))
        return no("the access is none of write, read and mixed");
    h->called_name = option("to");
    h->new_secret = option("new");
    if (!h->method.n)
        h->method = postern_text("password");
    if (!read_terms(&given))
        return false;
    d.terms = overlay(defaults(), given);
    h->terms = terms_for(d.terms);
    return ended();
}

/* "WELCOME [name=NAME] [secret=SECRET] [text=TEXT] [term=value ...]" */
static bool read_welcome(postern_event *e)
{
    struct terms given;
    if (!read_terms(&given))
        return false;
    if (!no_wider(given, d.terms))
        return no("the answer widens a term");
    agree(given);
    e->welcome = (postern_welcome){.present = true, .terms = terms_for(d.terms), .local_name = option("name"), .local_secret = option("secret"), .text = option("text")};
    return ended();
}

static bool read_yield(postern_event *e)
{
    d.asker = d.calling;
    return read_nothing(e);
}

/* Collects the options "attr.colour=blue". */
static void read_attributes(postern_map *attributes)
{
    for (size_t i = 0; i < line.count; i++) {
        postern_str key = line.list[i].key;
        if (key.n > 5 && __builtin_memcmp(key.p, "attr.", 5) == 0) {
            postern_put(attributes, ((postern_str){key.p + 5, key.n - 5}), line.list[i].value);
            line.list[i].key = postern_text("");
        }
    }
}

static bool read_message(postern_file_request *r)
{
    postern_str want;
    r->kind = postern_text("message");
    if (!need(&want))
        return false;
    r->reply_wanted = postern_eq(want, "reply");
    if (!r->reply_wanted && !postern_eq(want, "noreply"))
        return no("neither reply nor noreply");
    return need(&r->text);
}

/* "PUT file [option=value ...]", the same with GET, and "MSG file reply|noreply text" */
static bool read_request(postern_event *e)
{
    postern_file_request *r = &e->request;
    enum action action = PUT;
    while (action < MSG && !postern_eq(d.verb, actions[action].verb))
        action++;
    *r = (postern_file_request){.present = true, .action = postern_text(actions[action].action), .kind = postern_text("file")};
    if (!need(&r->file) || (action == MSG && !read_message(r)))
        return false;
    r->target = option("target");
    r->label = option("label");
    r->origin = option("origin");
    r->destination = option("destination");
    postern_str text = option("text");
    if (text.p)
        r->text = text;
    int64_t restart;
    struct terms given;
    if (!option_number("type", 0, &r->type) || !option_number("number", 0, &r->number) || !option_number("size", -1, &r->size) ||
        !option_number("unit", 0, &r->size_unit) || !option_number("restart", 0, &restart) || !option_number("priority", 1, &r->priority))
        return false;
    if (restart > 1 || r->priority > 2)
        return no("restart is not 0 or 1, or priority not 0, 1 or 2");
    if (!read_terms(&given))
        return false;
    r->restart = restart;
    r->terms = terms_for(given);
    read_attributes(&r->attributes);
    if (!ended())
        return false;
    d.asker = false;
    open_file((d.ref + 1) & UINT32_MAX, action);
    e->ref = d.ref;
    return true;
}

static bool read_grant(postern_event *e)
{
    postern_grant *g = &e->grant;
    struct terms given;
    *g = (postern_grant){.present = true, .file = option("file"), .origin = option("origin"), .destination = option("destination"), .label = option("label")};
    if (!option_number("number", 0, &g->number) || !option_number("type", 0, &g->type) || !option_number("size", -1, &g->size) || !read_terms(&given))
        return false;
    postern_str modified = option("modified");
    if (modified.p && !read_time(modified, &g->modified))
        return no("the time is not as in 2026-01-31T12:30:00Z");
    g->terms = terms_for(given);
    read_attributes(&g->attributes);
    return ended();
}

/* "REPLY [text=TEXT] [attr.NAME=VALUE ...]" */
static bool read_reply(postern_event *e)
{
    e->reply = (postern_reply){.present = true, .text = option("text")};
    read_attributes(&e->reply.attributes);
    return ended();
}

/* "LEAVE" or "LEAVE code [text=TEXT]" */
static bool read_leave(postern_event *e) { return (line.count == 0 || read_refusal(e)) && ended(); }

static bool read_begin(postern_event *e)
{
    e->point = -1;
    if (!flag("none") && !number(&e->point))
        return false;
    d.asked = e->point;
    return ended();
}

static bool read_start(postern_event *e)
{
    if (!number(&e->point))
        return false;
    if (d.asked != -1 && d.asked != e->point)
        return no("another point was wanted");
    const char *wrong = flow_start(e->point, (postern_str){d.resume, d.asked == -1 ? 0 : d.resume_size});
    return wrong ? no(wrong) : ended();
}

/* "DATA n [end] [at=N] [crc=HEX]". The payload follows. */
static bool open_payload(void)
{
    struct payload p = {.open = true, .at = -1};
    if (!number(&p.left))
        return false;
    if (p.left > MAX_BLOCK)
        return no("a block of more than 1048576 bytes");
    p.end = flag("end");
    if (!option_number("at", -1, &p.at))
        return false;
    postern_str crc = option("crc");
    if (crc.p) {
        int64_t want = crc.n <= 8 && crc.n ? digits(crc.p, crc.p + crc.n, (int)crc.n) : -1;
        if (want < 0)
            return no("a crc is no hexadecimal number");
        p.want = (uint32_t)want;
        p.checked = true;
    }
    d.pay = p;
    return ended();
}

static bool read_data(postern_event *e)
{
    e->kind = 0; /* its pieces are events of their own */
    if (!open_payload())
        return false;
    if (d.agreed.value[INTERVAL] && flow.since + d.pay.left > d.agreed.value[INTERVAL])
        d.pay.damage = "data.unsynced";
    else if (flow.counts.part + d.pay.left > d.agreed.value[RECORD])
        d.pay.damage = "data.record";
    return true;
}

static bool read_sync(postern_event *e)
{
    if (!number(&e->point))
        return false;
    if (!d.agreed.value[INTERVAL])
        return misplaced("no sync points were agreed");
    if (e->point != flow.last + 1)
        return no("a sync point out of order");
    if (window_full()) {
        e->kind = POSTERN_KIND_DAMAGED;
        e->point = 0;
        e->refusal = refusal("data.window", "too many sync points wait for their acknowledgement");
        return ended();
    }
    flow_sync();
    e->state = kept_state();
    return ended();
}

static bool read_synced(postern_event *e)
{
    if (!number(&e->point))
        return false;
    return flow_synced(e->point) ? ended() : misplaced("the point does not wait for an acknowledgement");
}

/* "END ok" or "END code [text=TEXT]" */
static bool read_end(postern_event *e) { return (flag("ok") || read_refusal(e)) && ended(); }

/* The figures of FINISH and FINISHED: "[bytes records] [more]" */
static bool read_finish(postern_event *e)
{
    postern_counts *c = &e->counts;
    e->more = flag("more");
    if (line.count && !e->more) {
        c->present = c->known = true;
        if (!number(&c->bytes) || !number(&c->records))
            return false;
        e->more = flag("more");
    }
    e->agree = !c->known || flow_agrees(c->bytes, c->records);
    return ended();
}

static bool read_rewind(postern_event *e)
{
    if (!number(&e->point))
        return false;
    if (!d.agreed.value[RESYNC] || e->point > flow.last)
        return misplaced("nobody may go back there");
    return ended();
}

static bool read_rewound(postern_event *e)
{
    if (!number(&e->point))
        return false;
    return e->point <= flow.last ? ended() : misplaced("a point that has not passed");
}

/* "STOP code [text=TEXT] [restartable] [keep]" */
static bool read_stop(postern_event *e)
{
    if (!read_refusal(e))
        return false;
    e->restartable = flag("restartable");
    e->keep = flag("keep");
    return ended();
}
