/* The exit that every SDK must be able to write: what it does stands in the session fact of the question. */
#define POSTERN_NAMES
#include "postern.h"

static postern_verdict refusal(void)
{
    return postern_temporary(postern_refuse("file.name", "not this name", "a test wants it so: été"), true);
}

#include "filter.h"
#include "probe.h"

/* The beginning of the transfer's file. */
static postern_str content(void)
{
    char *p = postern_alloc(65536);
    int32_t n = postern_file_read(0, p, 65536);
    return n < 0 ? (postern_str){NULL, 0} : (postern_str){p, (size_t)n};
}

static postern_verdict probed(const struct postern__message *m, const void *facts, postern_str key)
{
    postern_str found;
    if (postern_eq(key, "content"))
        found = content();
    else
        found = probe(m, facts, key);
    return postern_refuse("exit.refused", "", found.p ? found : postern_text("(absent)"));
}

static postern_verdict act(postern_str what, const struct postern__message *m, const void *facts)
{
    if (what.n > 6 && __builtin_memcmp(what.p, "probe ", 6) == 0)
        return probed(m, facts, (postern_str){what.p + 6, what.n - 6});
    if (postern_eq(what, "allow"))
        return postern_allow();
    if (postern_eq(what, "refuse"))
        return refusal();
    if (postern_eq(what, "unknown"))
        return (postern_verdict){.kind = 99};
    if (postern_eq(what, "fail") || postern_eq(what, "toomuch")) /* what is too much cannot be written */
        return postern_fail();
    if (postern_eq(what, "late"))
        for (volatile int i = 0;; i++)
            ;
    return postern_pass();
}

static void set_partner(postern_partner *p)
{
    p->id = p->name = postern_text("SHOP17");
    p->from = postern_text("SHOP");
    p->group = postern_text("shops");
    postern_add(&p->protocols, "pesit");
    p->max_sessions = 2;
    postern_add(&p->receive, "ORD*");
    postern_add(&p->send, "PRICES");
    p->default_flow = postern_text("ORDERS");
    postern_put(&p->labels, "a", "b");
}

static void set_terms(postern_terms *t)
{
    postern_list words = {0};
    postern_add(&words, "horizontal");
    postern_put_number(t, "sync_window", 2);
    postern_put_flag(t, "resync", false);
    postern_put_words(t, "compression", words);
}

/* A point at which nothing may be changed, and one at which something may. */
#define PLAIN(point) \
    static postern_verdict point(const postern_##point##_facts *facts) { return act(facts->session, &postern__table_##point##_request, facts); }
#define CHANGING(point, ...) \
    static postern_verdict point(const postern_##point##_facts *facts, postern_##point##_changes *set) \
    { \
        if (postern_eq(facts->session, "set")) { \
            __VA_ARGS__; \
            return postern_pass(); \
        } \
        return act(facts->session, &postern__table_##point##_request, facts); \
    }

PLAIN(accept)
CHANGING(identify, set_partner(&set->partner))
CHANGING(negotiate, set_terms(&set->terms))
CHANGING(resolve, set->flow = postern_text("ORDERS2"); postern_put(&set->path_vars, "year", "2026");
    postern_put(&set->labels, "été", "hot"); set->priority = postern_num(0))
PLAIN(authorize)
CHANGING(open, set->path = postern_text("in/other.txt"); set->backend = postern_text("cold");
    postern_put(&set->attributes, "c", "d"); set->on_exists = postern_text("unique"))
CHANGING(restart, set->force_start = true)
CHANGING(verify, set->quarantine = postern_text("bad/orders.txt"))
CHANGING(message, set->reply = postern_text("thank you"))
CHANGING(interrupt, set->keep = postern_is(false))
CHANGING(done, set->follow_up = postern_text("hold"); set->comment = postern_text("seen"))
PLAIN(close)

POSTERN_EXIT(.name = "reference", .version = "1.0", .accept = accept, .identify = identify, .negotiate = negotiate,
    .resolve = resolve, .authorize = authorize, .open = open, .restart = restart, .filter = filter, .verify = verify,
    .message = message, .interrupt = interrupt, .done = done, .close = close, .block = block, .changes_length = true,
    .snapshot = snapshot, .restore = restore)
