/* ---- Memory ------------------------------------------------------------------------------------------------------ */

struct postern__region {
    uintptr_t base, top, end;
};

static _Alignas(16) uint8_t postern__first[2][8192];
static struct postern__region postern__arena = {(uintptr_t)postern__first[0], (uintptr_t)postern__first[0], (uintptr_t)(postern__first[0] + 8192)};
static struct postern__region postern__kept = {(uintptr_t)postern__first[1], (uintptr_t)postern__first[1], (uintptr_t)(postern__first[1] + 8192)};

static inline uintptr_t postern__align(uintptr_t n) { return (n + 15) & ~(uintptr_t)15; }

/* Makes room for size bytes behind top. A region that cannot grow where it ends goes on somewhere else, twice as large,
 * so that what is lost stays below what is used. */
static inline bool postern__grow(struct postern__region *r, size_t size)
{
    size_t room = r->end - r->base;
    size_t pages = (size + 65535) / 65536;
    if (size > 1u << 30)
        return false;
    uintptr_t here = (uintptr_t)__builtin_wasm_memory_size(0) * 65536;
    if (here != r->end && pages < room / 65536 * 2)
        pages = room / 65536 * 2;
    size_t got = __builtin_wasm_memory_grow(0, pages);
    if (got == SIZE_MAX)
        return false;
    if (got * 65536 != r->end)
        r->base = r->top = got * 65536;
    r->end = got * 65536 + pages * 65536;
    return true;
}

static inline void *postern__take(struct postern__region *r, size_t size)
{
    size = postern__align(size);
    if (r->end - r->top < size && !postern__grow(r, size))
        return NULL;
    uintptr_t p = r->top;
    r->top += size;
    return (void *)p;
}

/* Memory until the end of the call, aligned to 16 bytes. It is never NULL: without memory the call ends. */
static inline void *postern_alloc(size_t size)
{
    void *p = postern__take(&postern__arena, size);
    if (!p)
        __builtin_trap();
    return p;
}

/* Memory as long as the instance lives; the instance of a filter lives for one transfer. NULL: there is none left. */
static inline void *postern_keep(size_t size) { return postern__take(&postern__kept, size); }

/* What the compiler itself may call. A libc has its own, which count for as much. */
__attribute__((weak, no_builtin("memset"))) void *memset(void *to, int c, size_t n)
{
    uint8_t *p = to;
    uint64_t eight = (uint8_t)c * 0x0101010101010101u;
    for (; n >= 128; n -= 128, p += 128) { /* from behind: the first check of the bounds is enough for the others */
        for (int i = 120; i >= 0; i -= 8)
            __builtin_memcpy(p + i, &eight, 8);
    }
    for (; n >= 8; n -= 8, p += 8)
        __builtin_memcpy(p, &eight, 8);
    while (n--)
        *p++ = (uint8_t)c;
    return to;
}

__attribute__((weak, no_builtin("memcpy"))) void *memcpy(void *restrict to, const void *restrict from, size_t n)
{
    uint8_t *p = to;
    const uint8_t *q = from;
    uint64_t a, b;
    uint32_t c, d;
    for (; n > 16; n -= 16, p += 16, q += 16) {
        __builtin_memcpy(&a, q, 8);
        __builtin_memcpy(&b, q + 8, 8);
        __builtin_memcpy(p, &a, 8);
        __builtin_memcpy(p + 8, &b, 8);
    }
    if (n >= 8) { /* from both ends: what is in the middle twice */
        __builtin_memcpy(&a, q, 8);
        __builtin_memcpy(&b, q + n - 8, 8);
        __builtin_memcpy(p, &a, 8);
        __builtin_memcpy(p + n - 8, &b, 8);
    } else if (n >= 4) {
        __builtin_memcpy(&c, q, 4);
        __builtin_memcpy(&d, q + n - 4, 4);
        __builtin_memcpy(p, &c, 4);
        __builtin_memcpy(p + n - 4, &d, 4);
    } else {
        while (n--)
            *p++ = *q++;
    }
    return to;
}

__attribute__((weak, no_builtin("memmove"))) void *memmove(void *to, const void *from, size_t n)
{
    uint8_t *p = to;
    const uint8_t *q = from;
    if (p <= q || p >= q + n) {
        while (n--)
            *p++ = *q++;
    } else {
        while (n--)
            p[n] = q[n];
    }
    return to;
}

