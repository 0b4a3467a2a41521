/* NAME refuses callers outside the hours of its settings: {"from": "06:00", "to": "22:00"}, in UTC. */
#include "postern.h"

/* Asked when a caller has said who it is. From is inside, to is outside. */
static postern_verdict identify(const postern_identify_facts *facts, postern_identify_changes *set)
{
    (void)set; /* what may be changed at this point: the partner */
    int from = postern_clock(postern_config("from")), to = postern_clock(postern_config("to"));
    if (from < 0 || to < 0) {
        postern_log(POSTERN_ERROR, "from and to: times of day are expected, as 06:00");
        return postern_fail();
    }
    if (postern_between(postern_minute(facts->time), from, to))
        return postern_pass(); /* the exits behind this one decide */
    return postern_refuse("partner.hours", "come back later", postern_cat(facts->claim.name, " called outside the hours"));
}

POSTERN_EXIT(.name = "NAME", .version = "0.1.0", .identify = identify)
