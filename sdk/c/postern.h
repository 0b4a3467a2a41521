/*
 * postern.h - write an exit of the Postern file-transfer server in C.
 *
 * One header, no library: with libc or without, C11, for clang's wasm32 and wasm32-wasi. Fill in one function per point
 * at which the exit wants a say, and describe the exit at the end of the file:
 *
 *     #include "postern.h"
 *
 *     static postern_verdict authorize(const postern_authorize_facts *facts)
 *     {
 *         if (facts->request.size > 10 << 20)
 *             return postern_refuse("file.size", "too large", "over 10 MiB");
 *         return postern_pass();
 *     }
 *
 *     POSTERN_EXIT(.name = "small", .version = "1.0", .authorize = authorize)
 *
 * Facts are read in place: a string is a view into the question, valid during the call. A message that the question does
 * not have reads as empty; its `present` tells. At points where something may be changed the function has a second
 * parameter with just those changes. What the exit allocates with postern_alloc is gone after the call; postern_keep and
 * static variables last as long as the instance.
 *
 * The types of messages are made from the contract by sdk/c/generate, which also puts this file together.
 */
#ifndef POSTERN_H
#define POSTERN_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The version of the plugin contract: major << 16 | minor. */
#define POSTERN_CONTRACT 0x10000

/* ---- Text ------------------------------------------------------------------------------------------------------- */

/* A view of UTF-8 text, not ended by a zero byte. p is NULL where there is none at all. */
typedef struct {
    const char *p;
    size_t n;
} postern_str;

static inline postern_str postern__same(postern_str s) { return s; }
static inline postern_str postern_text(const char *s)
{
    return (postern_str){s, s ? __builtin_strlen(s) : 0};
}

/* Wherever one of the functions below takes text it takes both a postern_str and a C string. */
#define POSTERN_STR(s) _Generic((s), postern_str: postern__same, char *: postern_text, const char *: postern_text)(s)

/* ---- What may be there or not ----------------------------------------------------------------------------------- */

typedef struct {
    bool present;
    bool value;
} postern_opt_bool;

typedef struct {
    bool present;
    int64_t value;
} postern_opt_int;

static inline postern_opt_bool postern_is(bool value) { return (postern_opt_bool){true, value}; }
static inline postern_opt_int postern_num(int64_t value) { return (postern_opt_int){true, value}; }

/* ---- Lists, read in place ---------------------------------------------------------------------------------------- */

/* Elements as they came, or as they were added. Empty when it is zero. The fields are not for use. */
struct postern__seq {
    const uint8_t *at, *end;
    uint32_t tag; /* 0: the elements stand one behind the other */
    uint32_t count;
};

typedef struct { struct postern__seq seq; } postern_list;       /* of text */
typedef struct { struct postern__seq seq; } postern_map;        /* of text by text */
typedef struct { struct postern__seq seq; } postern_terms;      /* of postern_term */
typedef struct { struct postern__seq seq; } postern_hours_list; /* of postern_hours */
typedef struct { struct postern__seq seq; } postern_rows;       /* of postern_dir_entry */

/* How many elements a list of any kind has. */
#define POSTERN_COUNT(list) ((list).seq.count)

/* ---- Verdicts ---------------------------------------------------------------------------------------------------- */

/* What a function answers: made by postern_pass, postern_allow, postern_refuse or postern_fail. */
typedef struct {
    int32_t kind;
    postern_opt_bool temporary;
    postern_str code, public, detail;
} postern_verdict;

enum { POSTERN_PASS = 1, POSTERN_ALLOW = 2, POSTERN_REFUSE = 3 };

/* What a call may answer instead of a verdict. Each is a failure of the exit. */
enum {
    POSTERN_NOT_IMPLEMENTED = -1,
    POSTERN_CANNOT_DECODE = -2,
    POSTERN_INTERNAL = -3,
    POSTERN_NO_MEMORY = -4,
    POSTERN_REJECTED = -5,
};

/* ---- Filters ----------------------------------------------------------------------------------------------------- */

/* A block of the file. The filter changes data[0 .. size) in place and may write up to data[capacity). */
typedef struct {
    uint8_t *data;
    size_t size;
    size_t capacity;
    bool last; /* the final block of the file; it may be empty */
    bool more; /* nothing new: the filter said that it had more, and may now say it; size is 0 */
} postern_block;

/* What takes the block's place. */
typedef struct {
    int64_t value;
} postern_filtered;

/* ---- Messages ----------------------------------------------------------------------------------------------------- */

/* How a field is read and written; NAMES are there only if somebody defined POSTERN_NAMES. */
enum {
    POSTERN__NONE,
    POSTERN__TEXT,
    POSTERN__OPT_TEXT,
    POSTERN__INT,
    POSTERN__BOOL,
    POSTERN__OPT_INT,
    POSTERN__OPT_BOOL,
    POSTERN__SECONDS, /* of a time */
    POSTERN__NANOS,
    POSTERN__TIME,
    POSTERN__MESSAGE,
    POSTERN__LIST, /* and what follows: struct postern__seq */
    POSTERN__MAP,
    POSTERN__TERMS,
    POSTERN__HOURS,
    POSTERN__ROWS,
};

struct postern__entry {
    uint8_t kind, type; /* type: of the wire */
    uint16_t offset;
    const struct postern__message *message;
#ifdef POSTERN_NAMES
    const char *name;
#endif
};

#ifdef POSTERN_NAMES
#define POSTERN__NAME(s) , s
#else
#define POSTERN__NAME(s)
#endif

/* The fields of a message by their numbers. */
struct postern__message {
    uint32_t last;
    const struct postern__entry *fields;
};

/* How deep messages may lie in messages. */
enum { POSTERN__DEEPEST = 6 };

/* A time or a duration is read as nanoseconds. */
static const struct postern__entry postern__table_time_fields[] = {
    [1] = {POSTERN__SECONDS, 0, 0, NULL POSTERN__NAME("")},
    [2] = {POSTERN__NANOS, 0, 0, NULL POSTERN__NAME("")},
};
static const struct postern__message postern__table_time = {2, postern__table_time_fields};

/* Call is known from the first moment. */
typedef struct {
    bool present;
    postern_str listener;
    postern_str protocol;
    /* The caller's address and port: "192.0.2.1:40001", "[2001:db8::1]:40001". */
    postern_str peer;
    /* Sessions of the server, this one counted. */
    int64_t sessions;
    /* Transfers that run in the server. */
    int64_t running;
} postern_call;

static const struct postern__entry postern__table_call_fields[] = {
    [1] = {POSTERN__TEXT, 2, offsetof(postern_call, listener), NULL POSTERN__NAME("listener")},
    [2] = {POSTERN__TEXT, 2, offsetof(postern_call, protocol), NULL POSTERN__NAME("protocol")},
    [3] = {POSTERN__TEXT, 2, offsetof(postern_call, peer), NULL POSTERN__NAME("peer")},
    [4] = {POSTERN__INT, 0, offsetof(postern_call, sessions), NULL POSTERN__NAME("sessions")},
    [5] = {POSTERN__INT, 0, offsetof(postern_call, running), NULL POSTERN__NAME("running")},
};
static const struct postern__message postern__table_call = {5, postern__table_call_fields};

/* AcceptFacts is what is known when a connection was accepted and the limits have room. */
typedef struct {
    bool present;
    int64_t time;
    postern_str session;
    postern_call call;
} postern_accept_facts;

static const struct postern__entry postern__table_accept_facts_fields[] = {
    [1] = {POSTERN__TIME, 2, offsetof(postern_accept_facts, time), &postern__table_time POSTERN__NAME("time")},
    [2] = {POSTERN__TEXT, 2, offsetof(postern_accept_facts, session), NULL POSTERN__NAME("session")},
    [4] = {POSTERN__MESSAGE, 2, offsetof(postern_accept_facts, call), &postern__table_call POSTERN__NAME("call")},
};
static const struct postern__message postern__table_accept_facts = {4, postern__table_accept_facts_fields};

static const struct postern__entry postern__table_accept_request_fields[] = {
    [1] = {POSTERN__MESSAGE, 2, 0, &postern__table_accept_facts POSTERN__NAME("")},
};
static const struct postern__message postern__table_accept_request = {1, postern__table_accept_request_fields};

/* Hours is a weekly span of time. */
typedef struct {
    bool present;
    /* mon to sun; none: every day. */
    postern_list days;
    /* Local times: "06:00", "22:30:15". From is inside, to is outside; from after to goes past midnight. */
    postern_str from;
    postern_str to;
    /* Of the time zone database; empty: UTC. */
    postern_str timezone;
} postern_hours;

static const struct postern__entry postern__table_hours_fields[] = {
    [1] = {POSTERN__LIST, 2, offsetof(postern_hours, days), NULL POSTERN__NAME("days")},
    [2] = {POSTERN__TEXT, 2, offsetof(postern_hours, from), NULL POSTERN__NAME("from")},
    [3] = {POSTERN__TEXT, 2, offsetof(postern_hours, to), NULL POSTERN__NAME("to")},
    [4] = {POSTERN__TEXT, 2, offsetof(postern_hours, timezone), NULL POSTERN__NAME("timezone")},
};
static const struct postern__message postern__table_hours = {4, postern__table_hours_fields};

/* Partner is who may call: a record of the configuration, or one that an exit made up from a template. In a reply an  empty field means "as the record or the template has it"; a list that is meant to be empty is named in clear. */
typedef struct {
    bool present;
    /* The name it is known by here. */
    postern_str id;
    /* The name it calls with. */
    postern_str name;
    postern_str group;
    bool template;
    /* The template that a made-up partner was made from. */
    postern_str from;
    bool disabled;
    /* An argon2id or bcrypt hash, if the exit was granted stored secrets; in a reply, of a made-up partner. */
    postern_str password;
    /* Who we say we are to it, and how we prove it. */
    postern_str local_name;
    postern_str local_password;
    /* Lines of authorized_keys. */
    postern_list keys;
    /* Names one of which its client certificate must bear. */
    postern_list tls_names;
    /* key, password, certificate: all of them are needed. */
    postern_list require;
    postern_list protocols;
    /* Networks it may call from: "192.0.2.0/24". */
    postern_list allow_from;
    postern_hours_list hours;
    /* At once; 0: no limit of its own. */
    int64_t max_sessions;
    /* Flows that are taken from it, and flows that it may fetch; masks are allowed. */
    postern_list receive;
    postern_list send;
    bool messages;
    postern_str default_flow;
    postern_map labels;
    /* Names of the lists above that are meant to be empty. */
    postern_list clear;
    /* rename, remove and mkdir, in the flows it may use. */
    postern_list manage;
    /* At once, over all its sessions; 0: no limit of its own. */
    int64_t max_transfers;
} postern_partner;