__attribute__((weak, no_builtin("memcmp"))) int memcmp(const void *a, const void *b, size_t n)
{
    const uint8_t *p = a, *q = b;
    uint64_t x, y;
    for (; n >= 8; n -= 8, p += 8, q += 8) {
        __builtin_memcpy(&x, p, 8);
        __builtin_memcpy(&y, q, 8);
        if (x != y)
            break;
    }
    for (; n; n--, p++, q++)
        if (*p != *q)
            return *p < *q ? -1 : 1;
    return 0;
}

__attribute__((weak, no_builtin("strlen"))) size_t strlen(const char *s)
{
    size_t n = 0;
    while (s[n])
        n++;
    return n;
}

/* ---- Text -------------------------------------------------------------------------------------------------------- */

#define postern_eq(a, b) postern__eq(POSTERN_STR(a), POSTERN_STR(b))
static inline bool postern__eq(postern_str a, postern_str b)
{
    return a.n == b.n && (a.n == 0 || __builtin_memcmp(a.p, b.p, a.n) == 0);
}

/* Joins two texts. */
#define postern_cat(a, b) postern__cat(POSTERN_STR(a), POSTERN_STR(b))
static inline postern_str postern__cat(postern_str a, postern_str b)
{
    char *p;
    if (a.n && (uintptr_t)a.p >= postern__arena.base && postern__align((uintptr_t)(a.p + a.n)) == postern__arena.top &&
        postern__arena.end - (uintptr_t)a.p >= postern__align(a.n + b.n)) {
        p = (char *)a.p; /* it was made last: go on behind it */
        postern__arena.top = postern__align((uintptr_t)(p + a.n + b.n));
    } else {
        p = postern_alloc(a.n + b.n);
        __builtin_memcpy(p, a.p, a.n);
    }
    __builtin_memcpy(p + a.n, b.p, b.n);
    return (postern_str){p, a.n + b.n};
}

static inline postern_str postern_decimal(int64_t v)
{
    char digits[20], *end = digits + sizeof digits, *p = end;
    uint64_t left = v < 0 ? -(uint64_t)v : (uint64_t)v;
    do
        *--p = (char)('0' + left % 10);
    while (left /= 10);
    if (v < 0)
        *--p = '-';
    char *out = postern_alloc((size_t)(end - p));
    __builtin_memcpy(out, p, (size_t)(end - p));
    return (postern_str){out, (size_t)(end - p)};
}

/* Reads a decimal number; ok, if not NULL, is set to whether the whole text was one. */
#define postern_number(s, ok) postern__number(POSTERN_STR(s), ok)
static inline int64_t postern__number(postern_str s, bool *ok)
{
    bool minus = s.n && s.p[0] == '-', good = s.n > minus;
    uint64_t v = 0;
    for (size_t i = minus; i < s.n && good; i++) {
        uint8_t digit = (uint8_t)(s.p[i] - '0');
        good = digit <= 9 && v <= (INT64_MAX - digit) / 10;
        if (good)
            v = v * 10 + digit;
    }
    if (ok)
        *ok = good;
    return !good ? 0 : minus ? -(int64_t)v : (int64_t)v;
}

/* The bytes of the character at i, 1 if it is none. */
static inline size_t postern__char(postern_str s, size_t i)
{
    size_t n = i + 1;
    if ((uint8_t)s.p[i] >= 0xc0)
        while (n < s.n && (s.p[n] & 0xc0) == 0x80)
            n++;
    return n - i;
}

/* Whether a name fits a mask: * stands for any characters or none, ? for one, everything else for itself. */
#define postern_match(mask, name) postern__match(POSTERN_STR(mask), POSTERN_STR(name))
static inline bool postern__match(postern_str mask, postern_str name)
{
    size_t m = 0, n = 0, star = SIZE_MAX, from = 0;
    while (n < name.n) {
        if (m < mask.n && mask.p[m] == '*') {
            star = m++;
            from = n;
        } else if (m < mask.n && mask.p[m] == '?') {
            m++;
            n += postern__char(name, n);
        } else if (m < mask.n && mask.p[m] == name.p[n]) {
            m++;
            n++;
        } else if (star != SIZE_MAX) {
            m = star + 1;
            n = from += postern__char(name, from);
        } else {
            return false;
        }
    }
    while (m < mask.n && mask.p[m] == '*')
        m++;
    return m == mask.n;
}

