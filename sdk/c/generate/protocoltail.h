/* Finds a code; NULL: it is not on the list. */
static inline const postern_code *postern_find_code(postern_str code)
{
    for (size_t i = 0; i < sizeof postern__codes / sizeof postern__codes[0]; i++)
        if (postern_eq(code, postern__codes[i].code))
            return &postern__codes[i];
    return NULL;
}

/* ---- What a protocol is ------------------------------------------------------------------------------------------ */

/* Bytes to be sent. They grow in the memory of the call. */
typedef struct postern__out postern_out;

/* Appends bytes, or text. */
static inline void postern_send(postern_out *out, const void *p, size_t n)
{
    uint8_t *to = postern__room(out, n);
    if (n)
        __builtin_memcpy(to, p, n);
    out->n += n;
}
#define postern_send_text(out, s) postern__send_text(out, POSTERN_STR(s))
static inline void postern__send_text(postern_out *out, postern_str s) { postern_send(out, s.p, s.n); }

/* Where hear leaves what it has understood. The fields but out are not for use. */
typedef struct {
    postern_out out;
    postern_out reply;
    size_t room;
} postern_ear;

/* Whether there is room for one more event. */
static inline bool postern_room(const postern_ear *ear) { return ear->room > 0; }

/* Tells the server an event. The bytes of data lie in those heard, and stay there: p is NULL where there are none. */
static inline void postern_tell(postern_ear *ear, const postern_event *e, const uint8_t *p, size_t n)
{
    postern_out part = {NULL, 0, 0};
    postern_event with = *e;
    if (n)
        with.span = (postern_span){true, (int64_t)(uintptr_t)p, (int64_t)n};
    postern__write(&part, &postern__table_event, &with);
    postern__write_bytes(&ear->reply, 2, part.p, part.n);
    ear->room--;
}

/* What became of a message. */
typedef struct {
    postern_out out;
    int64_t next; /* POSTERN_NEXT_... */
    size_t used;  /* bytes of data that were taken */
    int64_t point;
    postern_str state; /* kept with a sync point, at most 1 KiB */
} postern_said;

/* A term that the protocol negotiates. */
typedef struct {
    const char *name;
    int kind;          /* POSTERN_NUMBER, POSTERN_FLAG or POSTERN_WORDS */
    int64_t value;     /* the default of a number or flag; words have none */
    int64_t min, max;  /* legal numbers; max 0: no upper bound */
    bool bytes;        /* may be written as a size */
    const char *words; /* the one legal word, NULL: any */
    const char *describe;
} postern_term_spec;

/* What a protocol is: POSTERN_PROTOCOL(.name = ..., .version = ..., .begin = function, ...) at the end of its file. begin
 * and say return NULL, or what is wrong; then nothing is sent. hear returns how many bytes it used. It is asked no more
 * after an event that asks until that was answered. */
struct postern_protocol {
    const char *name, *version;
    const postern_term_spec *terms;
    size_t term_count;
    const char *(*begin)(const postern_begin_request *opening, postern_out *out);
    size_t (*hear)(const uint8_t *in, size_t n, postern_ear *ear);
    const char *(*say)(const postern_event *message, const uint8_t *data, size_t n, postern_said *said);
};

static const struct postern_protocol postern_protocol;
#define POSTERN_PROTOCOL(...) static const struct postern_protocol postern_protocol = {__VA_ARGS__};

/* ---- Questions --------------------------------------------------------------------------------------------------- */

static void postern__write_spec(postern_out *b, const postern_term_spec *s)
{
    postern_out spec = {NULL, 0, 0}, term = {NULL, 0, 0};
    postern__write_text(&term, 1, postern_text(s->name));
    if (s->kind == POSTERN_WORDS)
        postern__write_bytes(&term, 4, NULL, 0);
    else
        postern__write_number(&term, s->kind == POSTERN_NUMBER ? 2 : 3, (uint64_t)s->value);
    postern__write_bytes(&spec, 1, term.p, term.n);
    postern__write_number(&spec, 2, (uint64_t)s->min);
    postern__write_number(&spec, 3, (uint64_t)s->max);
    postern__write_number(&spec, 4, s->bytes);
    postern__write_text(&spec, 5, postern_text(s->words));
    postern__write_text(&spec, 6, postern_text(s->describe));
    postern__write_bytes(b, 9, spec.p, spec.n);
}

