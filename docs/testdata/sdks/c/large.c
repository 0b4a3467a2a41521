#include "postern.h"

static postern_verdict authorize(const postern_authorize_facts *facts)
{
    bool ok;
    int64_t largest = postern_number(postern_config("largest"), &ok);
    if (!ok)
        return postern_fail();
    if (facts->request.size > largest && !postern_eq(postern_get(facts->partner.labels, "tier"), "gold"))
        return postern_refuse("file.size", "", postern_cat("too large for ", facts->partner.id));
    return postern_pass();
}

POSTERN_EXIT(.name = "large", .version = "1.0", .authorize = authorize)