static const struct postern__entry postern__table_partner_fields[] = {
    [1] = {POSTERN__TEXT, 2, offsetof(postern_partner, id), NULL POSTERN__NAME("id")},
    [2] = {POSTERN__TEXT, 2, offsetof(postern_partner, name), NULL POSTERN__NAME("name")},
    [3] = {POSTERN__TEXT, 2, offsetof(postern_partner, group), NULL POSTERN__NAME("group")},
    [4] = {POSTERN__BOOL, 0, offsetof(postern_partner, template), NULL POSTERN__NAME("template")},
    [5] = {POSTERN__TEXT, 2, offsetof(postern_partner, from), NULL POSTERN__NAME("from")},
    [6] = {POSTERN__BOOL, 0, offsetof(postern_partner, disabled), NULL POSTERN__NAME("disabled")},
    [7] = {POSTERN__TEXT, 2, offsetof(postern_partner, password), NULL POSTERN__NAME("password")},
    [8] = {POSTERN__TEXT, 2, offsetof(postern_partner, local_name), NULL POSTERN__NAME("local_name")},
    [9] = {POSTERN__TEXT, 2, offsetof(postern_partner, local_password), NULL POSTERN__NAME("local_password")},
    [10] = {POSTERN__LIST, 2, offsetof(postern_partner, keys), NULL POSTERN__NAME("keys")},
    [11] = {POSTERN__LIST, 2, offsetof(postern_partner, tls_names), NULL POSTERN__NAME("tls_names")},
    [12] = {POSTERN__LIST, 2, offsetof(postern_partner, require), NULL POSTERN__NAME("require")},
    [13] = {POSTERN__LIST, 2, offsetof(postern_partner, protocols), NULL POSTERN__NAME("protocols")},
    [14] = {POSTERN__LIST, 2, offsetof(postern_partner, allow_from), NULL POSTERN__NAME("allow_from")},
    [15] = {POSTERN__HOURS, 2, offsetof(postern_partner, hours), NULL POSTERN__NAME("hours")},
    [16] = {POSTERN__INT, 0, offsetof(postern_partner, max_sessions), NULL POSTERN__NAME("max_sessions")},
    [17] = {POSTERN__LIST, 2, offsetof(postern_partner, receive), NULL POSTERN__NAME("receive")},
    [18] = {POSTERN__LIST, 2, offsetof(postern_partner, send), NULL POSTERN__NAME("send")},
    [19] = {POSTERN__BOOL, 0, offsetof(postern_partner, messages), NULL POSTERN__NAME("messages")},
    [20] = {POSTERN__TEXT, 2, offsetof(postern_partner, default_flow), NULL POSTERN__NAME("default_flow")},
    [21] = {POSTERN__MAP, 2, offsetof(postern_partner, labels), NULL POSTERN__NAME("labels")},
    [22] = {POSTERN__LIST, 2, offsetof(postern_partner, clear), NULL POSTERN__NAME("clear")},
    [23] = {POSTERN__LIST, 2, offsetof(postern_partner, manage), NULL POSTERN__NAME("manage")},
    [24] = {POSTERN__INT, 0, offsetof(postern_partner, max_transfers), NULL POSTERN__NAME("max_transfers")},
};
static const struct postern__message postern__table_partner = {24, postern__table_partner_fields};

/* IdentifyChanges is what may be changed at identify. A field that is not set is left alone. */
typedef struct {
    bool present;
    postern_partner partner;
} postern_identify_changes;

static const struct postern__entry postern__table_identify_changes_fields[] = {
    [1] = {POSTERN__MESSAGE, 2, offsetof(postern_identify_changes, partner), &postern__table_partner POSTERN__NAME("partner")},
};
static const struct postern__message postern__table_identify_changes = {1, postern__table_identify_changes_fields};

/* Claim is who the caller says it is, and what a transport has verified of it. */
typedef struct {
    bool present;
    /* As it came: PeSIT PI 3. */
    postern_str name;
    /* Whom it believes to have called: PeSIT PI 4. */
    postern_str called_name;
    /* What it gave as its password, if the exit was granted it. */
    postern_str secret;
    /* The password it wants from now on, if the exit was granted it. */
    postern_str new_secret;
    /* password, key, certificate or none. */
    postern_str method;
    /* write, read or mixed, as the caller wants it. */
    postern_str access;
    /* The fingerprint of a verified key; of a certificate that of the key which it certifies. */
    postern_str key;
    /* The names of a verified client certificate. */
    postern_list cert_names;
    /* SHA-256 of that certificate, hexadecimal. */
    postern_str cert_print;
    /* The fingerprint of the key that signed the caller's SSH certificate. Anybody can sign one: whether the authority is  trusted is the identify point's question. */
    postern_str authority;
    /* The names that the SSH certificate is for. */
    postern_list principals;
} postern_claim;

static const struct postern__entry postern__table_claim_fields[] = {
    [1] = {POSTERN__TEXT, 2, offsetof(postern_claim, name), NULL POSTERN__NAME("name")},
    [2] = {POSTERN__TEXT, 2, offsetof(postern_claim, called_name), NULL POSTERN__NAME("called_name")},
    [3] = {POSTERN__TEXT, 2, offsetof(postern_claim, secret), NULL POSTERN__NAME("secret")},
    [4] = {POSTERN__TEXT, 2, offsetof(postern_claim, new_secret), NULL POSTERN__NAME("new_secret")},
    [5] = {POSTERN__TEXT, 2, offsetof(postern_claim, method), NULL POSTERN__NAME("method")},
    [6] = {POSTERN__TEXT, 2, offsetof(postern_claim, access), NULL POSTERN__NAME("access")},
    [7] = {POSTERN__TEXT, 2, offsetof(postern_claim, key), NULL POSTERN__NAME("key")},
    [8] = {POSTERN__LIST, 2, offsetof(postern_claim, cert_names), NULL POSTERN__NAME("cert_names")},
    [9] = {POSTERN__TEXT, 2, offsetof(postern_claim, cert_print), NULL POSTERN__NAME("cert_print")},
    [10] = {POSTERN__TEXT, 2, offsetof(postern_claim, authority), NULL POSTERN__NAME("authority")},
    [11] = {POSTERN__LIST, 2, offsetof(postern_claim, principals), NULL POSTERN__NAME("principals")},
};
static const struct postern__message postern__table_claim = {11, postern__table_claim_fields};

/* IdentifyFacts is what is known when a caller has said who it is; once per protocol session, before any catalog entry. */
typedef struct {
    bool present;
    int64_t time;
    postern_str session;
    postern_call call;
    postern_claim claim;
    postern_partner partner;
    /* An exit asked earlier at this point has allowed. */
    bool allowed;
    /* What the exits asked earlier at this point have changed. */
    postern_identify_changes earlier;
} postern_identify_facts;

static const struct postern__entry postern__table_identify_facts_fields[] = {
    [1] = {POSTERN__TIME, 2, offsetof(postern_identify_facts, time), &postern__table_time POSTERN__NAME("time")},
    [2] = {POSTERN__TEXT, 2, offsetof(postern_identify_facts, session), NULL POSTERN__NAME("session")},
    [4] = {POSTERN__MESSAGE, 2, offsetof(postern_identify_facts, call), &postern__table_call POSTERN__NAME("call")},
    [5] = {POSTERN__MESSAGE, 2, offsetof(postern_identify_facts, claim), &postern__table_claim POSTERN__NAME("claim")},
    [6] = {POSTERN__MESSAGE, 2, offsetof(postern_identify_facts, partner), &postern__table_partner POSTERN__NAME("partner")},
};
static const struct postern__message postern__table_identify_facts = {6, postern__table_identify_facts_fields};

static const struct postern__entry postern__table_identify_request_fields[] = {
    [1] = {POSTERN__MESSAGE, 2, 0, &postern__table_identify_facts POSTERN__NAME("")},
    [3] = {POSTERN__BOOL, 0, offsetof(postern_identify_facts, allowed), NULL POSTERN__NAME("allowed")},
    [4] = {POSTERN__MESSAGE, 2, offsetof(postern_identify_facts, earlier), &postern__table_identify_changes POSTERN__NAME("earlier")},
};
static const struct postern__message postern__table_identify_request = {4, postern__table_identify_request_fields};

/* NegotiateChanges is what may be changed at negotiate. A field that is not set is left alone. */
typedef struct {
    bool present;
    postern_terms terms;
} postern_negotiate_changes;

static const struct postern__entry postern__table_negotiate_changes_fields[] = {
    [2] = {POSTERN__TERMS, 2, offsetof(postern_negotiate_changes, terms), NULL POSTERN__NAME("terms")},
};
static const struct postern__message postern__table_negotiate_changes = {2, postern__table_negotiate_changes_fields};

/* NegotiateFacts is what is known when the caller has proposed its terms. */
typedef struct {
    bool present;
    int64_t time;
    postern_str session;
    postern_call call;
    postern_claim claim;
    postern_partner partner;
    postern_terms proposed;
    postern_terms terms;
    /* What the exits asked earlier at this point have changed. */
    postern_negotiate_changes earlier;
} postern_negotiate_facts;

static const struct postern__entry postern__table_negotiate_facts_fields[] = {
    [1] = {POSTERN__TIME, 2, offsetof(postern_negotiate_facts, time), &postern__table_time POSTERN__NAME("time")},
    [2] = {POSTERN__TEXT, 2, offsetof(postern_negotiate_facts, session), NULL POSTERN__NAME("session")},
    [4] = {POSTERN__MESSAGE, 2, offsetof(postern_negotiate_facts, call), &postern__table_call POSTERN__NAME("call")},
    [5] = {POSTERN__MESSAGE, 2, offsetof(postern_negotiate_facts, claim), &postern__table_claim POSTERN__NAME("claim")},
    [6] = {POSTERN__MESSAGE, 2, offsetof(postern_negotiate_facts, partner), &postern__table_partner POSTERN__NAME("partner")},
    [7] = {POSTERN__TERMS, 2, offsetof(postern_negotiate_facts, proposed), NULL POSTERN__NAME("proposed")},
    [8] = {POSTERN__TERMS, 2, offsetof(postern_negotiate_facts, terms), NULL POSTERN__NAME("terms")},
};
static const struct postern__message postern__table_negotiate_facts = {8, postern__table_negotiate_facts_fields};

