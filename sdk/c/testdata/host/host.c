/* Asks the server for everything, and says in the detail of a refusal what it got. */
#include "postern.h"

static postern_str told;

#define TELL(what) (told = postern_cat(postern_cat(told, what), "\n"))

static postern_str or_nothing(postern_str s) { return s.p ? s : postern_text("nothing"); }

static postern_verdict identify(const postern_identify_facts *facts, postern_identify_changes *set)
{
    (void)set;
    (void)facts;
    told = postern_text("");
    postern_log(POSTERN_WARN, "asked");
    TELL(postern_decimal(postern_now()));
    TELL(or_nothing(postern_config("hours.from")));
    TELL(or_nothing(postern_config("nobody")));
    TELL(postern_decimal((int64_t)or_nothing(postern_config("long")).n));
    TELL(or_nothing(postern_fact("call.peer")));
    TELL(postern_decimal(postern_verify_password("$2a$04$good", POSTERN_SECRET)));
    TELL(postern_decimal(postern_verify_password("$2a$04$bad", POSTERN_SECRET)));
    postern_http_request request = {.method = postern_text("POST"), .url = postern_config("url"), .content_type = postern_text("text/plain"), .body = postern_text("ping")};
    postern_put(&request.headers, "X-Sent", "yes");
    postern_http_reply reply;
    int32_t code = postern_http(&request, &reply);
    TELL(postern_decimal(code ? code : reply.status));
    TELL(reply.content_type);
    TELL(postern_decimal((int64_t)reply.body.n));
    TELL(or_nothing(postern_kv_get("k")));
    TELL(postern_decimal(postern_kv_put("k", "v")));
    TELL(or_nothing(postern_kv_get("k")));
    TELL(postern_decimal(postern_file_size()));
    return postern_refuse("", "", told);
}

POSTERN_EXIT(.name = "host", .version = "1.0", .identify = identify, .grants = {"http", "store", "verify_password"})