/* ---- Times of day ------------------------------------------------------------------------------------------------ */

/* The minute of its day, 0 to 1439, in UTC, of a time in nanoseconds since 1970. */
static inline int postern_minute(int64_t time)
{
    int64_t minute = time / 60000000000 % 1440;
    return (int)(minute < 0 ? minute + 1440 : minute);
}

/* The minute that "06:00" stands for; -1: it is no time of day. "24:00" is 1440. */
#define postern_clock(s) postern__clock(POSTERN_STR(s))
static inline int postern__clock(postern_str s)
{
    if (s.n != 5 || s.p[2] != ':')
        return -1;
    for (int i = 0; i < 5; i++)
        if (i != 2 && (s.p[i] < '0' || s.p[i] > '9'))
            return -1;
    int hour = (s.p[0] - '0') * 10 + s.p[1] - '0', minute = (s.p[3] - '0') * 10 + s.p[4] - '0';
    return minute > 59 || hour * 60 + minute > 1440 ? -1 : hour * 60 + minute;
}

/* Whether a minute lies between two others. From is inside, to is outside; from after to goes past midnight; the same
 * twice is the whole day. */
static inline bool postern_between(int minute, int from, int to)
{
    if (from == to)
        return true;
    return from < to ? minute >= from && minute < to : minute >= from || minute < to;
}

/* ---- Reading ----------------------------------------------------------------------------------------------------- */

/* Reads a number of up to ten bytes; p is NULL afterwards if there is none. */
static inline uint64_t postern__varint(const uint8_t **p, const uint8_t *end)
{
    const uint8_t *at = *p;
    if (at < end && *at < 0x80) {
        *p = at + 1;
        return *at;
    }
    uint64_t v = 0;
    for (int shift = 0; shift < 64 && at < end; shift += 7) {
        v |= (uint64_t)(*at & 0x7f) << shift;
        if (*at++ < 0x80) {
            *p = at;
            return v;
        }
    }
    *p = NULL;
    return 0;
}

/* Reads the tag and the value of one field; false: the message is broken. Of text and messages at is where they begin,
 * value their length. */
static inline bool postern__field(const uint8_t **p, const uint8_t *end, uint32_t *tag, uint64_t *value, const uint8_t **at)
{
    uint64_t t = postern__varint(p, end);
    if (!*p || t >> 32 || t < 8)
        return false;
    *tag = (uint32_t)t;
    switch (t & 7) {
    case 0:
        *value = postern__varint(p, end);
        return *p != NULL;
    case 2:
        *value = postern__varint(p, end);
        if (!*p || *value > (uint64_t)(end - *p))
            return false;
        *at = *p;
        *p += *value;
        return true;
    case 1:
    case 5: {
        size_t size = (t & 7) == 1 ? 8 : 4;
        *at = *p;
        if ((size_t)(end - *p) < size)
            return false;
        *p += size;
        return true;
    }
    }
    return false;
}

/* A message around the one that is being read. */
struct postern__outer {
    const struct postern__message *message;
    const uint8_t *end;
    uint8_t *out;
};

/* Reads a message into the struct that it describes; fields that it does not know are skipped. Messages inside are read in
 * the same loop, and heads of two bytes, as nearly all are, without a call: the calls took longer than the rest. */
