/* The words of each verb. Each function appends what stands behind the verb, and returns NULL or why nothing is said. */

static const char UNSAID[] = "cannot be said now", NO_BODY[] = "the message has no body";

static const char *write_nothing(const postern_event *m, postern_out *out)
{
    (void)m, (void)out;
    return NULL;
}

static const char *write_hello(const postern_event *m, postern_out *out)
{
    const postern_hello *h = &m->hello;
    if (!h->present)
        return NO_BODY;
    send_word(out, h->name);
    send_word(out, h->secret);
    if (h->access.n)
        send_word(out, h->access);
    send_option(out, "to", h->called_name);
    send_option(out, "new", h->new_secret);
    d.terms = overlay(d.terms, terms_of(h->terms));
    send_terms(out, d.terms);
    return NULL;
}

static const char *write_welcome(const postern_event *m, postern_out *out)
{
    const postern_welcome *w = &m->welcome;
    struct terms given = terms_of(w->terms);
    if (!w->present)
        return NO_BODY;
    if (!no_wider(given, d.terms))
        return "a term is wider than was proposed";
    agree(given);
    send_option(out, "name", w->local_name);
    send_option(out, "secret", w->local_secret);
    send_option(out, "text", w->text);
    send_terms(out, d.terms);
    return NULL;
}

static const char *write_refuse(const postern_event *m, postern_out *out)
{
    if (!m->refusal.present)
        return NO_BODY;
    send_refusal(out, &m->refusal);
    return NULL;
}

static const char *write_yield(const postern_event *m, postern_out *out)
{
    d.asker = d.calling;
    return write_nothing(m, out);
}

static const char *send_attributes(postern_out *out, postern_map attributes)
{
    for (postern_str k, v; postern_next_pair(&attributes, &k, &v);) {
        for (size_t i = 0; i < k.n; i++)
            if (k.p[i] <= ' ' || k.p[i] > '~' || k.p[i] == '"' || k.p[i] == '=' || k.p[i] == '\\')
                return "an attribute's name is no bare word";
        if (!k.n)
            return "an attribute has no name";
        postern_send_text(out, " attr.");
        postern_send_text(out, k);
        postern_send_text(out, "=");
        send_value(out, v);
    }
    return NULL;
}

static const char *write_request(const postern_event *m, postern_out *out)
{
    const postern_file_request *r = &m->request;
    enum action action = PUT;
    while (action < ACTIONS && !postern_eq(r->action, actions[action].action))
        action++;
    if (!r->present || action == ACTIONS)
        return r->present ? "the action has no verb" : NO_BODY;
    postern_send_text(out, actions[action].verb);
    send_word(out, r->file);
    if (action == MSG) {
        postern_send_text(out, r->reply_wanted ? " reply" : " noreply");
        send_word(out, r->text);
    }
    send_option(out, "target", r->target);
    send_option(out, "label", r->label);
    send_option(out, "origin", r->origin);
    send_option(out, "destination", r->destination);
    if (action != MSG)
        send_option(out, "text", r->text);
    if (r->type)
        send_option_number(out, "type", r->type);
    if (r->number)
        send_option_number(out, "number", r->number);
    if (r->size != -1)
        send_option_number(out, "size", r->size);
    if (r->size_unit)
        send_option_number(out, "unit", r->size_unit);
    if (r->restart)
        send_option_number(out, "restart", 1);
    if (r->priority != 1)
        send_option_number(out, "priority", r->priority);
    send_terms(out, terms_of(r->terms));
    d.asker = true;
    open_file(m->ref, action);
    return send_attributes(out, r->attributes);
}

static const char *write_grant(const postern_event *m, postern_out *out)
{
    const postern_grant *g = &m->grant;
    if (!g->present)
        return NO_BODY;
    if (g->number)
        send_option_number(out, "number", g->number);
    if (g->type)
        send_option_number(out, "type", g->type);
    if (g->size != -1)
        send_option_number(out, "size", g->size);
    send_option(out, "file", g->file);
    send_option(out, "origin", g->origin);
    send_option(out, "destination", g->destination);
    send_option(out, "label", g->label);
    send_time(out, "modified", g->modified);
    send_terms(out, terms_of(g->terms));
    return send_attributes(out, g->attributes);
}

static const char *write_reply(const postern_event *m, postern_out *out)
{
    if (!m->reply.present)
        return NO_BODY;
    if (POSTERN_COUNT(m->reply.entries) || m->reply.more)
        return "a listing has no verb";
    send_option(out, "text", m->reply.text);
    return send_attributes(out, m->reply.attributes);
}

static const char *write_leave(const postern_event *m, postern_out *out)
{
    if (m->refusal.present)
        send_refusal(out, &m->refusal);
    return NULL;
}

/* Writes a point, -1 as none. */
static void send_point(postern_out *out, int64_t point)
{
    if (point == -1)
        postern_send_text(out, " none");
    else
        send_number(out, point);
}

static const char *write_begin(const postern_event *m, postern_out *out)
{
    if (d.action == MSG)
        return UNSAID;
    if (m->state.n > sizeof d.resume)
        return "the state of a sync point is none of ours";
    d.asked = m->point;
    d.resume_size = m->state.n;
    if (m->state.n)
        __builtin_memcpy(d.resume, m->state.p, m->state.n);
    send_point(out, m->point);
    return NULL;
}

static const char *write_start(const postern_event *m, postern_out *out)
{
    if (m->point < 0 || (d.asked != -1 && d.asked != m->point))
        return "another point was wanted";
    send_point(out, m->point);
    return flow_start(m->point, m->state);
}

static const char *write_sync(const postern_event *m, postern_out *out)
{
    if (!d.agreed.value[INTERVAL] || window_full())
        return UNSAID;
    if (m->point && m->point != flow.last + 1)
        return "a sync point out of order";
    flow_sync();
    send_point(out, flow.last);
    return NULL;
}

static const char *write_synced(const postern_event *m, postern_out *out)
{
    send_point(out, m->point);
    return NULL;
}

static const char *write_end(const postern_event *m, postern_out *out)
{
    if (!m->refusal.present)
        postern_send_text(out, " ok");
    return write_leave(m, out);
}

/* The figures of the whole file as this side has counted them. */
static const char *write_finish(const postern_event *m, postern_out *out)
{
    send_number(out, flow.counts.bytes);
    send_number(out, flow.counts.records);
    if (m->more)
        postern_send_text(out, " more");
    return NULL;
}

static const char *write_rewind(const postern_event *m, postern_out *out)
{
    if (!d.agreed.value[RESYNC] || m->point < 0 || m->point > flow.last)
        return UNSAID;
    send_point(out, m->point);
    return NULL;
}

static const char *write_rewound(const postern_event *m, postern_out *out)
{
    if (m->point < 0 || m->point > flow.last)
        return UNSAID;
    send_point(out, m->point);
    return flow_back(m->point, m->state);
}

static const char *write_stop(const postern_event *m, postern_out *out)
{
    if (!m->refusal.present)
        return NO_BODY;
    send_word(out, m->refusal.code);
    if (m->restartable)
        postern_send_text(out, " restartable");
    if (m->keep)
        postern_send_text(out, " keep");
    send_option(out, "text", m->refusal.public);
    return NULL;
}