static int64_t postern__describe(void)
{
    postern_out b = {NULL, 0, 0};
    postern__write_text(&b, 1, postern_text(postern_protocol.name));
    postern__write_text(&b, 2, postern_text(postern_protocol.version));
    postern__write_number(&b, 3, POSTERN_CONTRACT);
    postern__write_text(&b, 4, postern_text("protocol"));
    for (size_t i = 0; i < postern_protocol.term_count; i++)
        postern__write_spec(&b, &postern_protocol.terms[i]);
    return postern__answer(&b);
}

static inline postern_span postern__span(const postern_out *out)
{
    return (postern_span){out->n > 0, (int64_t)(uintptr_t)out->p, (int64_t)out->n};
}

static int64_t postern__begin(const uint8_t *head, size_t size)
{
    static postern_begin_request opening;
    postern_begin_reply reply = {0};
    postern_out out = {NULL, 0, 0}, b = {NULL, 0, 0};
    uint8_t *kept = postern_keep(size);
    if (!kept)
        return POSTERN_NO_MEMORY;
    __builtin_memcpy(kept, head, size);
    opening = (postern_begin_request){0};
    if (!postern__read(&postern__table_begin_request, kept, kept + size, &opening))
        return POSTERN_CANNOT_DECODE;
    const char *wrong = postern_protocol.begin(&opening, &out);
    reply.out_at = postern__span(&out);
    if (wrong)
        reply = (postern_begin_reply){.error = postern_text(wrong)};
    postern__write(&b, &postern__table_begin_reply, &reply);
    return postern__answer(&b);
}

static int64_t postern__hear(const uint8_t *head, size_t size, const uint8_t *in, size_t n)
{
    postern_hear_request question = {0};
    if (!postern__read(&postern__table_hear_request, head, head + size, &question))
        return POSTERN_CANNOT_DECODE;
    postern_ear ear = {.room = question.room > 256 ? 256 : (size_t)question.room};
    postern__write_number(&ear.reply, 1, postern_protocol.hear(in, n, &ear));
    if (ear.out.n) {
        postern_out part = {NULL, 0, 0};
        postern_span at = postern__span(&ear.out);
        postern__write(&part, &postern__table_span, &at);
        postern__write_bytes(&ear.reply, 4, part.p, part.n);
    }
    return postern__answer(&ear.reply);
}

static int64_t postern__say(const uint8_t *head, size_t size, const uint8_t *data, size_t n)
{
    postern_say_request question = {0};
    if (!postern__read(&postern__table_say_request, head, head + size, &question))
        return POSTERN_CANNOT_DECODE;
    postern_said said = {0};
    postern_say_reply reply = {0};
    postern_out b = {NULL, 0, 0};
    const char *wrong = postern_protocol.say(&question.event, data, n, &said);
    if (wrong) {
        reply.error = postern_text(wrong);
    } else {
        reply.next = said.next;
        reply.used = (int64_t)said.used;
        reply.point = said.point;
        reply.state = said.state;
        reply.out_at = postern__span(&said.out);
    }
    postern__write(&b, &postern__table_say_reply, &reply);
    return postern__answer(&b);
}

POSTERN__EXPORT(postern_call) int64_t postern__export_call(int32_t method, const uint8_t *head, size_t size, const uint8_t *body, size_t body_size)
{
    postern__arena.top = postern__arena.base;
    switch (method) {
    case 1:
        return postern__describe();
    case 48:
        return postern__begin(head, size);
    case 49:
        return postern__hear(head, size, body, body_size);
    case 50:
        return postern__say(head, size, body, body_size);
    case 51:
        return 0;
    }
    return POSTERN_NOT_IMPLEMENTED;
}

#endif /* POSTERN_PROTOCOL_H */