static bool postern__read(const struct postern__message *m, const uint8_t *p, const uint8_t *end, void *to)
{
    struct postern__outer outer[POSTERN__DEEPEST];
    size_t depth = 0;
    uint8_t *out = to;
    for (;;) {
        if (p >= end) {
            if (depth == 0)
                return true;
            struct postern__outer *o = &outer[--depth];
            m = o->message, end = o->end, out = o->out;
            continue;
        }
        const uint8_t *start = p, *at;
        uint32_t tag;
        uint64_t v;
        if (end - p >= 2 && p[0] >= 8 && (p[0] | p[1]) < 0x80 && ((p[0] & 7) == 0 || ((p[0] & 7) == 2 && p[1] <= end - p - 2))) {
            tag = p[0], v = p[1], at = p + 2;
            p = at + ((tag & 7) == 2 ? p[1] : 0);
        } else {
            const uint8_t *behind = p, *content = NULL;
            uint32_t head;
            uint64_t value = 0;
            if (!postern__field(&behind, end, &head, &value, &content))
                return false;
            tag = head, v = value, at = content, p = behind;
        }
        if (tag >> 3 > m->last)
            continue;
        const struct postern__entry *f = &m->fields[tag >> 3];
        if (f->type != (tag & 7))
            continue;
        uint8_t *field = out + f->offset;
        switch (f->kind) {
        case POSTERN__NONE:
            break;
        case POSTERN__TEXT:
        case POSTERN__OPT_TEXT:
            *(postern_str *)field = (postern_str){v ? (const char *)at : "", (size_t)v};
            break;
        case POSTERN__INT:
            *(int64_t *)field = (int64_t)v;
            break;
        case POSTERN__BOOL:
            *(bool *)field = v != 0;
            break;
        case POSTERN__OPT_INT:
            ((postern_opt_int *)field)->present = true;
            ((postern_opt_int *)field)->value = (int64_t)v;
            break;
        case POSTERN__OPT_BOOL:
            *(postern_opt_bool *)field = postern_is(v != 0);
            break;
        case POSTERN__SECONDS:
            v *= 1000000000u; /* and added to, as the nanoseconds are */
            __attribute__((fallthrough));
        case POSTERN__NANOS:
            *(int64_t *)field = (int64_t)((uint64_t)*(int64_t *)field + v);
            break;
        case POSTERN__TIME:
        case POSTERN__MESSAGE:
            if (depth == POSTERN__DEEPEST)
                return false;
            outer[depth++] = (struct postern__outer){m, end, out};
            if (f->kind == POSTERN__TIME)
                *(int64_t *)field = 0;
            else
                *(bool *)field = true; /* present */
            m = f->message, out = field, end = p, p = at;
            break;
        default: {
            struct postern__seq *s = (struct postern__seq *)field;
            if (s->end != end)
                *s = (struct postern__seq){start, end, tag, 0};
            s->count++;
        }
        }
    }
}

/* Takes the next element off a list. */
static inline bool postern__next(struct postern__seq *s, const uint8_t **at, size_t *size)
{
    while (s->count) {
        uint32_t tag = 0;
        uint64_t v = 0;
        if (s->tag == 0) {
            v = postern__varint(&s->at, s->end);
            *at = s->at;
            s->at += v;
        } else if (!postern__field(&s->at, s->end, &tag, &v, at)) {
            s->count = 0;
            return false;
        }
        if (tag == s->tag) {
            *size = (size_t)v;
            s->count--;
            return true;
        }
    }
    return false;
}

/* Takes the next text off a list: for (postern_list l = facts->partner.receive; postern_next(&l, &s);) */
static inline bool postern_next(postern_list *l, postern_str *out)
{
    const uint8_t *at;
    size_t n;
    if (!postern__next(&l->seq, &at, &n))
        return false;
    *out = (postern_str){(const char *)at, n};
    return true;
}

/* Whether a list has a text. */
#define postern_has(list, s) postern__has(list, POSTERN_STR(s))
static inline bool postern__has(postern_list l, postern_str s)
{
    for (postern_str each; postern_next(&l, &each);)
        if (postern__eq(each, s))
            return true;
    return false;
}

/* Whether one of a list of masks fits a name. */
#define postern_any(list, name) postern__any(list, POSTERN_STR(name))
static inline bool postern__any(postern_list l, postern_str name)
{
    for (postern_str each; postern_next(&l, &each);)
        if (postern__match(each, name))
            return true;
    return false;
}

/* Takes the next pair off a map; they come in the order of their keys. */
static inline bool postern_next_pair(postern_map *m, postern_str *key, postern_str *value)
{
    const uint8_t *p, *at;
    size_t n;
    if (!postern__next(&m->seq, &p, &n))
        return false;
    *key = *value = postern_text("");
    for (const uint8_t *end = p + n; p < end;) {
        uint32_t tag;
        uint64_t v;
        if (!postern__field(&p, end, &tag, &v, &at))
            return false;
        if (tag == (1 << 3 | 2))
            *key = (postern_str){(const char *)at, (size_t)v};
        else if (tag == (2 << 3 | 2))
            *value = (postern_str){(const char *)at, (size_t)v};
    }
    return true;
}

