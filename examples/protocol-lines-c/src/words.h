/* The words of one line, both ways. A word, or the value of an option, is quoted when it is empty or holds a blank, a
 * quote, a backslash, an '=' or a byte that is not printable ASCII. */

enum { MAX_LINE = 4096, MAX_WORDS = 512 };

/* A word of a line; the key of a plain one has p == NULL. */
struct word {
    postern_str key, value;
};

static struct {
    struct word list[MAX_WORDS];
    size_t count, next; /* next: of the plain words */
} line;

/* Why a line was not understood. */
static struct {
    const char *why;
    bool parameter; /* a word was wrong; otherwise the line is not one, or has no place here */
} fault;

static bool no(const char *why)
{
    fault.why = why;
    fault.parameter = true;
    return false;
}

static bool misplaced(const char *why)
{
    fault.why = why;
    fault.parameter = false;
    return false;
}

static int digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Reads so many hexadecimal digits; -1 where there are fewer. */
static int64_t digits(const char *p, const char *end, int count)
{
    int64_t v = 0;
    for (; count; count--, p++) {
        if (p == end || digit(*p) < 0)
            return -1;
        v = v * 16 + digit(*p);
    }
    return v;
}

/* Writes a character as UTF-8. */
static char *character(char *to, int64_t c)
{
    if (c < 0x80) {
        *to++ = (char)c;
        return to;
    }
    int more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    *to++ = (char)((0xf00 >> more) | c >> 6 * more);
    while (more--)
        *to++ = (char)(0x80 | (c >> 6 * more & 0x3f));
    return to;
}

/* Reads what follows a backslash. */
static bool escape(const char **p, const char *end, char **to)
{
    static const char from[] = "ntrabfv\\\"", as[] = "\n\t\r\a\b\f\v\\\"";
    if (*p == end)
        return false;
    char c = *(*p)++;
    int count = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
    if (count) {
        int64_t v = digits(*p, end, count);
        if (v < 0 || v > 0x10ffff || (count > 2 && v >= 0xd800 && v < 0xe000))
            return false;
        *p += count;
        if (count == 2)
            *(*to)++ = (char)v;
        else
            *to = character(*to, v);
        return true;
    }
    for (size_t i = 0; i < sizeof from - 1; i++)
        if (from[i] == c) {
            *(*to)++ = as[i];
            return true;
        }
    return false;
}

/* Whether text is UTF-8: the server takes nothing else. */
static bool utf8(postern_str s)
{
    for (size_t i = 0; i < s.n;) {
        uint8_t c = (uint8_t)s.p[i++];
        int more = c < 0x80 ? 0 : c < 0xc2 ? -1 : c < 0xe0 ? 1 : c < 0xf0 ? 2 : c < 0xf5 ? 3 : -1;
        int64_t v = more > 0 ? c & 0x3f >> more : c;
        if (more < 0 || s.n - i < (size_t)more)
            return false;
        for (int left = more; left; left--, i++) {
            if ((s.p[i] & 0xc0) != 0x80)
                return false;
            v = v << 6 | (s.p[i] & 0x3f);
        }
        if ((more == 2 && (v < 0x800 || (v >= 0xd800 && v < 0xe000))) || (more == 3 && (v < 0x10000 || v > 0x10ffff)))
            return false;
    }
    return true;
}

/* Takes a quoted word off the line; *p stands at its quote. */
static bool quoted(const char **p, const char *end, postern_str *out)
{
    char *to = postern_alloc((size_t)(end - *p)), *from = to;
    for ((*p)++; *p < end && **p != '"';) {
        if (**p != '\\')
            *to++ = *(*p)++;
        else if ((*p)++, !escape(p, end, &to))
            return misplaced("a quoted word with a bad escape");
    }
    if (*p == end)
        return misplaced("a quoted word does not end");
    (*p)++;
    *out = (postern_str){from, (size_t)(to - from)};
    if (!utf8(*out))
        return misplaced("a quoted word is not UTF-8");
    return *p == end || **p == ' ' || misplaced("no blank after a quoted word");
}