static const struct postern__entry postern__table_negotiate_request_fields[] = {
    [1] = {POSTERN__MESSAGE, 2, 0, &postern__table_negotiate_facts POSTERN__NAME("")},
    [4] = {POSTERN__MESSAGE, 2, offsetof(postern_negotiate_facts, earlier), &postern__table_negotiate_changes POSTERN__NAME("earlier")},
};
static const struct postern__message postern__table_negotiate_request = {4, postern__table_negotiate_request_fields};

/* ResolveChanges is what may be changed at resolve. A field that is not set is left alone. */
typedef struct {
    bool present;
    postern_str flow;
    postern_map path_vars;
    postern_map labels;
    postern_opt_int priority;
} postern_resolve_changes;

static const struct postern__entry postern__table_resolve_changes_fields[] = {
    [3] = {POSTERN__OPT_TEXT, 2, offsetof(postern_resolve_changes, flow), NULL POSTERN__NAME("flow")},
    [4] = {POSTERN__MAP, 2, offsetof(postern_resolve_changes, path_vars), NULL POSTERN__NAME("path_vars")},
    [5] = {POSTERN__MAP, 2, offsetof(postern_resolve_changes, labels), NULL POSTERN__NAME("labels")},
    [6] = {POSTERN__OPT_INT, 0, offsetof(postern_resolve_changes, priority), NULL POSTERN__NAME("priority")},
};
static const struct postern__message postern__table_resolve_changes = {6, postern__table_resolve_changes_fields};

/* TransferRequest is what the peer asks for. */
typedef struct {
    bool present;
    /* create, read, message, list, stat, setstat, statvfs, rename, remove or mkdir. */
    postern_str action;
    /* file, message or acknowledgement. */
    postern_str kind;
    /* As it came: PeSIT PI 12. May hold masks in a read. */
    postern_str file;
    postern_str target;
    /* PeSIT PI 37. */
    postern_str label;
    /* PeSIT PI 11. */
    int64_t type;
    /* PeSIT PI 13; 0: the server assigns one. */
    int64_t number;
    bool restart;
    /* 0 urgent, 1 normal, 2 low. */
    int64_t priority;
    /* PeSIT PI 61 and 62. */
    postern_str origin;
    postern_str destination;
    /* As announced, bytes; -1: unknown. */
    int64_t size;
    /* The announcement was rounded up to this, bytes. */
    int64_t size_unit;
    postern_terms terms;
    postern_map attributes;
    postern_str text;
    bool reply_wanted;
    /* receive or send, seen from this server. */
    postern_str direction;
    /* The entry that the request would release or restart. */
    postern_str held;
} postern_request;

static const struct postern__entry postern__table_request_fields[] = {
    [1] = {POSTERN__TEXT, 2, offsetof(postern_request, action), NULL POSTERN__NAME("action")},
    [2] = {POSTERN__TEXT, 2, offsetof(postern_request, kind), NULL POSTERN__NAME("kind")},
    [3] = {POSTERN__TEXT, 2, offsetof(postern_request, file), NULL POSTERN__NAME("file")},
    [4] = {POSTERN__TEXT, 2, offsetof(postern_request, target), NULL POSTERN__NAME("target")},
    [5] = {POSTERN__TEXT, 2, offsetof(postern_request, label), NULL POSTERN__NAME("label")},
    [6] = {POSTERN__INT, 0, offsetof(postern_request, type), NULL POSTERN__NAME("type")},
    [7] = {POSTERN__INT, 0, offsetof(postern_request, number), NULL POSTERN__NAME("number")},
    [8] = {POSTERN__BOOL, 0, offsetof(postern_request, restart), NULL POSTERN__NAME("restart")},
    [9] = {POSTERN__INT, 0, offsetof(postern_request, priority), NULL POSTERN__NAME("priority")},
    [10] = {POSTERN__TEXT, 2, offsetof(postern_request, origin), NULL POSTERN__NAME("origin")},
    [11] = {POSTERN__TEXT, 2, offsetof(postern_request, destination), NULL POSTERN__NAME("destination")},
    [12] = {POSTERN__INT, 0, offsetof(postern_request, size), NULL POSTERN__NAME("size")},
    [13] = {POSTERN__INT, 0, offsetof(postern_request, size_unit), NULL POSTERN__NAME("size_unit")},
    [14] = {POSTERN__TERMS, 2, offsetof(postern_request, terms), NULL POSTERN__NAME("terms")},
    [15] = {POSTERN__MAP, 2, offsetof(postern_request, attributes), NULL POSTERN__NAME("attributes")},
    [16] = {POSTERN__TEXT, 2, offsetof(postern_request, text), NULL POSTERN__NAME("text")},
    [17] = {POSTERN__BOOL, 0, offsetof(postern_request, reply_wanted), NULL POSTERN__NAME("reply_wanted")},
    [18] = {POSTERN__TEXT, 2, offsetof(postern_request, direction), NULL POSTERN__NAME("direction")},
    [19] = {POSTERN__TEXT, 2, offsetof(postern_request, held), NULL POSTERN__NAME("held")},
};
static const struct postern__message postern__table_request = {19, postern__table_request_fields};

/* Flow is a kind of file that partners exchange. */
typedef struct {
    bool present;
    postern_str id;
    /* The template of its path. */
    postern_str path;
    postern_str backend;
    /* fail, replace or unique. */
    postern_str on_exists;
    /* sync, close or none. */
    postern_str durability;
    bool publish;
    /* stream, lines or prefixed. */
    postern_str records;
    postern_str delimiter;
    int64_t record_length;
    bool fixed;
    bool digest;
    /* Bytes; 0: no limit. */
    int64_t max_size;
    int64_t max_restarts;
    int64_t retention;
    bool delete_sent;
    postern_list compression;
    /* Names of the lists above that are meant to be empty. */
    postern_list clear;
} postern_flow;

static const struct postern__entry postern__table_flow_fields[] = {
    [1] = {POSTERN__TEXT, 2, offsetof(postern_flow, id), NULL POSTERN__NAME("id")},
    [2] = {POSTERN__TEXT, 2, offsetof(postern_flow, path), NULL POSTERN__NAME("path")},
    [3] = {POSTERN__TEXT, 2, offsetof(postern_flow, backend), NULL POSTERN__NAME("backend")},
    [4] = {POSTERN__TEXT, 2, offsetof(postern_flow, on_exists), NULL POSTERN__NAME("on_exists")},
    [5] = {POSTERN__TEXT, 2, offsetof(postern_flow, durability), NULL POSTERN__NAME("durability")},
    [6] = {POSTERN__BOOL, 0, offsetof(postern_flow, publish), NULL POSTERN__NAME("publish")},
    [7] = {POSTERN__TEXT, 2, offsetof(postern_flow, records), NULL POSTERN__NAME("records")},
    [8] = {POSTERN__TEXT, 2, offsetof(postern_flow, delimiter), NULL POSTERN__NAME("delimiter")},
    [9] = {POSTERN__INT, 0, offsetof(postern_flow, record_length), NULL POSTERN__NAME("record_length")},
    [10] = {POSTERN__BOOL, 0, offsetof(postern_flow, fixed), NULL POSTERN__NAME("fixed")},
    [11] = {POSTERN__BOOL, 0, offsetof(postern_flow, digest), NULL POSTERN__NAME("digest")},
    [12] = {POSTERN__INT, 0, offsetof(postern_flow, max_size), NULL POSTERN__NAME("max_size")},
    [13] = {POSTERN__INT, 0, offsetof(postern_flow, max_restarts), NULL POSTERN__NAME("max_restarts")},
    [14] = {POSTERN__TIME, 2, offsetof(postern_flow, retention), &postern__table_time POSTERN__NAME("retention")},
    [15] = {POSTERN__BOOL, 0, offsetof(postern_flow, delete_sent), NULL POSTERN__NAME("delete_sent")},
    [16] = {POSTERN__LIST, 2, offsetof(postern_flow, compression), NULL POSTERN__NAME("compression")},
    [17] = {POSTERN__LIST, 2, offsetof(postern_flow, clear), NULL POSTERN__NAME("clear")},
};
static const struct postern__message postern__table_flow = {17, postern__table_flow_fields};

/* ResolveFacts is what is known when a request has come, a restart too. */
typedef struct {
    bool present;
    int64_t time;
    postern_str session;
    postern_str transfer;
    postern_call call;
    postern_claim claim;
    postern_partner partner;
    postern_terms proposed;
    postern_terms terms;
    postern_request request;
    postern_flow flow;
    /* What the exits asked earlier at this point have changed. */
    postern_resolve_changes earlier;
} postern_resolve_facts;

static const struct postern__entry postern__table_resolve_facts_fields[] = {
    [1] = {POSTERN__TIME, 2, offsetof(postern_resolve_facts, time), &postern__table_time POSTERN__NAME("time")},
    [2] = {POSTERN__TEXT, 2, offsetof(postern_resolve_facts, session), NULL POSTERN__NAME("session")},
    [3] = {POSTERN__TEXT, 2, offsetof(postern_resolve_facts, transfer), NULL POSTERN__NAME("transfer")},
    [4] = {POSTERN__MESSAGE, 2, offsetof(postern_resolve_facts, call), &postern__table_call POSTERN__NAME("call")},
    [5] = {POSTERN__MESSAGE, 2, offsetof(postern_resolve_facts, claim), &postern__table_claim POSTERN__NAME("claim")},
    [6] = {POSTERN__MESSAGE, 2, offsetof(postern_resolve_facts, partner), &postern__table_partner POSTERN__NAME("partner")},
    [7] = {POSTERN__TERMS, 2, offsetof(postern_resolve_facts, proposed), NULL POSTERN__NAME("proposed")},
    [8] = {POSTERN__TERMS, 2, offsetof(postern_resolve_facts, terms), NULL POSTERN__NAME("terms")},
    [9] = {POSTERN__MESSAGE, 2, offsetof(postern_resolve_facts, request), &postern__table_request POSTERN__NAME("request")},
    [10] = {POSTERN__MESSAGE, 2, offsetof(postern_resolve_facts, flow), &postern__table_flow POSTERN__NAME("flow")},
};
static const struct postern__message postern__table_resolve_facts = {10, postern__table_resolve_facts_fields};

static const struct postern__entry postern__table_resolve_request_fields[] = {
    [1] = {POSTERN__MESSAGE, 2, 0, &postern__table_resolve_facts POSTERN__NAME("")},
    [4] = {POSTERN__MESSAGE, 2, offsetof(postern_resolve_facts, earlier), &postern__table_resolve_changes POSTERN__NAME("earlier")},
};
static const struct postern__message postern__table_resolve_request = {4, postern__table_resolve_request_fields};