/* The value of a key; its p is NULL where there is none. */
#define postern_get(map, key) postern__get(map, POSTERN_STR(key))
static inline postern_str postern__get(postern_map m, postern_str key)
{
    for (postern_str k, v; postern_next_pair(&m, &k, &v);)
        if (postern__eq(k, key))
            return v;
    return (postern_str){NULL, 0};
}

/* One negotiable value of a protocol. */
typedef struct {
    postern_str name;
    enum { POSTERN_NO_VALUE, POSTERN_NUMBER, POSTERN_FLAG, POSTERN_WORDS } kind;
    int64_t number;
    bool flag;
    postern_list words;
} postern_term;

/* Takes the next term off a list. */
static inline bool postern_next_term(postern_terms *t, postern_term *out)
{
    const uint8_t *p, *at;
    size_t n;
    if (!postern__next(&t->seq, &p, &n))
        return false;
    *out = (postern_term){.name = {"", 0}};
    for (const uint8_t *end = p + n; p < end;) {
        uint32_t tag;
        uint64_t v;
        if (!postern__field(&p, end, &tag, &v, &at))
            return false;
        if (tag == (1 << 3 | 2)) {
            out->name = (postern_str){(const char *)at, (size_t)v};
        } else if (tag == 2 << 3) {
            out->kind = POSTERN_NUMBER;
            out->number = (int64_t)v;
        } else if (tag == 3 << 3) {
            out->kind = POSTERN_FLAG;
            out->flag = v != 0;
        } else if (tag == (4 << 3 | 2)) {
            out->kind = POSTERN_WORDS;
            out->words = (postern_list){{NULL, NULL, 0, 0}};
            if (!postern__read(&postern__table_words, at, at + v, &out->words))
                return false;
        }
    }
    return true;
}

/* Finds a term by its name. */
#define postern_find(terms, name, out) postern__find(terms, POSTERN_STR(name), out)
static inline bool postern__find(postern_terms t, postern_str name, postern_term *out)
{
    while (postern_next_term(&t, out))
        if (postern__eq(out->name, name))
            return true;
    return false;
}

/* Takes the next span of time off a list. */
static inline bool postern_next_hours(postern_hours_list *l, postern_hours *out)
{
    const uint8_t *at;
    size_t n;
    if (!postern__next(&l->seq, &at, &n))
        return false;
    __builtin_memset(out, 0, sizeof *out);
    out->present = true;
    return postern__read(&postern__table_hours, at, at + n, out);
}

/* ---- Writing ----------------------------------------------------------------------------------------------------- */

/* Bytes that grow in the memory of the call. */
struct postern__out {
    uint8_t *p;
    size_t n, cap;
};

static inline uint8_t *postern__room(struct postern__out *b, size_t more)
{
    if (b->cap - b->n < more) {
        size_t cap = postern__align((b->n + more) * 2 + 256);
        uint8_t *p = postern_alloc(cap);
        if (b->n)
            __builtin_memcpy(p, b->p, b->n);
        b->p = p;
        b->cap = cap;
    }
    return b->p + b->n;
}

static inline void postern__write_varint(struct postern__out *b, uint64_t v)
{
    uint8_t *p = postern__room(b, 10);
    for (; v >= 0x80; v >>= 7)
        *p++ = (uint8_t)(v | 0x80);
    *p++ = (uint8_t)v;
    b->n = (size_t)(p - b->p);
}

static inline void postern__write_number(struct postern__out *b, uint32_t num, uint64_t v)
{
    postern__write_varint(b, num << 3);
    postern__write_varint(b, v);
}

static inline void postern__write_bytes(struct postern__out *b, uint32_t num, const void *p, size_t n)
{
    if (num)
        postern__write_varint(b, num << 3 | 2);
    postern__write_varint(b, n);
    uint8_t *to = postern__room(b, n);
    if (n)
        __builtin_memcpy(to, p, n);
    b->n += n;
}

