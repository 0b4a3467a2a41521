/* What a question tells under the dotted name of a fact, as text. */

static postern_str probe_leaf(const struct postern__entry *f, const uint8_t *at)
{
    const postern_str absent = {NULL, 0};
    switch (f->kind) {
    case POSTERN__TEXT:
        return ((const postern_str *)at)->p ? *(const postern_str *)at : postern_text("");
    case POSTERN__OPT_TEXT:
        return ((const postern_str *)at)->p ? *(const postern_str *)at : absent;
    case POSTERN__INT:
    case POSTERN__TIME:
        return postern_decimal(*(const int64_t *)at);
    case POSTERN__BOOL:
        return postern_text(*(const bool *)at ? "true" : "false");
    case POSTERN__OPT_INT:
        return ((const postern_opt_int *)at)->present ? postern_decimal(((const postern_opt_int *)at)->value) : absent;
    case POSTERN__OPT_BOOL:
        return ((const postern_opt_bool *)at)->present ? postern_text(((const postern_opt_bool *)at)->value ? "true" : "false") : absent;
    }
    return absent;
}

static postern_str probe_list(postern_list l)
{
    postern_str all = {"", 0};
    bool first = true;
    for (postern_str s; postern_next(&l, &s); first = false)
        all = first ? s : postern_cat(postern_cat(all, ","), s);
    return all;
}

static postern_str probe_term(postern_terms terms, postern_str name)
{
    postern_term t;
    if (!postern_find(terms, name, &t))
        return (postern_str){NULL, 0};
    if (t.kind == POSTERN_NUMBER)
        return postern_decimal(t.number);
    if (t.kind == POSTERN_FLAG)
        return postern_text(t.flag ? "true" : "false");
    return probe_list(t.words);
}

static postern_str probe(const struct postern__message *m, const void *from, postern_str key);

static postern_str probe_hours(postern_hours_list l, postern_str key)
{
    size_t dot = 0;
    while (dot < key.n && key.p[dot] != '.')
        dot++;
    int64_t index = postern_number(((postern_str){key.p, dot}), NULL);
    for (postern_hours h; dot < key.n && postern_next_hours(&l, &h); index--)
        if (index == 0)
            return probe(&postern__table_hours, &h, (postern_str){key.p + dot + 1, key.n - dot - 1});
    return (postern_str){NULL, 0};
}

/* Looks behind the dot after a field's name. */
static postern_str probe_below(const struct postern__entry *f, const uint8_t *at, postern_str key)
{
    switch (f->kind) {
    case POSTERN__MESSAGE:
        return *(const bool *)at ? probe(f->message, at, key) : (postern_str){NULL, 0};
    case POSTERN__MAP:
        return postern_get(*(const postern_map *)at, key);
    case POSTERN__TERMS:
        return probe_term(*(const postern_terms *)at, key);
    case POSTERN__HOURS:
        return probe_hours(*(const postern_hours_list *)at, key);
    }
    return (postern_str){NULL, 0};
}

static postern_str probe(const struct postern__message *m, const void *from, postern_str key)
{
    for (uint32_t num = 1; num <= m->last; num++) {
        const struct postern__entry *f = &m->fields[num];
        const uint8_t *at = (const uint8_t *)from + f->offset;
        if (f->kind == POSTERN__NONE)
            continue;
        postern_str name = postern_text(f->name), found = {NULL, 0};
        if (name.n == 0)
            found = probe(f->message, at, key); /* the facts themselves */
        else if (postern_eq(name, key))
            return f->kind == POSTERN__LIST ? probe_list(*(const postern_list *)at) : probe_leaf(f, at);
        else if (key.n > name.n && key.p[name.n] == '.' && __builtin_memcmp(key.p, name.p, name.n) == 0)
            return probe_below(f, at, (postern_str){key.p + name.n + 1, key.n - name.n - 1});
        if (found.p)
            return found;
    }
    return (postern_str){NULL, 0};
}