/* AuthorizeFacts is what is known when the flow of the request is known. */
typedef struct {
    bool present;
    int64_t time;
    postern_str session;
    postern_str transfer;
    postern_call call;
    postern_claim claim;
    postern_partner partner;
    postern_terms proposed;
    postern_terms terms;
    postern_request request;
    postern_flow flow;
    /* An exit asked earlier at this point has allowed. */
    bool allowed;
} postern_authorize_facts;

static const struct postern__entry postern__table_authorize_facts_fields[] = {
    [1] = {POSTERN__TIME, 2, offsetof(postern_authorize_facts, time), &postern__table_time POSTERN__NAME("time")},
    [2] = {POSTERN__TEXT, 2, offsetof(postern_authorize_facts, session), NULL POSTERN__NAME("session")},
    [3] = {POSTERN__TEXT, 2, offsetof(postern_authorize_facts, transfer), NULL POSTERN__NAME("transfer")},
    [4] = {POSTERN__MESSAGE, 2, offsetof(postern_authorize_facts, call), &postern__table_call POSTERN__NAME("call")},
    [5] = {POSTERN__MESSAGE, 2, offsetof(postern_authorize_facts, claim), &postern__table_claim POSTERN__NAME("claim")},
    [6] = {POSTERN__MESSAGE, 2, offsetof(postern_authorize_facts, partner), &postern__table_partner POSTERN__NAME("partner")},
    [7] = {POSTERN__TERMS, 2, offsetof(postern_authorize_facts, proposed), NULL POSTERN__NAME("proposed")},
    [8] = {POSTERN__TERMS, 2, offsetof(postern_authorize_facts, terms), NULL POSTERN__NAME("terms")},
    [9] = {POSTERN__MESSAGE, 2, offsetof(postern_authorize_facts, request), &postern__table_request POSTERN__NAME("request")},
    [10] = {POSTERN__MESSAGE, 2, offsetof(postern_authorize_facts, flow), &postern__table_flow POSTERN__NAME("flow")},
};
static const struct postern__message postern__table_authorize_facts = {10, postern__table_authorize_facts_fields};

static const struct postern__entry postern__table_authorize_request_fields[] = {
    [1] = {POSTERN__MESSAGE, 2, 0, &postern__table_authorize_facts POSTERN__NAME("")},
    [3] = {POSTERN__BOOL, 0, offsetof(postern_authorize_facts, allowed), NULL POSTERN__NAME("allowed")},
};
static const struct postern__message postern__table_authorize_request = {3, postern__table_authorize_request_fields};

/* OpenChanges is what may be changed at open. A field that is not set is left alone. */
typedef struct {
    bool present;
    postern_str path;
    postern_str backend;
    postern_map attributes;
    postern_str on_exists;
} postern_open_changes;

static const struct postern__entry postern__table_open_changes_fields[] = {
    [7] = {POSTERN__OPT_TEXT, 2, offsetof(postern_open_changes, path), NULL POSTERN__NAME("path")},
    [8] = {POSTERN__OPT_TEXT, 2, offsetof(postern_open_changes, backend), NULL POSTERN__NAME("backend")},
    [9] = {POSTERN__MAP, 2, offsetof(postern_open_changes, attributes), NULL POSTERN__NAME("attributes")},
    [10] = {POSTERN__OPT_TEXT, 2, offsetof(postern_open_changes, on_exists), NULL POSTERN__NAME("on_exists")},
};
static const struct postern__message postern__table_open_changes = {10, postern__table_open_changes_fields};

/* Target says where the file will be. */
typedef struct {
    bool present;
    postern_str path;
    postern_str backend;
    postern_str on_exists;
    postern_map attributes;
    /* Bytes of the file, when it is sent. */
    int64_t size;
} postern_target;

static const struct postern__entry postern__table_target_fields[] = {
    [1] = {POSTERN__TEXT, 2, offsetof(postern_target, path), NULL POSTERN__NAME("path")},
    [2] = {POSTERN__TEXT, 2, offsetof(postern_target, backend), NULL POSTERN__NAME("backend")},
    [3] = {POSTERN__TEXT, 2, offsetof(postern_target, on_exists), NULL POSTERN__NAME("on_exists")},
    [4] = {POSTERN__MAP, 2, offsetof(postern_target, attributes), NULL POSTERN__NAME("attributes")},
    [5] = {POSTERN__INT, 0, offsetof(postern_target, size), NULL POSTERN__NAME("size")},
};
static const struct postern__message postern__table_target = {5, postern__table_target_fields};

/* OpenFacts is what is known when the file is about to be created or opened. */
typedef struct {
    bool present;
    int64_t time;
    postern_str session;
    postern_str transfer;
    postern_call call;
    postern_claim claim;
    postern_partner partner;
    postern_terms proposed;
    postern_terms terms;
    postern_request request;
    postern_flow flow;
    postern_target target;
    /* What the exits asked earlier at this point have changed. */
    postern_open_changes earlier;
} postern_open_facts;

static const struct postern__entry postern__table_open_facts_fields[] = {
    [1] = {POSTERN__TIME, 2, offsetof(postern_open_facts, time), &postern__table_time POSTERN__NAME("time")},
    [2] = {POSTERN__TEXT, 2, offsetof(postern_open_facts, session), NULL POSTERN__NAME("session")},
    [3] = {POSTERN__TEXT, 2, offsetof(postern_open_facts, transfer), NULL POSTERN__NAME("transfer")},
    [4] = {POSTERN__MESSAGE, 2, offsetof(postern_open_facts, call), &postern__table_call POSTERN__NAME("call")},
    [5] = {POSTERN__MESSAGE, 2, offsetof(postern_open_facts, claim), &postern__table_claim POSTERN__NAME("claim")},
    [6] = {POSTERN__MESSAGE, 2, offsetof(postern_open_facts, partner), &postern__table_partner POSTERN__NAME("partner")},
    [7] = {POSTERN__TERMS, 2, offsetof(postern_open_facts, proposed), NULL POSTERN__NAME("proposed")},
    [8] = {POSTERN__TERMS, 2, offsetof(postern_open_facts, terms), NULL POSTERN__NAME("terms")},
    [9] = {POSTERN__MESSAGE, 2, offsetof(postern_open_facts, request), &postern__table_request POSTERN__NAME("request")},
    [10] = {POSTERN__MESSAGE, 2, offsetof(postern_open_facts, flow), &postern__table_flow POSTERN__NAME("flow")},
    [11] = {POSTERN__MESSAGE, 2, offsetof(postern_open_facts, target), &postern__table_target POSTERN__NAME("target")},
};
static const struct postern__message postern__table_open_facts = {11, postern__table_open_facts_fields};

static const struct postern__entry postern__table_open_request_fields[] = {
    [1] = {POSTERN__MESSAGE, 2, 0, &postern__table_open_facts POSTERN__NAME("")},
    [4] = {POSTERN__MESSAGE, 2, offsetof(postern_open_facts, earlier), &postern__table_open_changes POSTERN__NAME("earlier")},
};
static const struct postern__message postern__table_open_request = {4, postern__table_open_request_fields};

/* RestartChanges is what may be changed at restart. A field that is not set is left alone. */
typedef struct {
    bool present;
    bool force_start;
} postern_restart_changes;

static const struct postern__entry postern__table_restart_changes_fields[] = {
    [11] = {POSTERN__BOOL, 0, offsetof(postern_restart_changes, force_start), NULL POSTERN__NAME("force_start")},
};
static const struct postern__message postern__table_restart_changes = {11, postern__table_restart_changes_fields};

/* Restart says what a restart wants and what is possible. */
typedef struct {
    bool present;
    postern_str entry;
    /* The peer's sync point; -1: it leaves the choice to the server. */
    int64_t wanted;
    /* The last durable one. */
    int64_t possible;
    /* Of that point in the file, bytes. */
    int64_t offset;
} postern_restart;

static const struct postern__entry postern__table_restart_fields[] = {
    [1] = {POSTERN__TEXT, 2, offsetof(postern_restart, entry), NULL POSTERN__NAME("entry")},
    [2] = {POSTERN__INT, 0, offsetof(postern_restart, wanted), NULL POSTERN__NAME("wanted")},
    [3] = {POSTERN__INT, 0, offsetof(postern_restart, possible), NULL POSTERN__NAME("possible")},
    [4] = {POSTERN__INT, 0, offsetof(postern_restart, offset), NULL POSTERN__NAME("offset")},
};
static const struct postern__message postern__table_restart = {4, postern__table_restart_fields};

/* RestartFacts is what is known when a transfer is about to be repositioned. */
typedef struct {
    bool present;
    int64_t time;
    postern_str session;
    postern_str transfer;
    postern_call call;
    postern_claim claim;
    postern_partner partner;
    postern_terms proposed;
    postern_terms terms;
    postern_request request;
    postern_flow flow;
    postern_target target;
    postern_restart restart;
    /* What the exits asked earlier at this point have changed. */
    postern_restart_changes earlier;
} postern_restart_facts;

static const struct postern__entry postern__table_restart_facts_fields[] = {
    [1] = {POSTERN__TIME, 2, offsetof(postern_restart_facts, time), &postern__table_time POSTERN__NAME("time")},
    [2] = {POSTERN__TEXT, 2, offsetof(postern_restart_facts, session), NULL POSTERN__NAME("session")},
    [3] = {POSTERN__TEXT, 2, offsetof(postern_restart_facts, transfer), NULL POSTERN__NAME("transfer")},
    [4] = {POSTERN__MESSAGE, 2, offsetof(postern_restart_facts, call), &postern__table_call POSTERN__NAME("call")},
    [5] = {POSTERN__MESSAGE, 2, offsetof(postern_restart_facts, claim), &postern__table_claim POSTERN__NAME("claim")},
    [6] = {POSTERN__MESSAGE, 2, offsetof(postern_restart_facts, partner), &postern__table_partner POSTERN__NAME("partner")},
    [7] = {POSTERN__TERMS, 2, offsetof(postern_restart_facts, proposed), NULL POSTERN__NAME("proposed")},
    [8] = {POSTERN__TERMS, 2, offsetof(postern_restart_facts, terms), NULL POSTERN__NAME("terms")},
    [9] = {POSTERN__MESSAGE, 2, offsetof(postern_restart_facts, request), &postern__table_request POSTERN__NAME("request")},
    [10] = {POSTERN__MESSAGE, 2, offsetof(postern_restart_facts, flow), &postern__table_flow POSTERN__NAME("flow")},
    [11] = {POSTERN__MESSAGE, 2, offsetof(postern_restart_facts, target), &postern__table_target POSTERN__NAME("target")},
    [12] = {POSTERN__MESSAGE, 2, offsetof(postern_restart_facts, restart), &postern__table_restart POSTERN__NAME("restart")},
};
static const struct postern__message postern__table_restart_facts = {12, postern__table_restart_facts_fields};