static inline void postern__write_text(struct postern__out *b, uint32_t num, postern_str s)
{
    if (s.n)
        postern__write_bytes(b, num, s.p, s.n);
}

static inline void postern__write_seq(struct postern__out *b, uint32_t num, struct postern__seq s)
{
    const uint8_t *at;
    for (size_t n; postern__next(&s, &at, &n);)
        postern__write_bytes(b, num, at, n);
}

static inline void postern__write_time(struct postern__out *b, uint32_t num, int64_t t)
{
    struct postern__out part = {NULL, 0, 0};
    int64_t seconds = t / 1000000000, rest = t % 1000000000;
    if (!t)
        return;
    if (seconds)
        postern__write_number(&part, 1, (uint64_t)seconds);
    if (rest)
        postern__write_number(&part, 2, (uint64_t)rest);
    postern__write_bytes(b, num, part.p, part.n);
}

/* Writes the fields of a struct; what is not set is left out. */
static void postern__write(struct postern__out *b, const struct postern__message *m, const void *from)
{
    for (uint32_t num = 1; num <= m->last; num++) {
        const struct postern__entry *f = &m->fields[num];
        const uint8_t *at = (const uint8_t *)from + f->offset;
        switch (f->kind) {
        case POSTERN__NONE:
            break;
        case POSTERN__TEXT:
            postern__write_text(b, num, *(const postern_str *)at);
            break;
        case POSTERN__OPT_TEXT:
            if (((const postern_str *)at)->p)
                postern__write_bytes(b, num, ((const postern_str *)at)->p, ((const postern_str *)at)->n);
            break;
        case POSTERN__INT:
            if (*(const int64_t *)at)
                postern__write_number(b, num, (uint64_t) * (const int64_t *)at);
            break;
        case POSTERN__BOOL:
            if (*(const bool *)at)
                postern__write_number(b, num, 1);
            break;
        case POSTERN__OPT_INT:
            if (((const postern_opt_int *)at)->present)
                postern__write_number(b, num, (uint64_t)((const postern_opt_int *)at)->value);
            break;
        case POSTERN__OPT_BOOL:
            if (((const postern_opt_bool *)at)->present)
                postern__write_number(b, num, ((const postern_opt_bool *)at)->value);
            break;
        case POSTERN__TIME:
            postern__write_time(b, num, *(const int64_t *)at);
            break;
        case POSTERN__MESSAGE: {
            struct postern__out part = {NULL, 0, 0};
            postern__write(&part, f->message, at);
            if (part.n || *(const bool *)at)
                postern__write_bytes(b, num, part.p, part.n);
            break;
        }
        default:
            postern__write_seq(b, num, *(const struct postern__seq *)at);
        }
    }
}

/* Adds an element to a list of the exit's own, or copies what came and adds to the copy. */
static inline void postern__append(struct postern__seq *s, const void *p, size_t n)
{
    struct postern__out b = {NULL, 0, 0};
    uint32_t count = s->count;
    postern__write_seq(&b, 0, *s);
    postern__write_bytes(&b, 0, p, n);
    *s = (struct postern__seq){b.p, b.p + b.n, 0, count + 1};
}

/* Adds text to a list. */
#define postern_add(list, s) postern__add(list, POSTERN_STR(s))
static inline void postern__add(postern_list *l, postern_str s) { postern__append(&l->seq, s.p, s.n); }

/* Adds a pair to a map. */
#define postern_put(map, key, value) postern__put(map, POSTERN_STR(key), POSTERN_STR(value))
static inline void postern__put(postern_map *m, postern_str key, postern_str value)
{
    struct postern__out b = {NULL, 0, 0};
    postern__write_bytes(&b, 1, key.p, key.n);
    postern__write_bytes(&b, 2, value.p, value.n);
    postern__append(&m->seq, b.p, b.n);
}

/* Adds a number, a flag or a set of words to a list of terms. */
#define postern_put_number(terms, name, value) postern__put_term(terms, POSTERN_STR(name), 2, (uint64_t)(int64_t)(value))
#define postern_put_flag(terms, name, value) postern__put_term(terms, POSTERN_STR(name), 3, (value) ? 1 : 0)
#define postern_put_words(terms, name, words) postern__put_words(terms, POSTERN_STR(name), words)
static inline void postern__put_term(postern_terms *t, postern_str name, uint32_t num, uint64_t value)
{
    struct postern__out b = {NULL, 0, 0};
    postern__write_text(&b, 1, name);
    postern__write_number(&b, num, value);
    postern__append(&t->seq, b.p, b.n);
}