static bool read_word(const char **p, const char *end, struct word *w)
{
    const char *from = *p;
    *w = (struct word){0};
    for (; *p < end && **p != ' ' && **p != '"'; (*p)++) {
        if (**p == '=' && !w->key.p) {
            w->key = (postern_str){from, (size_t)(*p - from)};
            from = *p + 1;
        } else if (**p < ' ' || **p > '~') {
            return misplaced("a byte that must stand in quotes");
        }
    }
    w->value = (postern_str){from, (size_t)(*p - from)};
    if (*p == end || **p == ' ')
        return true;
    return *p > from ? misplaced("a quote in the middle of a word") : quoted(p, end, &w->value);
}

/* Cuts a line without its end into words. The verb of an empty one has no bytes. */
static bool split(const char *p, const char *end, postern_str *verb)
{
    struct word first = {0}, w;
    bool any = false;
    line.count = line.next = 0;
    for (;;) {
        while (p < end && *p == ' ')
            p++;
        if (p == end)
            break;
        if (!read_word(&p, end, &w))
            return false;
        if (!any)
            first = w;
        else if (line.count == MAX_WORDS)
            return misplaced("too many words");
        else
            line.list[line.count++] = w;
        any = true;
    }
    *verb = first.value;
    return !first.key.p || misplaced("a line begins with a verb");
}

/* Takes the next plain word. */
static bool word(postern_str *out)
{
    while (line.next < line.count)
        if (!line.list[line.next++].key.p) {
            *out = line.list[line.next - 1].value;
            return true;
        }
    return false;
}

static bool need(postern_str *out) { return word(out) || no("a word is missing"); }

/* Takes the next plain word when it is this one. */
static bool flag(const char *name)
{
    size_t at = line.next;
    postern_str w;
    if (word(&w) && postern_eq(w, name))
        return true;
    line.next = at;
    return false;
}

/* Reads a number of 1 to 18 digits. */
static bool parse(postern_str w, int64_t *out)
{
    bool ok;
    *out = postern_number(w, &ok);
    return (ok && w.n <= 18 && w.p[0] != '-') || no("a word is no number of 1 to 18 digits");
}

static bool number(int64_t *out)
{
    postern_str w;
    return need(&w) && parse(w, out);
}

/* The value of an option; its p is NULL where there is none. Looking at an option marks it as known. */
static postern_str option(const char *key)
{
    for (size_t i = 0; i < line.count; i++)
        if (line.list[i].key.p && postern_eq(line.list[i].key, key)) {
            postern_str value = line.list[i].value;
            line.list[i].key = (postern_str){"", 0};
            return value;
        }
    return (postern_str){NULL, 0};
}

static bool option_number(const char *key, int64_t absent, int64_t *out)
{
    postern_str v = option(key);
    *out = absent;
    return !v.p || parse(v, out);
}

/* Fails when a plain word or an option was not looked at. */
static bool ended(void)
{
    postern_str w;
    if (word(&w))
        return no("too many words");
    for (size_t i = 0; i < line.count; i++)
        if (line.list[i].key.n)
            return no("an option is not known here");
    return true;
}

static void send_value(postern_out *out, postern_str w)
{
    static const char hex[] = "0123456789abcdef";
    bool bare = w.n > 0;
    for (size_t i = 0; i < w.n && bare; i++)
        bare = w.p[i] > ' ' && w.p[i] <= '~' && w.p[i] != '"' && w.p[i] != '=' && w.p[i] != '\\';
    if (bare) {
        postern_send_text(out, w);
        return;
    }
    postern_send_text(out, "\"");
    for (size_t i = 0; i < w.n; i++) {
        char c = w.p[i], coded[4] = {'\\', 'x', hex[(uint8_t)c >> 4], hex[c & 15]};
        if (c < ' ' || c > '~')
            postern_send(out, coded, 4);
        else if (c == '"' || c == '\\')
            postern_send(out, (char[]){'\\', c}, 2);
        else
            postern_send(out, &c, 1);
    }
    postern_send_text(out, "\"");
}

static void send_word(postern_out *out, postern_str w)
{
    postern_send_text(out, " ");
    send_value(out, w);
}

static void send_number(postern_out *out, int64_t n)
{
    postern_send_text(out, " ");
    postern_send_text(out, postern_decimal(n));
}

/* Writes " key=value", or nothing for an empty value. */
static void send_option(postern_out *out, const char *key, postern_str value)
{
    if (!value.n)
        return;
    postern_send_text(out, " ");
    postern_send_text(out, key);
    postern_send_text(out, "=");
    send_value(out, value);
}

static void send_option_number(postern_out *out, const char *key, int64_t n) { send_option(out, key, postern_decimal(n)); }