static const struct postern__entry postern__table_restart_request_fields[] = {
    [1] = {POSTERN__MESSAGE, 2, 0, &postern__table_restart_facts POSTERN__NAME("")},
    [4] = {POSTERN__MESSAGE, 2, offsetof(postern_restart_facts, earlier), &postern__table_restart_changes POSTERN__NAME("earlier")},
};
static const struct postern__message postern__table_restart_request = {4, postern__table_restart_request_fields};

/* FilterStart opens a filter for one transfer. */
typedef struct {
    bool present;
    /* receive or send, seen from this server. */
    postern_str direction;
    /* Bytes before the first block, on the wire and in the file; more than 0 at a restart. */
    int64_t wire_offset;
    int64_t file_offset;
} postern_filter_start;

static const struct postern__entry postern__table_filter_start_fields[] = {
    [1] = {POSTERN__TEXT, 2, offsetof(postern_filter_start, direction), NULL POSTERN__NAME("direction")},
    [2] = {POSTERN__INT, 0, offsetof(postern_filter_start, wire_offset), NULL POSTERN__NAME("wire_offset")},
    [3] = {POSTERN__INT, 0, offsetof(postern_filter_start, file_offset), NULL POSTERN__NAME("file_offset")},
};
static const struct postern__message postern__table_filter_start = {3, postern__table_filter_start_fields};

/* FilterFacts is what is known when a transfer's bytes are about to move: asked once, before the first block. */
typedef struct {
    bool present;
    int64_t time;
    postern_str session;
    postern_str transfer;
    postern_call call;
    postern_claim claim;
    postern_partner partner;
    postern_terms proposed;
    postern_terms terms;
    postern_request request;
    postern_flow flow;
    postern_target target;
    postern_filter_start filter;
} postern_filter_facts;

static const struct postern__entry postern__table_filter_facts_fields[] = {
    [1] = {POSTERN__TIME, 2, offsetof(postern_filter_facts, time), &postern__table_time POSTERN__NAME("time")},
    [2] = {POSTERN__TEXT, 2, offsetof(postern_filter_facts, session), NULL POSTERN__NAME("session")},
    [3] = {POSTERN__TEXT, 2, offsetof(postern_filter_facts, transfer), NULL POSTERN__NAME("transfer")},
    [4] = {POSTERN__MESSAGE, 2, offsetof(postern_filter_facts, call), &postern__table_call POSTERN__NAME("call")},
    [5] = {POSTERN__MESSAGE, 2, offsetof(postern_filter_facts, claim), &postern__table_claim POSTERN__NAME("claim")},
    [6] = {POSTERN__MESSAGE, 2, offsetof(postern_filter_facts, partner), &postern__table_partner POSTERN__NAME("partner")},
    [7] = {POSTERN__TERMS, 2, offsetof(postern_filter_facts, proposed), NULL POSTERN__NAME("proposed")},
    [8] = {POSTERN__TERMS, 2, offsetof(postern_filter_facts, terms), NULL POSTERN__NAME("terms")},
    [9] = {POSTERN__MESSAGE, 2, offsetof(postern_filter_facts, request), &postern__table_request POSTERN__NAME("request")},
    [10] = {POSTERN__MESSAGE, 2, offsetof(postern_filter_facts, flow), &postern__table_flow POSTERN__NAME("flow")},
    [11] = {POSTERN__MESSAGE, 2, offsetof(postern_filter_facts, target), &postern__table_target POSTERN__NAME("target")},
    [13] = {POSTERN__MESSAGE, 2, offsetof(postern_filter_facts, filter), &postern__table_filter_start POSTERN__NAME("filter")},
};
static const struct postern__message postern__table_filter_facts = {13, postern__table_filter_facts_fields};

static const struct postern__entry postern__table_filter_request_fields[] = {
    [1] = {POSTERN__MESSAGE, 2, 0, &postern__table_filter_facts POSTERN__NAME("")},
};
static const struct postern__message postern__table_filter_request = {1, postern__table_filter_request_fields};

/* VerifyChanges is what may be changed at verify. A field that is not set is left alone. */
typedef struct {
    bool present;
    postern_str quarantine;
} postern_verify_changes;

static const struct postern__entry postern__table_verify_changes_fields[] = {
    [12] = {POSTERN__OPT_TEXT, 2, offsetof(postern_verify_changes, quarantine), NULL POSTERN__NAME("quarantine")},
};
static const struct postern__message postern__table_verify_changes = {12, postern__table_verify_changes_fields};

/* File is the finished file, still under its temporary name. */
typedef struct {
    bool present;
    int64_t bytes;
    int64_t records;
    /* Hexadecimal; empty when the flow has no digest. */
    postern_str sha256;
    int64_t duration;
} postern_file;

static const struct postern__entry postern__table_file_fields[] = {
    [1] = {POSTERN__INT, 0, offsetof(postern_file, bytes), NULL POSTERN__NAME("bytes")},
    [2] = {POSTERN__INT, 0, offsetof(postern_file, records), NULL POSTERN__NAME("records")},
    [3] = {POSTERN__TEXT, 2, offsetof(postern_file, sha256), NULL POSTERN__NAME("sha256")},
    [4] = {POSTERN__TIME, 2, offsetof(postern_file, duration), &postern__table_time POSTERN__NAME("duration")},
};
static const struct postern__message postern__table_file = {4, postern__table_file_fields};

/* VerifyFacts is what is known when the whole file is there under its temporary name. */
typedef struct {
    bool present;
    int64_t time;
    postern_str session;
    postern_str transfer;
    postern_call call;
    postern_claim claim;
    postern_partner partner;
    postern_terms proposed;
    postern_terms terms;
    postern_request request;
    postern_flow flow;
    postern_target target;
    postern_file file;
    /* What the exits asked earlier at this point have changed. */
    postern_verify_changes earlier;
} postern_verify_facts;

static const struct postern__entry postern__table_verify_facts_fields[] = {
    [1] = {POSTERN__TIME, 2, offsetof(postern_verify_facts, time), &postern__table_time POSTERN__NAME("time")},
    [2] = {POSTERN__TEXT, 2, offsetof(postern_verify_facts, session), NULL POSTERN__NAME("session")},
    [3] = {POSTERN__TEXT, 2, offsetof(postern_verify_facts, transfer), NULL POSTERN__NAME("transfer")},
    [4] = {POSTERN__MESSAGE, 2, offsetof(postern_verify_facts, call), &postern__table_call POSTERN__NAME("call")},
    [5] = {POSTERN__MESSAGE, 2, offsetof(postern_verify_facts, claim), &postern__table_claim POSTERN__NAME("claim")},
    [6] = {POSTERN__MESSAGE, 2, offsetof(postern_verify_facts, partner), &postern__table_partner POSTERN__NAME("partner")},
    [7] = {POSTERN__TERMS, 2, offsetof(postern_verify_facts, proposed), NULL POSTERN__NAME("proposed")},
    [8] = {POSTERN__TERMS, 2, offsetof(postern_verify_facts, terms), NULL POSTERN__NAME("terms")},
    [9] = {POSTERN__MESSAGE, 2, offsetof(postern_verify_facts, request), &postern__table_request POSTERN__NAME("request")},
    [10] = {POSTERN__MESSAGE, 2, offsetof(postern_verify_facts, flow), &postern__table_flow POSTERN__NAME("flow")},
    [11] = {POSTERN__MESSAGE, 2, offsetof(postern_verify_facts, target), &postern__table_target POSTERN__NAME("target")},
    [14] = {POSTERN__MESSAGE, 2, offsetof(postern_verify_facts, file), &postern__table_file POSTERN__NAME("file")},
};
static const struct postern__message postern__table_verify_facts = {14, postern__table_verify_facts_fields};

static const struct postern__entry postern__table_verify_request_fields[] = {
    [1] = {POSTERN__MESSAGE, 2, 0, &postern__table_verify_facts POSTERN__NAME("")},
    [4] = {POSTERN__MESSAGE, 2, offsetof(postern_verify_facts, earlier), &postern__table_verify_changes POSTERN__NAME("earlier")},
};
static const struct postern__message postern__table_verify_request = {4, postern__table_verify_request_fields};

/* MessageChanges is what may be changed at message. A field that is not set is left alone. */
typedef struct {
    bool present;
    postern_str reply;
} postern_message_changes;

static const struct postern__entry postern__table_message_changes_fields[] = {
    [13] = {POSTERN__OPT_TEXT, 2, offsetof(postern_message_changes, reply), NULL POSTERN__NAME("reply")},
};
static const struct postern__message postern__table_message_changes = {13, postern__table_message_changes_fields};

/* Message is a protocol message. */
typedef struct {
    bool present;
    postern_str text;
    bool reply_wanted;
} postern_message;

static const struct postern__entry postern__table_message_fields[] = {
    [1] = {POSTERN__TEXT, 2, offsetof(postern_message, text), NULL POSTERN__NAME("text")},
    [2] = {POSTERN__BOOL, 0, offsetof(postern_message, reply_wanted), NULL POSTERN__NAME("reply_wanted")},
};
static const struct postern__message postern__table_message = {2, postern__table_message_fields};

/* MessageFacts is what is known when a protocol message has arrived. */
typedef struct {
    bool present;
    int64_t time;
    postern_str session;
    postern_str transfer;
    postern_call call;
    postern_claim claim;
    postern_partner partner;
    postern_terms proposed;
    postern_terms terms;
    postern_request request;
    postern_message message;
    /* What the exits asked earlier at this point have changed. */
    postern_message_changes earlier;
} postern_message_facts;