static inline void postern__put_words(postern_terms *t, postern_str name, postern_list words)
{
    struct postern__out b = {NULL, 0, 0}, part = {NULL, 0, 0};
    postern__write_text(&b, 1, name);
    postern__write_seq(&part, 1, words.seq);
    postern__write_bytes(&b, 4, part.p, part.n);
    postern__append(&t->seq, b.p, b.n);
}

/* Adds a span of time to a list. */
static inline void postern_add_hours(postern_hours_list *l, const postern_hours *h)
{
    struct postern__out b = {NULL, 0, 0};
    postern__write(&b, &postern__table_hours, h);
    postern__append(&l->seq, b.p, b.n);
}

/* ---- Answers ----------------------------------------------------------------------------------------------------- */

/* No opinion; changes count all the same. */
static inline postern_verdict postern_pass(void) { return (postern_verdict){.kind = POSTERN_PASS}; }

/* Yes. Only at identify and authorize. */
static inline postern_verdict postern_allow(void) { return (postern_verdict){.kind = POSTERN_ALLOW}; }

/* No: a code of the closed list ("" for exit.refused), what the peer is told (ASCII, at most 254 characters; "" for the
 * code's own sentence), and what the log and the catalog say. */
#define postern_refuse(code, public, detail) postern__refuse(POSTERN_STR(code), POSTERN_STR(public), POSTERN_STR(detail))
static inline postern_verdict postern__refuse(postern_str code, postern_str public, postern_str detail)
{
    return (postern_verdict){.kind = POSTERN_REFUSE, .code = code, .public = public, .detail = detail};
}

/* Says of a refusal whether the peer may try again; otherwise its code says it. */
static inline postern_verdict postern_temporary(postern_verdict v, bool temporary)
{
    v.temporary = postern_is(temporary);
    return v;
}

/* The exit cannot decide: on_error of the configuration does. */
static inline postern_verdict postern_fail(void) { return (postern_verdict){.kind = POSTERN_INTERNAL}; }

/* So many bytes at the beginning of the block take its place; 0: nothing does. */
static inline postern_filtered postern_bytes(size_t n) { return (postern_filtered){(int64_t)n}; }

/* So many bytes, and there is more: the function is called again with an empty block. */
static inline postern_filtered postern_more(size_t n) { return (postern_filtered){(int64_t)n | (int64_t)1 << 32}; }

/* So many bytes, and nothing more of this file is wanted. */
static inline postern_filtered postern_end(size_t n) { return (postern_filtered){(int64_t)n | (int64_t)1 << 33}; }

/* The data is not what it should be: the transfer is refused. */
static inline postern_filtered postern_reject(void) { return (postern_filtered){POSTERN_REJECTED}; }

/* The filter failed. */
static inline postern_filtered postern_filter_fail(void) { return (postern_filtered){POSTERN_INTERNAL}; }

/* ---- What the server does for an exit ---------------------------------------------------------------------------- */

#define POSTERN__IMPORT(name) __attribute__((import_module("postern_v1"), import_name(#name)))
POSTERN__IMPORT(log) void postern__host_log(int32_t level, const char *p, size_t n);
POSTERN__IMPORT(config_get) int32_t postern__host_config(const char *key, size_t n, void *out, size_t cap);
POSTERN__IMPORT(fact_get) int32_t postern__host_fact(const char *key, size_t n, void *out, size_t cap);
POSTERN__IMPORT(now_ms) int64_t postern__host_now(void);
POSTERN__IMPORT(file_size) int64_t postern__host_file_size(void);
POSTERN__IMPORT(file_read) int32_t postern__host_file_read(int64_t offset, void *out, size_t cap);
POSTERN__IMPORT(verify_password) int32_t postern__host_verify_password(const char *hash, size_t n, int32_t which);
POSTERN__IMPORT(http_request) int32_t postern__host_http(const void *request, size_t n, void *out, size_t cap);
POSTERN__IMPORT(kv_get) int32_t postern__host_kv_get(const char *key, size_t n, void *out, size_t cap);
POSTERN__IMPORT(kv_put) int32_t postern__host_kv_put(const char *key, size_t n, const void *value, size_t size);

