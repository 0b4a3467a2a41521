/* Times as in 2026-01-31T12:30:00.5Z (RFC 3339, UTC), nanoseconds since 1970. */

/* Days since 1970 of a date of the Gregorian calendar. */
static int64_t days(int64_t year, int64_t month, int64_t day)
{
    year -= month <= 2;
    int64_t era = year / 400, of_era = year % 400;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + (153 * ((month + 9) % 12) + 2) / 5 + day - 1 - 719468;
}

static bool read_time(postern_str s, int64_t *out)
{
    static const char shape[] = "0000-00-00T00:00:00";
    int64_t v[6] = {0}, nanos = 0, unit = 100000000;
    size_t i = 0;
    if (s.n < sizeof shape || s.p[s.n - 1] != 'Z')
        return false;
    for (int part = 0; i < sizeof shape - 1; i++) {
        bool number = s.p[i] >= '0' && s.p[i] <= '9';
        if (number != (shape[i] == '0') || (!number && s.p[i] != shape[i]))
            return false;
        if (number)
            v[part] = v[part] * 10 + s.p[i] - '0';
        else
            part++;
    }
    if (v[0] < 1970 || v[0] > 2261 || v[1] < 1 || v[1] > 12 || v[2] < 1 || v[2] > 31 || v[3] > 23 || v[4] > 59 || v[5] > 59)
        return false;
    if (s.p[i] == '.')
        for (i++; s.p[i] >= '0' && s.p[i] <= '9'; i++, unit /= 10)
            nanos += unit * (s.p[i] - '0');
    *out = (((days(v[0], v[1], v[2]) * 24 + v[3]) * 60 + v[4]) * 60 + v[5]) * 1000000000 + nanos;
    return i == s.n - 1;
}

static void put_digits(char *to, int64_t v, int count)
{
    while (count--) {
        to[count] = (char)('0' + v % 10);
        v /= 10;
    }
}

static void send_time(postern_out *out, const char *key, int64_t time)
{
    char text[] = "0000-00-00T00:00:00.000000000Z";
    int64_t seconds = time / 1000000000, day = seconds / 86400, year = 1970, month = 1;
    if (time <= 0) /* not set, or older than the notation */
        return;
    while (days(year + 1, 1, 1) <= day)
        year++;
    while (month < 12 && days(year, month + 1, 1) <= day)
        month++;
    put_digits(text, year, 4);
    put_digits(text + 5, month, 2);
    put_digits(text + 8, day - days(year, month, 1) + 1, 2);
    put_digits(text + 11, seconds / 3600 % 24, 2);
    put_digits(text + 14, seconds / 60 % 60, 2);
    put_digits(text + 17, seconds % 60, 2);
    put_digits(text + 20, time % 1000000000, 9);
    size_t n = sizeof text - 2;
    while (text[n - 1] == '0' || text[n - 1] == '.')
        if (text[--n] == '.')
            break;
    text[n++] = 'Z';
    send_option(out, key, (postern_str){text, n});
}