static const struct postern__entry postern__table_message_facts_fields[] = {
    [1] = {POSTERN__TIME, 2, offsetof(postern_message_facts, time), &postern__table_time POSTERN__NAME("time")},
    [2] = {POSTERN__TEXT, 2, offsetof(postern_message_facts, session), NULL POSTERN__NAME("session")},
    [3] = {POSTERN__TEXT, 2, offsetof(postern_message_facts, transfer), NULL POSTERN__NAME("transfer")},
    [4] = {POSTERN__MESSAGE, 2, offsetof(postern_message_facts, call), &postern__table_call POSTERN__NAME("call")},
    [5] = {POSTERN__MESSAGE, 2, offsetof(postern_message_facts, claim), &postern__table_claim POSTERN__NAME("claim")},
    [6] = {POSTERN__MESSAGE, 2, offsetof(postern_message_facts, partner), &postern__table_partner POSTERN__NAME("partner")},
    [7] = {POSTERN__TERMS, 2, offsetof(postern_message_facts, proposed), NULL POSTERN__NAME("proposed")},
    [8] = {POSTERN__TERMS, 2, offsetof(postern_message_facts, terms), NULL POSTERN__NAME("terms")},
    [9] = {POSTERN__MESSAGE, 2, offsetof(postern_message_facts, request), &postern__table_request POSTERN__NAME("request")},
    [15] = {POSTERN__MESSAGE, 2, offsetof(postern_message_facts, message), &postern__table_message POSTERN__NAME("message")},
};
static const struct postern__message postern__table_message_facts = {15, postern__table_message_facts_fields};

static const struct postern__entry postern__table_message_request_fields[] = {
    [1] = {POSTERN__MESSAGE, 2, 0, &postern__table_message_facts POSTERN__NAME("")},
    [4] = {POSTERN__MESSAGE, 2, offsetof(postern_message_facts, earlier), &postern__table_message_changes POSTERN__NAME("earlier")},
};
static const struct postern__message postern__table_message_request = {4, postern__table_message_request_fields};

/* InterruptChanges is what may be changed at interrupt. A field that is not set is left alone. */
typedef struct {
    bool present;
    postern_opt_bool keep;
} postern_interrupt_changes;

static const struct postern__entry postern__table_interrupt_changes_fields[] = {
    [14] = {POSTERN__OPT_BOOL, 0, offsetof(postern_interrupt_changes, keep), NULL POSTERN__NAME("keep")},
};
static const struct postern__message postern__table_interrupt_changes = {14, postern__table_interrupt_changes_fields};

/* Interrupt says why a transfer stopped early. */
typedef struct {
    bool present;
    /* A refusal code. */
    postern_str code;
    /* The last durable sync point. */
    int64_t point;
} postern_interrupt;

static const struct postern__entry postern__table_interrupt_fields[] = {
    [1] = {POSTERN__TEXT, 2, offsetof(postern_interrupt, code), NULL POSTERN__NAME("code")},
    [2] = {POSTERN__INT, 0, offsetof(postern_interrupt, point), NULL POSTERN__NAME("point")},
};
static const struct postern__message postern__table_interrupt = {2, postern__table_interrupt_fields};

/* InterruptFacts is what is known when a transfer stopped early. */
typedef struct {
    bool present;
    int64_t time;
    postern_str session;
    postern_str transfer;
    postern_call call;
    postern_claim claim;
    postern_partner partner;
    postern_terms proposed;
    postern_terms terms;
    postern_request request;
    postern_flow flow;
    postern_target target;
    postern_file file;
    postern_interrupt interrupt;
    /* What the exits asked earlier at this point have changed. */
    postern_interrupt_changes earlier;
} postern_interrupt_facts;

static const struct postern__entry postern__table_interrupt_facts_fields[] = {
    [1] = {POSTERN__TIME, 2, offsetof(postern_interrupt_facts, time), &postern__table_time POSTERN__NAME("time")},
    [2] = {POSTERN__TEXT, 2, offsetof(postern_interrupt_facts, session), NULL POSTERN__NAME("session")},
    [3] = {POSTERN__TEXT, 2, offsetof(postern_interrupt_facts, transfer), NULL POSTERN__NAME("transfer")},
    [4] = {POSTERN__MESSAGE, 2, offsetof(postern_interrupt_facts, call), &postern__table_call POSTERN__NAME("call")},
    [5] = {POSTERN__MESSAGE, 2, offsetof(postern_interrupt_facts, claim), &postern__table_claim POSTERN__NAME("claim")},
    [6] = {POSTERN__MESSAGE, 2, offsetof(postern_interrupt_facts, partner), &postern__table_partner POSTERN__NAME("partner")},
    [7] = {POSTERN__TERMS, 2, offsetof(postern_interrupt_facts, proposed), NULL POSTERN__NAME("proposed")},
    [8] = {POSTERN__TERMS, 2, offsetof(postern_interrupt_facts, terms), NULL POSTERN__NAME("terms")},
    [9] = {POSTERN__MESSAGE, 2, offsetof(postern_interrupt_facts, request), &postern__table_request POSTERN__NAME("request")},
    [10] = {POSTERN__MESSAGE, 2, offsetof(postern_interrupt_facts, flow), &postern__table_flow POSTERN__NAME("flow")},
    [11] = {POSTERN__MESSAGE, 2, offsetof(postern_interrupt_facts, target), &postern__table_target POSTERN__NAME("target")},
    [14] = {POSTERN__MESSAGE, 2, offsetof(postern_interrupt_facts, file), &postern__table_file POSTERN__NAME("file")},
    [16] = {POSTERN__MESSAGE, 2, offsetof(postern_interrupt_facts, interrupt), &postern__table_interrupt POSTERN__NAME("interrupt")},
};
static const struct postern__message postern__table_interrupt_facts = {16, postern__table_interrupt_facts_fields};

static const struct postern__entry postern__table_interrupt_request_fields[] = {
    [1] = {POSTERN__MESSAGE, 2, 0, &postern__table_interrupt_facts POSTERN__NAME("")},
    [4] = {POSTERN__MESSAGE, 2, offsetof(postern_interrupt_facts, earlier), &postern__table_interrupt_changes POSTERN__NAME("earlier")},
};
static const struct postern__message postern__table_interrupt_request = {4, postern__table_interrupt_request_fields};

/* DoneChanges is what may be changed at done. A field that is not set is left alone. */
typedef struct {
    bool present;
    postern_str follow_up;
    postern_str comment;
} postern_done_changes;

static const struct postern__entry postern__table_done_changes_fields[] = {
    [15] = {POSTERN__OPT_TEXT, 2, offsetof(postern_done_changes, follow_up), NULL POSTERN__NAME("follow_up")},
    [16] = {POSTERN__OPT_TEXT, 2, offsetof(postern_done_changes, comment), NULL POSTERN__NAME("comment")},
};
static const struct postern__message postern__table_done_changes = {16, postern__table_done_changes_fields};

/* Done is the end of a transfer. */
typedef struct {
    bool present;
    /* done, interrupted or kept. */
    postern_str result;
    postern_str code;
    /* Of this delivery, from 1. */
    int64_t attempt;
    postern_str event_id;
} postern_done;

static const struct postern__entry postern__table_done_fields[] = {
    [1] = {POSTERN__TEXT, 2, offsetof(postern_done, result), NULL POSTERN__NAME("result")},
    [2] = {POSTERN__TEXT, 2, offsetof(postern_done, code), NULL POSTERN__NAME("code")},
    [3] = {POSTERN__INT, 0, offsetof(postern_done, attempt), NULL POSTERN__NAME("attempt")},
    [4] = {POSTERN__TEXT, 2, offsetof(postern_done, event_id), NULL POSTERN__NAME("event_id")},
};
static const struct postern__message postern__table_done = {4, postern__table_done_fields};

/* DoneFacts is what is known when a transfer has ended, well or badly; at least once. */
typedef struct {
    bool present;
    int64_t time;
    postern_str session;
    postern_str transfer;
    postern_call call;
    postern_claim claim;
    postern_partner partner;
    postern_terms proposed;
    postern_terms terms;
    postern_request request;
    postern_flow flow;
    postern_target target;
    postern_file file;
    postern_done done;
    /* What the exits asked earlier at this point have changed. */
    postern_done_changes earlier;
} postern_done_facts;

static const struct postern__entry postern__table_done_facts_fields[] = {
    [1] = {POSTERN__TIME, 2, offsetof(postern_done_facts, time), &postern__table_time POSTERN__NAME("time")},
    [2] = {POSTERN__TEXT, 2, offsetof(postern_done_facts, session), NULL POSTERN__NAME("session")},
    [3] = {POSTERN__TEXT, 2, offsetof(postern_done_facts, transfer), NULL POSTERN__NAME("transfer")},
    [4] = {POSTERN__MESSAGE, 2, offsetof(postern_done_facts, call), &postern__table_call POSTERN__NAME("call")},
    [5] = {POSTERN__MESSAGE, 2, offsetof(postern_done_facts, claim), &postern__table_claim POSTERN__NAME("claim")},
    [6] = {POSTERN__MESSAGE, 2, offsetof(postern_done_facts, partner), &postern__table_partner POSTERN__NAME("partner")},
    [7] = {POSTERN__TERMS, 2, offsetof(postern_done_facts, proposed), NULL POSTERN__NAME("proposed")},
    [8] = {POSTERN__TERMS, 2, offsetof(postern_done_facts, terms), NULL POSTERN__NAME("terms")},
    [9] = {POSTERN__MESSAGE, 2, offsetof(postern_done_facts, request), &postern__table_request POSTERN__NAME("request")},
    [10] = {POSTERN__MESSAGE, 2, offsetof(postern_done_facts, flow), &postern__table_flow POSTERN__NAME("flow")},
    [11] = {POSTERN__MESSAGE, 2, offsetof(postern_done_facts, target), &postern__table_target POSTERN__NAME("target")},
    [14] = {POSTERN__MESSAGE, 2, offsetof(postern_done_facts, file), &postern__table_file POSTERN__NAME("file")},
    [17] = {POSTERN__MESSAGE, 2, offsetof(postern_done_facts, done), &postern__table_done POSTERN__NAME("done")},
};
static const struct postern__message postern__table_done_facts = {17, postern__table_done_facts_fields};

static const struct postern__entry postern__table_done_request_fields[] = {
    [1] = {POSTERN__MESSAGE, 2, 0, &postern__table_done_facts POSTERN__NAME("")},
    [4] = {POSTERN__MESSAGE, 2, offsetof(postern_done_facts, earlier), &postern__table_done_changes POSTERN__NAME("earlier")},
};
static const struct postern__message postern__table_done_request = {4, postern__table_done_request_fields};

/* Close is the end of a session. */
typedef struct {
    bool present;
    /* A refusal code; empty when the peer left in good order. */
    postern_str reason;
    int64_t transfers;
} postern_close;

static const struct postern__entry postern__table_close_fields[] = {
    [1] = {POSTERN__TEXT, 2, offsetof(postern_close, reason), NULL POSTERN__NAME("reason")},
    [2] = {POSTERN__INT, 0, offsetof(postern_close, transfers), NULL POSTERN__NAME("transfers")},
};
static const struct postern__message postern__table_close = {2, postern__table_close_fields};