/* What the server's functions answer in place of a size. */
enum { POSTERN_MISSING = -1, POSTERN_NOT_GRANTED = -2, POSTERN_ARGUMENT = -3, POSTERN_DEADLINE = -4 };

enum { POSTERN_DEBUG, POSTERN_INFO, POSTERN_WARN, POSTERN_ERROR };

/* Writes a line into the server's log. */
#define postern_log(level, s) postern__log(level, POSTERN_STR(s))
static inline void postern__log(int32_t level, postern_str s) { postern__host_log(level, s.p, s.n); }

typedef int32_t postern__getter(const char *key, size_t n, void *out, size_t cap);

static inline postern_str postern__fetch(postern__getter *get, postern_str key)
{
    size_t cap = 256;
    for (;;) {
        char *out = postern_alloc(cap);
        int32_t size = get(key.p, key.n, out, cap);
        if (size < 0)
            return (postern_str){NULL, 0};
        if ((size_t)size <= cap) {
            postern__arena.top = postern__align((uintptr_t)out + (size_t)size);
            return (postern_str){out, (size_t)size};
        }
        cap = (size_t)size;
    }
}

/* One value of the exit's own settings by its dotted key ("hours.from"): text as it is, anything else as JSON; ""
 * for all settings. Its p is NULL where there is none. */
#define postern_config(key) postern__fetch(postern__host_config, POSTERN_STR(key))

/* One fact by its dotted key ("request.file"), as text. Its p is NULL where there is none. */
#define postern_fact(key) postern__fetch(postern__host_fact, POSTERN_STR(key))

/* The time of the question, milliseconds since 1970. */
static inline int64_t postern_now(void) { return postern__host_now(); }

/* The size of the transfer's file, at open (send) and verify, if the exit was granted the file. */
static inline int64_t postern_file_size(void) { return postern__host_file_size(); }

/* Reads up to 256 KiB of the file. It returns how many bytes were read, 0 at its end, or a negative number. */
static inline int32_t postern_file_read(int64_t offset, void *out, size_t cap)
{
    return postern__host_file_read(offset, out, cap);
}

enum { POSTERN_SECRET = 0, POSTERN_NEW_SECRET = 1 };

/* Whether the caller's password fits a hash (argon2id or bcrypt): 1 yes, 0 no, or a negative number. */
#define postern_verify_password(hash, which) postern__verify_password(POSTERN_STR(hash), which)
static inline int32_t postern__verify_password(postern_str hash, int32_t which)
{
    return postern__host_verify_password(hash.p, hash.n, which);
}

/* Asks a server that the exit was granted. It returns 0 and the reply, or a negative number. A reply has up to 1 MiB. */
static inline int32_t postern_http(const postern_http_request *request, postern_http_reply *reply)
{
    struct postern__out b = {NULL, 0, 0};
    size_t cap = 8192;
    postern__write(&b, &postern__table_http_request, request);
    __builtin_memset(reply, 0, sizeof *reply);
    for (;;) {
        uint8_t *out = postern_alloc(cap);
        int32_t size = postern__host_http(b.p, b.n, out, cap);
        if (size < 0)
            return size;
        if ((size_t)size <= cap)
            return postern__read(&postern__table_http_reply, out, out + size, reply) ? 0 : POSTERN_CANNOT_DECODE;
        cap = (size_t)size;
    }
}

/* A value that the exit has put before; its p is NULL where there is none. */
#define postern_kv_get(key) postern__fetch(postern__host_kv_get, POSTERN_STR(key))

/* Keeps a value: 0, or a negative number. All of an exit's keys and values have up to 1 MiB. */
#define postern_kv_put(key, value) postern__kv_put(POSTERN_STR(key), POSTERN_STR(value))
static inline int32_t postern__kv_put(postern_str key, postern_str value)
{
    int32_t size = postern__host_kv_put(key.p, key.n, value.p, value.n);
    return size < 0 ? size : 0;
}