/* CloseFacts is what is known when a session is over. */
typedef struct {
    bool present;
    int64_t time;
    postern_str session;
    postern_call call;
    postern_claim claim;
    postern_partner partner;
    postern_terms proposed;
    postern_terms terms;
    postern_request request;
    postern_close close;
} postern_close_facts;

static const struct postern__entry postern__table_close_facts_fields[] = {
    [1] = {POSTERN__TIME, 2, offsetof(postern_close_facts, time), &postern__table_time POSTERN__NAME("time")},
    [2] = {POSTERN__TEXT, 2, offsetof(postern_close_facts, session), NULL POSTERN__NAME("session")},
    [4] = {POSTERN__MESSAGE, 2, offsetof(postern_close_facts, call), &postern__table_call POSTERN__NAME("call")},
    [5] = {POSTERN__MESSAGE, 2, offsetof(postern_close_facts, claim), &postern__table_claim POSTERN__NAME("claim")},
    [6] = {POSTERN__MESSAGE, 2, offsetof(postern_close_facts, partner), &postern__table_partner POSTERN__NAME("partner")},
    [7] = {POSTERN__TERMS, 2, offsetof(postern_close_facts, proposed), NULL POSTERN__NAME("proposed")},
    [8] = {POSTERN__TERMS, 2, offsetof(postern_close_facts, terms), NULL POSTERN__NAME("terms")},
    [9] = {POSTERN__MESSAGE, 2, offsetof(postern_close_facts, request), &postern__table_request POSTERN__NAME("request")},
    [18] = {POSTERN__MESSAGE, 2, offsetof(postern_close_facts, close), &postern__table_close POSTERN__NAME("close")},
};
static const struct postern__message postern__table_close_facts = {18, postern__table_close_facts_fields};

static const struct postern__entry postern__table_close_request_fields[] = {
    [1] = {POSTERN__MESSAGE, 2, 0, &postern__table_close_facts POSTERN__NAME("")},
};
static const struct postern__message postern__table_close_request = {1, postern__table_close_request_fields};

/* HttpRequest is what a module gives to http_request. */
typedef struct {
    bool present;
    /* GET, POST, PUT, … */
    postern_str method;
    /* Its origin must be one of the grant. */
    postern_str url;
    postern_str content_type;
    /* At most 1 MiB. */
    postern_str body;
    /* Further headers: at most 32 with 8 KiB in all. Those of the connection, of the body (Content-Type has its field) and  those that the grant sets are refused. */
    postern_map headers;
} postern_http_request;

static const struct postern__entry postern__table_http_request_fields[] = {
    [1] = {POSTERN__TEXT, 2, offsetof(postern_http_request, method), NULL POSTERN__NAME("method")},
    [2] = {POSTERN__TEXT, 2, offsetof(postern_http_request, url), NULL POSTERN__NAME("url")},
    [3] = {POSTERN__TEXT, 2, offsetof(postern_http_request, content_type), NULL POSTERN__NAME("content_type")},
    [4] = {POSTERN__TEXT, 2, offsetof(postern_http_request, body), NULL POSTERN__NAME("body")},
    [5] = {POSTERN__MAP, 2, offsetof(postern_http_request, headers), NULL POSTERN__NAME("headers")},
};
static const struct postern__message postern__table_http_request = {5, postern__table_http_request_fields};

/* HttpReply is what it gets. */
typedef struct {
    bool present;
    int64_t status;
    postern_str content_type;
    /* At most 1 MiB. */
    postern_str body;
} postern_http_reply;

static const struct postern__entry postern__table_http_reply_fields[] = {
    [1] = {POSTERN__INT, 0, offsetof(postern_http_reply, status), NULL POSTERN__NAME("status")},
    [2] = {POSTERN__TEXT, 2, offsetof(postern_http_reply, content_type), NULL POSTERN__NAME("content_type")},
    [3] = {POSTERN__TEXT, 2, offsetof(postern_http_reply, body), NULL POSTERN__NAME("body")},
};
static const struct postern__message postern__table_http_reply = {3, postern__table_http_reply_fields};

/* The words of a term, read into a list. */
static const struct postern__entry postern__table_words_fields[] = {[1] = {POSTERN__LIST, 2, 0, NULL POSTERN__NAME("words")}};
static const struct postern__message postern__table_words = {1, postern__table_words_fields};

/* What an exit is: POSTERN_EXIT(.name = ..., .version = ..., .identify = function, ...) at the end of its file. */
struct postern_exit {
    const char *name, *version;
    const char *grants[8]; /* what it cannot do without: password, stored, verify_password, file, http, folder, clock, store */
    postern_verdict (*accept)(const postern_accept_facts *facts);
    postern_verdict (*identify)(const postern_identify_facts *facts, postern_identify_changes *set);
    postern_verdict (*negotiate)(const postern_negotiate_facts *facts, postern_negotiate_changes *set);
    postern_verdict (*resolve)(const postern_resolve_facts *facts, postern_resolve_changes *set);
    postern_verdict (*authorize)(const postern_authorize_facts *facts);
    postern_verdict (*open)(const postern_open_facts *facts, postern_open_changes *set);
    postern_verdict (*restart)(const postern_restart_facts *facts, postern_restart_changes *set);
    postern_verdict (*filter)(const postern_filter_facts *facts);
    postern_verdict (*verify)(const postern_verify_facts *facts, postern_verify_changes *set);
    postern_verdict (*message)(const postern_message_facts *facts, postern_message_changes *set);
    postern_verdict (*interrupt)(const postern_interrupt_facts *facts, postern_interrupt_changes *set);
    postern_verdict (*done)(const postern_done_facts *facts, postern_done_changes *set);
    postern_verdict (*close)(const postern_close_facts *facts);
    /* Of a filter: what happens to a block; whether one may come out longer or shorter than it went in; whether what
     * comes out depends on the blocks before. Such a filter can be restarted elsewhere than at byte 0 if it can write its
     * state (at most capacity bytes; it returns how many) and go on from one that it wrote (it returns 0). */
    postern_filtered (*block)(postern_block *block);
    bool changes_length, state;
    int32_t (*snapshot)(uint8_t *out, size_t capacity);
    int32_t (*restore)(const uint8_t *state, size_t size);
};

static const struct postern_exit postern_exit;
#define POSTERN_EXIT(...) static const struct postern_exit postern_exit = {__VA_ARGS__};

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

/* ---- The module's exports ---------------------------------------------------------------------------------------- */

#define POSTERN__EXPORT(name) __attribute__((export_name(#name), used))

POSTERN__EXPORT(postern_abi) int32_t postern__export_abi(void) { return POSTERN_CONTRACT; }

/* Memory that the host gave back, to be taken again. */
struct postern__free {
    struct postern__free *next;
    size_t size;
};
static struct postern__free *postern__freed;

POSTERN__EXPORT(postern_alloc) void *postern__export_alloc(size_t size)
{
    size = postern__align(size ? size : 1);
    for (struct postern__free **at = &postern__freed; *at; at = &(*at)->next) {
        struct postern__free *f = *at;
        if (f->size < size || f->size / 2 > size)
            continue; /* a small piece must not cost a large one */
        *at = f->next;
        return f;
    }
    return postern_keep(size);
}

POSTERN__EXPORT(postern_free) void postern__export_free(struct postern__free *p, size_t size)
{
    size = postern__align(size ? size : 1);
    if (!p)
        return;
    if ((uintptr_t)p + size == postern__kept.top && (uintptr_t)p >= postern__kept.base) {
        postern__kept.top = (uintptr_t)p;
        return;
    }
    p->size = size;
    p->next = postern__freed;
    postern__freed = p;
}

static inline int64_t postern__answer(const struct postern__out *b)
{
    return (int64_t)((uint64_t)(uintptr_t)b->p << 32 | b->n);
}

#ifndef POSTERN_PROTOCOL_H /* which has exports of its own */

/* ---- Questions ---------------------------------------------------------------------------------------------------- */

static int64_t postern__reply(const postern_verdict *v, const struct postern__message *m, const void *set, size_t size);

static int64_t postern__ask_accept(const uint8_t *head, const uint8_t *end)
{
    postern_accept_facts facts = {0};
    if (!postern__read(&postern__table_accept_request, head, end, &facts))
        return POSTERN_CANNOT_DECODE;
    postern_verdict v = postern_exit.accept(&facts);
    return postern__reply(&v, NULL, NULL, 0);
}

static int64_t postern__ask_identify(const uint8_t *head, const uint8_t *end)
{
    postern_identify_facts facts = {0};
    postern_identify_changes set = {0};
    if (!postern__read(&postern__table_identify_request, head, end, &facts))
        return POSTERN_CANNOT_DECODE;
    postern_verdict v = postern_exit.identify(&facts, &set);
    return postern__reply(&v, &postern__table_identify_changes, &set, sizeof set);
}

static int64_t postern__ask_negotiate(const uint8_t *head, const uint8_t *end)
{
    postern_negotiate_facts facts = {0};
    postern_negotiate_changes set = {0};
    if (!postern__read(&postern__table_negotiate_request, head, end, &facts))
        return POSTERN_CANNOT_DECODE;
    postern_verdict v = postern_exit.negotiate(&facts, &set);
    return postern__reply(&v, &postern__table_negotiate_changes, &set, sizeof set);
}

static int64_t postern__ask_resolve(const uint8_t *head, const uint8_t *end)
{
    postern_resolve_facts facts = {0};
    postern_resolve_changes set = {0};
    if (!postern__read(&postern__table_resolve_request, head, end, &facts))
        return POSTERN_CANNOT_DECODE;
    postern_verdict v = postern_exit.resolve(&facts, &set);
    return postern__reply(&v, &postern__table_resolve_changes, &set, sizeof set);
}

static int64_t postern__ask_authorize(const uint8_t *head, const uint8_t *end)
{
    postern_authorize_facts facts = {0};
    if (!postern__read(&postern__table_authorize_request, head, end, &facts))
        return POSTERN_CANNOT_DECODE;
    postern_verdict v = postern_exit.authorize(&facts);
    return postern__reply(&v, NULL, NULL, 0);
}

static int64_t postern__ask_open(const uint8_t *head, const uint8_t *end)
{
    postern_open_facts facts = {0};
    postern_open_changes set = {0};
    if (!postern__read(&postern__table_open_request, head, end, &facts))
        return POSTERN_CANNOT_DECODE;
    postern_verdict v = postern_exit.open(&facts, &set);
    return postern__reply(&v, &postern__table_open_changes, &set, sizeof set);
}

static int64_t postern__ask_restart(const uint8_t *head, const uint8_t *end)
{
    postern_restart_facts facts = {0};
    postern_restart_changes set = {0};
    if (!postern__read(&postern__table_restart_request, head, end, &facts))
        return POSTERN_CANNOT_DECODE;
    postern_verdict v = postern_exit.restart(&facts, &set);
    return postern__reply(&v, &postern__table_restart_changes, &set, sizeof set);
}

static int64_t postern__ask_filter(const uint8_t *head, const uint8_t *end)
{
    postern_filter_facts facts = {0};
    if (!postern__read(&postern__table_filter_request, head, end, &facts))
        return POSTERN_CANNOT_DECODE;
    postern_verdict v = postern_exit.filter(&facts);
    return postern__reply(&v, NULL, NULL, 0);
}

static int64_t postern__ask_verify(const uint8_t *head, const uint8_t *end)
{
    postern_verify_facts facts = {0};
    postern_verify_changes set = {0};
    if (!postern__read(&postern__table_verify_request, head, end, &facts))
        return POSTERN_CANNOT_DECODE;
    postern_verdict v = postern_exit.verify(&facts, &set);
    return postern__reply(&v, &postern__table_verify_changes, &set, sizeof set);
}

static int64_t postern__ask_message(const uint8_t *head, const uint8_t *end)
{
    postern_message_facts facts = {0};
    postern_message_changes set = {0};
    if (!postern__read(&postern__table_message_request, head, end, &facts))
        return POSTERN_CANNOT_DECODE;
    postern_verdict v = postern_exit.message(&facts, &set);
    return postern__reply(&v, &postern__table_message_changes, &set, sizeof set);
}

static int64_t postern__ask_interrupt(const uint8_t *head, const uint8_t *end)
{
    postern_interrupt_facts facts = {0};
    postern_interrupt_changes set = {0};
    if (!postern__read(&postern__table_interrupt_request, head, end, &facts))
        return POSTERN_CANNOT_DECODE;
    postern_verdict v = postern_exit.interrupt(&facts, &set);
    return postern__reply(&v, &postern__table_interrupt_changes, &set, sizeof set);
}

static int64_t postern__ask_done(const uint8_t *head, const uint8_t *end)
{
    postern_done_facts facts = {0};
    postern_done_changes set = {0};
    if (!postern__read(&postern__table_done_request, head, end, &facts))
        return POSTERN_CANNOT_DECODE;
    postern_verdict v = postern_exit.done(&facts, &set);
    return postern__reply(&v, &postern__table_done_changes, &set, sizeof set);
}

static int64_t postern__ask_close(const uint8_t *head, const uint8_t *end)
{
    postern_close_facts facts = {0};
    if (!postern__read(&postern__table_close_request, head, end, &facts))
        return POSTERN_CANNOT_DECODE;
    postern_verdict v = postern_exit.close(&facts);
    return postern__reply(&v, NULL, NULL, 0);
}

static inline int64_t postern__dispatch(int32_t method, const uint8_t *head, const uint8_t *end)
{
    switch (method) {
    case 16:
        return postern_exit.accept ? postern__ask_accept(head, end) : POSTERN_NOT_IMPLEMENTED;
    case 17:
        return postern_exit.identify ? postern__ask_identify(head, end) : POSTERN_NOT_IMPLEMENTED;
    case 18:
        return postern_exit.negotiate ? postern__ask_negotiate(head, end) : POSTERN_NOT_IMPLEMENTED;
    case 19:
        return postern_exit.resolve ? postern__ask_resolve(head, end) : POSTERN_NOT_IMPLEMENTED;
    case 20:
        return postern_exit.authorize ? postern__ask_authorize(head, end) : POSTERN_NOT_IMPLEMENTED;
    case 21:
        return postern_exit.open ? postern__ask_open(head, end) : POSTERN_NOT_IMPLEMENTED;
    case 22:
        return postern_exit.restart ? postern__ask_restart(head, end) : POSTERN_NOT_IMPLEMENTED;
    case 23:
        return postern_exit.filter ? postern__ask_filter(head, end) : POSTERN_NOT_IMPLEMENTED;
    case 24:
        return postern_exit.verify ? postern__ask_verify(head, end) : POSTERN_NOT_IMPLEMENTED;
    case 25:
        return postern_exit.message ? postern__ask_message(head, end) : POSTERN_NOT_IMPLEMENTED;
    case 26:
        return postern_exit.interrupt ? postern__ask_interrupt(head, end) : POSTERN_NOT_IMPLEMENTED;
    case 27:
        return postern_exit.done ? postern__ask_done(head, end) : POSTERN_NOT_IMPLEMENTED;
    case 28:
        return postern_exit.close ? postern__ask_close(head, end) : POSTERN_NOT_IMPLEMENTED;
    }
    return POSTERN_NOT_IMPLEMENTED;
}

static inline void postern__write_points(struct postern__out *b)
{
    if (postern_exit.accept)
        postern__write_text(b, 5, postern_text("accept"));
    if (postern_exit.identify)
        postern__write_text(b, 5, postern_text("identify"));
    if (postern_exit.negotiate)
        postern__write_text(b, 5, postern_text("negotiate"));
    if (postern_exit.resolve)
        postern__write_text(b, 5, postern_text("resolve"));
    if (postern_exit.authorize)
        postern__write_text(b, 5, postern_text("authorize"));
    if (postern_exit.open)
        postern__write_text(b, 5, postern_text("open"));
    if (postern_exit.restart)
        postern__write_text(b, 5, postern_text("restart"));
    if (postern_exit.filter)
        postern__write_text(b, 5, postern_text("filter"));
    if (postern_exit.verify)
        postern__write_text(b, 5, postern_text("verify"));
    if (postern_exit.message)
        postern__write_text(b, 5, postern_text("message"));
    if (postern_exit.interrupt)
        postern__write_text(b, 5, postern_text("interrupt"));
    if (postern_exit.done)
        postern__write_text(b, 5, postern_text("done"));
    if (postern_exit.close)
        postern__write_text(b, 5, postern_text("close"));
}

static int64_t postern__describe(void)
{
    struct postern__out b = {NULL, 0, 0};
    postern__write_text(&b, 1, postern_text(postern_exit.name));
    postern__write_text(&b, 2, postern_text(postern_exit.version));
    postern__write_number(&b, 3, POSTERN_CONTRACT);
    postern__write_text(&b, 4, postern_text("exit"));
    postern__write_points(&b);
    for (size_t i = 0; i < sizeof postern_exit.grants / sizeof postern_exit.grants[0] && postern_exit.grants[i]; i++)
        postern__write_text(&b, 6, postern_text(postern_exit.grants[i]));
    if (postern_exit.changes_length)
        postern__write_number(&b, 7, 1);
    if (postern_exit.snapshot)
        postern__write_number(&b, 8, 1);
    return postern__answer(&b);
}

static inline uint8_t *postern__put_varint(uint8_t *p, uint64_t v)
{
    for (; v >= 0x80; v >>= 7)
        *p++ = (uint8_t)(v | 0x80);
    *p++ = (uint8_t)v;
    return p;
}

static inline uint8_t *postern__put_text(uint8_t *p, uint8_t num, postern_str s)
{
    if (!s.n)
        return p;
    *p++ = (uint8_t)(num << 3 | 2);
    p = postern__put_varint(p, s.n);
    __builtin_memcpy(p, s.p, s.n);
    return p + s.n;
}

/* Whether nothing at all is set, as in most answers. */
static inline bool postern__blank(const void *set, size_t n)
{
    const uint8_t *p = set;
    uint64_t eight;
    for (; n >= 8; n -= 8, p += 8) {
        __builtin_memcpy(&eight, p, 8);
        if (eight)
            return false;
    }
    while (n--)
        if (*p++)
            return false;
    return true;
}

/* Writes the reply: the verdict, and the changes, of which m is NULL at points that have none. */
static int64_t postern__reply(const postern_verdict *v, const struct postern__message *m, const void *set, size_t size)
{
    struct postern__out b = {NULL, 0, 0};
    if (v->kind < 0)
        return v->kind;
    uint8_t *p = postern__room(&b, 64 + v->code.n + v->public.n + v->detail.n);
    *p++ = 1 << 3;
    p = postern__put_varint(p, (uint64_t)v->kind);
    if (v->kind == POSTERN_REFUSE) {
        p = postern__put_text(p, 2, v->code);
        if (v->temporary.present) {
            *p++ = 3 << 3;
            *p++ = v->temporary.value;
        }
        p = postern__put_text(p, 4, v->public);
        p = postern__put_text(p, 5, v->detail);
    }
    b.n = (size_t)(p - b.p);
    if (m && !postern__blank(set, size)) {
        struct postern__out part = {NULL, 0, 0};
        postern__write(&part, m, set);
        if (part.n)
            postern__write_bytes(&b, 6, part.p, part.n);
    }
    return postern__answer(&b);
}

POSTERN__EXPORT(postern_call) int64_t postern__export_call(int32_t method, const uint8_t *head, size_t size, const uint8_t *body, size_t body_size)
{
    (void)body, (void)body_size;
    postern__arena.top = postern__arena.base;
    return method == 1 ? postern__describe() : postern__dispatch(method, head, head + size);
}

POSTERN__EXPORT(postern_block) int64_t postern__export_block(uint8_t *p, size_t size, size_t capacity, int32_t flags)
{
    static bool more;
    postern__arena.top = postern__arena.base;
    if (!postern_exit.block)
        return POSTERN_NOT_IMPLEMENTED;
    postern_block b = {p, size, capacity, flags & 1, more};
    int64_t value = postern_exit.block(&b).value;
    more = value >= 0 && value >> 32 & 1;
    return value;
}

POSTERN__EXPORT(postern_snapshot) int32_t postern__export_snapshot(uint8_t *p, size_t capacity)
{
    postern__arena.top = postern__arena.base;
    return postern_exit.snapshot ? postern_exit.snapshot(p, capacity) : POSTERN_NOT_IMPLEMENTED;
}

POSTERN__EXPORT(postern_restore) int32_t postern__export_restore(const uint8_t *p, size_t size)
{
    postern__arena.top = postern__arena.base;
    return postern_exit.restore ? postern_exit.restore(p, size) : POSTERN_NOT_IMPLEMENTED;
}

#endif /* POSTERN_PROTOCOL_H */
#endif /* POSTERN_H */
