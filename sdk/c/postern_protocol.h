/*
 * postern_protocol.h - write a protocol of the Postern file-transfer server in C.
 *
 * It stands beside postern.h, of which it has the text, lists and memory, and needs no more. A protocol turns bytes into
 * events and messages into bytes; it decides nothing. One instance of the module speaks for one call:
 *
 *     #include "postern_protocol.h"
 *
 *     static const char *begin(const postern_begin_request *opening, postern_out *out) { ... }
 *     static size_t hear(const uint8_t *in, size_t n, postern_ear *ear) { ... }
 *     static const char *say(const postern_event *message, const uint8_t *data, size_t n, postern_said *said) { ... }
 *
 *     POSTERN_PROTOCOL(.name = "mine", .version = "1", .begin = begin, .hear = hear, .say = say)
 *
 * The text of an opening lasts as long as the instance, that of a message as long as the call. The duties of a dialogue
 * stand at sdk.Dialogue and in sdk/contract/protocol.proto; sdk/sdktest/protocoltest holds a protocol to them.
 *
 * The types of messages are made from the contract by sdk/c/generate, which also puts this file together.
 */
#ifndef POSTERN_PROTOCOL_H
#define POSTERN_PROTOCOL_H

#include "postern.h"

/* ---- Messages ---------------------------------------------------------------------------------------------------- */

enum {
    POSTERN_KIND_UNSPECIFIED = 0,
    POSTERN_KIND_HELLO = 1,
    POSTERN_KIND_WELCOME = 2,
    POSTERN_KIND_REFUSE = 3,
    POSTERN_KIND_REQUEST = 4,
    POSTERN_KIND_GRANT = 5,
    POSTERN_KIND_REPLY = 6,
    POSTERN_KIND_BEGIN = 7,
    POSTERN_KIND_START = 8,
    POSTERN_KIND_DATA = 9,
    POSTERN_KIND_SYNC = 10,
    POSTERN_KIND_SYNCED = 11,
    POSTERN_KIND_END = 12,
    POSTERN_KIND_FINISH = 13,
    POSTERN_KIND_FINISHED = 14,
    POSTERN_KIND_REWIND = 15,
    POSTERN_KIND_REWOUND = 16,
    POSTERN_KIND_DAMAGED = 17,
    POSTERN_KIND_STOP = 18,
    POSTERN_KIND_STOPPED = 19,
    POSTERN_KIND_LEAVE = 20,
    POSTERN_KIND_BYE = 21,
    POSTERN_KIND_EXPIRED = 22,
    POSTERN_KIND_ABORT = 23,
    POSTERN_KIND_TURN = 24,
    POSTERN_KIND_YIELD = 25,
    POSTERN_KIND_WANT = 26,
    POSTERN_KIND_FAULT = 27,
};

enum {
    POSTERN_ROLE_UNSPECIFIED = 0,
    POSTERN_ROLE_ANSWERING = 1,
    POSTERN_ROLE_CALLING = 2,
};

enum {
    POSTERN_NEXT_UNSPECIFIED = 0,
    POSTERN_NEXT_BLOCKED = 1,
    POSTERN_NEXT_POINT_DUE = 2,
    POSTERN_NEXT_HANGUP = 3,
};

/* BeginRequest begins the dialogue of one call. A module has an instance of its own for each, a process a stream. */
typedef struct {
    bool present;
    int64_t role;
    /* The widest that are accepted, or what is proposed. */
    postern_terms terms;
    /* Of the listener. */
    postern_terms settings;
    /* What the transport has verified. */
    postern_claim claim;
    /* The id of the session, for traces. */
    postern_str call;
    int64_t now;
    /* 16 bytes: a dialogue has no randomness of its own. */
    postern_str random;
} postern_begin_request;

static const struct postern__entry postern__table_begin_request_fields[] = {
    [1] = {POSTERN__INT, 0, offsetof(postern_begin_request, role), NULL POSTERN__NAME("role")},
    [2] = {POSTERN__TERMS, 2, offsetof(postern_begin_request, terms), NULL POSTERN__NAME("terms")},
    [3] = {POSTERN__TERMS, 2, offsetof(postern_begin_request, settings), NULL POSTERN__NAME("settings")},
    [4] = {POSTERN__MESSAGE, 2, offsetof(postern_begin_request, claim), &postern__table_claim POSTERN__NAME("claim")},
    [5] = {POSTERN__TEXT, 2, offsetof(postern_begin_request, call), NULL POSTERN__NAME("call")},
    [6] = {POSTERN__TIME, 2, offsetof(postern_begin_request, now), &postern__table_time POSTERN__NAME("now")},
    [7] = {POSTERN__TEXT, 2, offsetof(postern_begin_request, random), NULL POSTERN__NAME("random")},
};
static const struct postern__message postern__table_begin_request = {7, postern__table_begin_request_fields};

/* Span points at bytes that stay where they are: in a module an absolute address, until its next call; in a process, of  data that was heard, the distance from the first byte heard in this call. */
typedef struct {
    bool present;
    int64_t at;
    int64_t len;
} postern_span;

static const struct postern__entry postern__table_span_fields[] = {
    [1] = {POSTERN__INT, 0, offsetof(postern_span, at), NULL POSTERN__NAME("at")},
    [2] = {POSTERN__INT, 0, offsetof(postern_span, len), NULL POSTERN__NAME("len")},
};
static const struct postern__message postern__table_span = {2, postern__table_span_fields};

/* BeginReply says what is sent first. */
typedef struct {
    bool present;
    postern_str out;
    /* In place of out. */
    postern_span out_at;
    /* Not empty: there will be no dialogue. */
    postern_str error;
    /* More than 0: so many answers may be owed while it goes on hearing, 64 at most. */
    int64_t pipelined;
} postern_begin_reply;

static const struct postern__entry postern__table_begin_reply_fields[] = {
    [1] = {POSTERN__TEXT, 2, offsetof(postern_begin_reply, out), NULL POSTERN__NAME("out")},
    [2] = {POSTERN__MESSAGE, 2, offsetof(postern_begin_reply, out_at), &postern__table_span POSTERN__NAME("out_at")},
    [3] = {POSTERN__TEXT, 2, offsetof(postern_begin_reply, error), NULL POSTERN__NAME("error")},
    [4] = {POSTERN__INT, 0, offsetof(postern_begin_reply, pipelined), NULL POSTERN__NAME("pipelined")},
};
static const struct postern__message postern__table_begin_reply = {4, postern__table_begin_reply_fields};

/* HearRequest gives bytes from the peer. They are the body: of postern_call in a module, of DialogueRequest in a process. */
typedef struct {
    bool present;
    /* How many events the reply may hold. */
    int64_t room;
} postern_hear_request;

static const struct postern__entry postern__table_hear_request_fields[] = {
    [1] = {POSTERN__INT, 0, offsetof(postern_hear_request, room), NULL POSTERN__NAME("room")},
};
static const struct postern__message postern__table_hear_request = {1, postern__table_hear_request_fields};

/* Counts are bytes and records of a file's data on the wire. */
typedef struct {
    bool present;
    int64_t bytes;
    int64_t records;
    /* The other side gave them. */
    bool known;
} postern_counts;

static const struct postern__entry postern__table_counts_fields[] = {
    [1] = {POSTERN__INT, 0, offsetof(postern_counts, bytes), NULL POSTERN__NAME("bytes")},
    [2] = {POSTERN__INT, 0, offsetof(postern_counts, records), NULL POSTERN__NAME("records")},
    [3] = {POSTERN__BOOL, 0, offsetof(postern_counts, known), NULL POSTERN__NAME("known")},
};
static const struct postern__message postern__table_counts = {3, postern__table_counts_fields};

/* Hello opens a session: who the caller says it is, and what it proposes. */
typedef struct {
    bool present;
    postern_str name;
    postern_str called_name;
    postern_str secret;
    postern_str new_secret;
    /* password, key, certificate or none. */
    postern_str method;
    /* write, read or mixed, as the caller wants it. */
    postern_str access;
    postern_str key;
    postern_list cert_names;
    postern_str cert_print;
    postern_terms terms;
    /* Of a verified SSH certificate. */
    postern_str authority;
    postern_list principals;
} postern_hello;

static const struct postern__entry postern__table_hello_fields[] = {
    [1] = {POSTERN__TEXT, 2, offsetof(postern_hello, name), NULL POSTERN__NAME("name")},
    [2] = {POSTERN__TEXT, 2, offsetof(postern_hello, called_name), NULL POSTERN__NAME("called_name")},
    [3] = {POSTERN__TEXT, 2, offsetof(postern_hello, secret), NULL POSTERN__NAME("secret")},
    [4] = {POSTERN__TEXT, 2, offsetof(postern_hello, new_secret), NULL POSTERN__NAME("new_secret")},
    [5] = {POSTERN__TEXT, 2, offsetof(postern_hello, method), NULL POSTERN__NAME("method")},
    [6] = {POSTERN__TEXT, 2, offsetof(postern_hello, access), NULL POSTERN__NAME("access")},
    [7] = {POSTERN__TEXT, 2, offsetof(postern_hello, key), NULL POSTERN__NAME("key")},
    [8] = {POSTERN__LIST, 2, offsetof(postern_hello, cert_names), NULL POSTERN__NAME("cert_names")},
    [9] = {POSTERN__TEXT, 2, offsetof(postern_hello, cert_print), NULL POSTERN__NAME("cert_print")},
    [10] = {POSTERN__TERMS, 2, offsetof(postern_hello, terms), NULL POSTERN__NAME("terms")},
    [11] = {POSTERN__TEXT, 2, offsetof(postern_hello, authority), NULL POSTERN__NAME("authority")},
    [12] = {POSTERN__LIST, 2, offsetof(postern_hello, principals), NULL POSTERN__NAME("principals")},
};
static const struct postern__message postern__table_hello = {12, postern__table_hello_fields};

/* Welcome accepts it. */
typedef struct {
    bool present;
    postern_terms terms;
    postern_str local_name;
    postern_str local_secret;
    postern_str text;
} postern_welcome;

static const struct postern__entry postern__table_welcome_fields[] = {
    [1] = {POSTERN__TERMS, 2, offsetof(postern_welcome, terms), NULL POSTERN__NAME("terms")},
    [2] = {POSTERN__TEXT, 2, offsetof(postern_welcome, local_name), NULL POSTERN__NAME("local_name")},
    [3] = {POSTERN__TEXT, 2, offsetof(postern_welcome, local_secret), NULL POSTERN__NAME("local_secret")},
    [4] = {POSTERN__TEXT, 2, offsetof(postern_welcome, text), NULL POSTERN__NAME("text")},
};
static const struct postern__message postern__table_welcome = {4, postern__table_welcome_fields};

/* Request asks for a file, a message or another action. */
typedef struct {
    bool present;
    /* create, read, message, list, stat, setstat, statvfs, rename, remove or mkdir. */
    postern_str action;
    /* file, message or acknowledgement. */
    postern_str kind;
    /* As it came. May hold masks in a read. */
    postern_str file;
    postern_str target;
    postern_str label;
    int64_t type;
    /* 0: the server assigns one. */
    int64_t number;
    bool restart;
    /* 0 urgent, 1 normal, 2 low. */
    int64_t priority;
    postern_str origin;
    postern_str destination;
    /* Announced, bytes; -1 unknown. */
    int64_t size;
    /* The announcement was rounded up to this, bytes. */
    int64_t size_unit;
    postern_terms terms;
    postern_map attributes;
    /* Free text, or the message itself. */
    postern_str text;
    bool reply_wanted;
    /* Of a create or rename, added up: 1 only where nothing has the name, 2 begin anew, 4 go on where it stopped, 8 append. */
    int64_t mode;
} postern_file_request;

static const struct postern__entry postern__table_file_request_fields[] = {
    [1] = {POSTERN__TEXT, 2, offsetof(postern_file_request, action), NULL POSTERN__NAME("action")},
    [2] = {POSTERN__TEXT, 2, offsetof(postern_file_request, kind), NULL POSTERN__NAME("kind")},
    [3] = {POSTERN__TEXT, 2, offsetof(postern_file_request, file), NULL POSTERN__NAME("file")},
    [4] = {POSTERN__TEXT, 2, offsetof(postern_file_request, target), NULL POSTERN__NAME("target")},
    [5] = {POSTERN__TEXT, 2, offsetof(postern_file_request, label), NULL POSTERN__NAME("label")},
    [6] = {POSTERN__INT, 0, offsetof(postern_file_request, type), NULL POSTERN__NAME("type")},
    [7] = {POSTERN__INT, 0, offsetof(postern_file_request, number), NULL POSTERN__NAME("number")},
    [8] = {POSTERN__BOOL, 0, offsetof(postern_file_request, restart), NULL POSTERN__NAME("restart")},
    [9] = {POSTERN__INT, 0, offsetof(postern_file_request, priority), NULL POSTERN__NAME("priority")},
    [10] = {POSTERN__TEXT, 2, offsetof(postern_file_request, origin), NULL POSTERN__NAME("origin")},
    [11] = {POSTERN__TEXT, 2, offsetof(postern_file_request, destination), NULL POSTERN__NAME("destination")},
    [12] = {POSTERN__INT, 0, offsetof(postern_file_request, size), NULL POSTERN__NAME("size")},
    [13] = {POSTERN__INT, 0, offsetof(postern_file_request, size_unit), NULL POSTERN__NAME("size_unit")},
    [14] = {POSTERN__TERMS, 2, offsetof(postern_file_request, terms), NULL POSTERN__NAME("terms")},
    [15] = {POSTERN__MAP, 2, offsetof(postern_file_request, attributes), NULL POSTERN__NAME("attributes")},
    [16] = {POSTERN__TEXT, 2, offsetof(postern_file_request, text), NULL POSTERN__NAME("text")},
    [17] = {POSTERN__BOOL, 0, offsetof(postern_file_request, reply_wanted), NULL POSTERN__NAME("reply_wanted")},
    [18] = {POSTERN__INT, 0, offsetof(postern_file_request, mode), NULL POSTERN__NAME("mode")},
};
static const struct postern__message postern__table_file_request = {18, postern__table_file_request_fields};

/* Grant accepts a request. */
typedef struct {
    bool present;
    int64_t number;
    /* The concrete name, where the request had a mask. */
    postern_str file;
    int64_t type;
    postern_str origin;
    postern_str destination;
    postern_str label;
    /* Of a file that is sent, bytes; -1 unknown. */
    int64_t size;
    int64_t modified;
    postern_terms terms;
    postern_map attributes;
} postern_grant;

static const struct postern__entry postern__table_grant_fields[] = {
    [1] = {POSTERN__INT, 0, offsetof(postern_grant, number), NULL POSTERN__NAME("number")},
    [2] = {POSTERN__TEXT, 2, offsetof(postern_grant, file), NULL POSTERN__NAME("file")},
    [3] = {POSTERN__INT, 0, offsetof(postern_grant, type), NULL POSTERN__NAME("type")},
    [4] = {POSTERN__TEXT, 2, offsetof(postern_grant, origin), NULL POSTERN__NAME("origin")},
    [5] = {POSTERN__TEXT, 2, offsetof(postern_grant, destination), NULL POSTERN__NAME("destination")},
    [6] = {POSTERN__TEXT, 2, offsetof(postern_grant, label), NULL POSTERN__NAME("label")},
    [7] = {POSTERN__INT, 0, offsetof(postern_grant, size), NULL POSTERN__NAME("size")},
    [8] = {POSTERN__TIME, 2, offsetof(postern_grant, modified), &postern__table_time POSTERN__NAME("modified")},
    [9] = {POSTERN__TERMS, 2, offsetof(postern_grant, terms), NULL POSTERN__NAME("terms")},
    [10] = {POSTERN__MAP, 2, offsetof(postern_grant, attributes), NULL POSTERN__NAME("attributes")},
};
static const struct postern__message postern__table_grant = {10, postern__table_grant_fields};

/* DirEntry is one row of a listing. */
typedef struct {
    bool present;
    postern_str name;
    int64_t size;
    int64_t modified;
    bool dir;
    /* It may be fetched, or listed. */
    bool read;
    /* It may be put. */
    bool write;
} postern_dir_entry;

static const struct postern__entry postern__table_dir_entry_fields[] = {
    [1] = {POSTERN__TEXT, 2, offsetof(postern_dir_entry, name), NULL POSTERN__NAME("name")},
    [2] = {POSTERN__INT, 0, offsetof(postern_dir_entry, size), NULL POSTERN__NAME("size")},
    [3] = {POSTERN__TIME, 2, offsetof(postern_dir_entry, modified), &postern__table_time POSTERN__NAME("modified")},
    [4] = {POSTERN__BOOL, 0, offsetof(postern_dir_entry, dir), NULL POSTERN__NAME("dir")},
    [5] = {POSTERN__BOOL, 0, offsetof(postern_dir_entry, read), NULL POSTERN__NAME("read")},
    [6] = {POSTERN__BOOL, 0, offsetof(postern_dir_entry, write), NULL POSTERN__NAME("write")},
};
static const struct postern__message postern__table_dir_entry = {6, postern__table_dir_entry_fields};

/* Space is what a file system holds. Unknown figures are 0. */
typedef struct {
    bool present;
    int64_t total;
    int64_t free;
    int64_t available;
    int64_t files;
    int64_t files_free;
} postern_space;

static const struct postern__entry postern__table_space_fields[] = {
    [1] = {POSTERN__INT, 0, offsetof(postern_space, total), NULL POSTERN__NAME("total")},
    [2] = {POSTERN__INT, 0, offsetof(postern_space, free), NULL POSTERN__NAME("free")},
    [3] = {POSTERN__INT, 0, offsetof(postern_space, available), NULL POSTERN__NAME("available")},
    [4] = {POSTERN__INT, 0, offsetof(postern_space, files), NULL POSTERN__NAME("files")},
    [5] = {POSTERN__INT, 0, offsetof(postern_space, files_free), NULL POSTERN__NAME("files_free")},
};
static const struct postern__message postern__table_space = {5, postern__table_space_fields};

/* Reply answers a message or a browsing request. */
typedef struct {
    bool present;
    postern_str text;
    postern_map attributes;
    postern_rows entries;
    /* Of a listing: a want with the same ref brings the next rows. */
    bool more;
    /* Of statvfs. */
    postern_space space;
} postern_reply;

static const struct postern__entry postern__table_reply_fields[] = {
    [1] = {POSTERN__TEXT, 2, offsetof(postern_reply, text), NULL POSTERN__NAME("text")},
    [2] = {POSTERN__MAP, 2, offsetof(postern_reply, attributes), NULL POSTERN__NAME("attributes")},
    [3] = {POSTERN__ROWS, 2, offsetof(postern_reply, entries), NULL POSTERN__NAME("entries")},
    [4] = {POSTERN__BOOL, 0, offsetof(postern_reply, more), NULL POSTERN__NAME("more")},
    [5] = {POSTERN__MESSAGE, 2, offsetof(postern_reply, space), &postern__table_space POSTERN__NAME("space")},
};
static const struct postern__message postern__table_reply = {5, postern__table_reply_fields};

/* Refusal says no. */
typedef struct {
    bool present;
    /* Of the closed list, in words: partner.unknown. */
    postern_str code;
    /* The peer may try again; the code's own if not set. */
    postern_opt_bool temporary;
    /* Said to the peer, at most 254 characters of ASCII; the code's own if empty. */
    postern_str public;
    /* For the log and the catalog, never for the peer. */
    postern_str detail;
    /* The other side said it; diagnostic is then its own word. */
    bool by_peer;
    postern_str diagnostic;
} postern_refusal;

static const struct postern__entry postern__table_refusal_fields[] = {
    [1] = {POSTERN__TEXT, 2, offsetof(postern_refusal, code), NULL POSTERN__NAME("code")},
    [2] = {POSTERN__OPT_BOOL, 0, offsetof(postern_refusal, temporary), NULL POSTERN__NAME("temporary")},
    [3] = {POSTERN__TEXT, 2, offsetof(postern_refusal, public), NULL POSTERN__NAME("public")},
    [4] = {POSTERN__TEXT, 2, offsetof(postern_refusal, detail), NULL POSTERN__NAME("detail")},
    [5] = {POSTERN__BOOL, 0, offsetof(postern_refusal, by_peer), NULL POSTERN__NAME("by_peer")},
    [6] = {POSTERN__TEXT, 2, offsetof(postern_refusal, diagnostic), NULL POSTERN__NAME("diagnostic")},
};
static const struct postern__message postern__table_refusal = {6, postern__table_refusal_fields};

/* Event is what was heard, or a message to be said; which fields count is said at its kind. */
typedef struct {
    bool present;
    int64_t kind;
    /* The file it is about, chosen by whoever says request. */
    int64_t ref;
    /* Of a want. */
    int64_t tag;
    /* A sync point; -1 in begin: the answering side chooses. */
    int64_t point;
    /* An offset in the file, bytes; not set: where the last data ended. */
    postern_opt_int at;
    /* Bytes wanted. Of data for a process that looks at headers only: the length of the body, which is not sent. */
    int64_t len;
    /* Of data that was heard, where there is no span. */
    postern_str bytes;
    postern_span span;
    /* Opaque to the server, kept with a sync point; at most 1 KiB. */
    postern_str state;
    bool record_end;
    bool restartable;
    bool keep;
    bool agree;
    bool more;
    /* connect, message or idle. */
    postern_str timer;
    postern_counts counts;
    postern_hello hello;
    postern_welcome welcome;
    postern_file_request request;
    postern_grant grant;
    postern_reply reply;
    postern_refusal refusal;
} postern_event;

static const struct postern__entry postern__table_event_fields[] = {
    [1] = {POSTERN__INT, 0, offsetof(postern_event, kind), NULL POSTERN__NAME("kind")},
    [2] = {POSTERN__INT, 0, offsetof(postern_event, ref), NULL POSTERN__NAME("ref")},
    [3] = {POSTERN__INT, 0, offsetof(postern_event, tag), NULL POSTERN__NAME("tag")},
    [4] = {POSTERN__INT, 0, offsetof(postern_event, point), NULL POSTERN__NAME("point")},
    [5] = {POSTERN__OPT_INT, 0, offsetof(postern_event, at), NULL POSTERN__NAME("at")},
    [6] = {POSTERN__INT, 0, offsetof(postern_event, len), NULL POSTERN__NAME("len")},
    [7] = {POSTERN__TEXT, 2, offsetof(postern_event, bytes), NULL POSTERN__NAME("bytes")},
    [8] = {POSTERN__MESSAGE, 2, offsetof(postern_event, span), &postern__table_span POSTERN__NAME("span")},
    [9] = {POSTERN__TEXT, 2, offsetof(postern_event, state), NULL POSTERN__NAME("state")},
    [10] = {POSTERN__BOOL, 0, offsetof(postern_event, record_end), NULL POSTERN__NAME("record_end")},
    [11] = {POSTERN__BOOL, 0, offsetof(postern_event, restartable), NULL POSTERN__NAME("restartable")},
    [12] = {POSTERN__BOOL, 0, offsetof(postern_event, keep), NULL POSTERN__NAME("keep")},
    [13] = {POSTERN__BOOL, 0, offsetof(postern_event, agree), NULL POSTERN__NAME("agree")},
    [14] = {POSTERN__BOOL, 0, offsetof(postern_event, more), NULL POSTERN__NAME("more")},
    [15] = {POSTERN__TEXT, 2, offsetof(postern_event, timer), NULL POSTERN__NAME("timer")},
    [16] = {POSTERN__MESSAGE, 2, offsetof(postern_event, counts), &postern__table_counts POSTERN__NAME("counts")},
    [17] = {POSTERN__MESSAGE, 2, offsetof(postern_event, hello), &postern__table_hello POSTERN__NAME("hello")},
    [18] = {POSTERN__MESSAGE, 2, offsetof(postern_event, welcome), &postern__table_welcome POSTERN__NAME("welcome")},
    [19] = {POSTERN__MESSAGE, 2, offsetof(postern_event, request), &postern__table_file_request POSTERN__NAME("request")},
    [20] = {POSTERN__MESSAGE, 2, offsetof(postern_event, grant), &postern__table_grant POSTERN__NAME("grant")},
    [21] = {POSTERN__MESSAGE, 2, offsetof(postern_event, reply), &postern__table_reply POSTERN__NAME("reply")},
    [22] = {POSTERN__MESSAGE, 2, offsetof(postern_event, refusal), &postern__table_refusal POSTERN__NAME("refusal")},
};
static const struct postern__message postern__table_event = {22, postern__table_event_fields};

/* Frame is how the data of a file is laid out when it is said: gap bytes before each payload, every payload but the last  of payload bytes. The dialogue fills the gaps. With payload 0 data is said as it is, and comes back in out. */
typedef struct {
    bool present;
    int64_t gap;
    int64_t payload;
    /* The dialogue looks at gaps alone: the body has the same length, but what stands in place of the payloads means nothing. */
    bool headers_only;
} postern_frame;

static const struct postern__entry postern__table_frame_fields[] = {
    [1] = {POSTERN__INT, 0, offsetof(postern_frame, gap), NULL POSTERN__NAME("gap")},
    [2] = {POSTERN__INT, 0, offsetof(postern_frame, payload), NULL POSTERN__NAME("payload")},
    [3] = {POSTERN__BOOL, 0, offsetof(postern_frame, headers_only), NULL POSTERN__NAME("headers_only")},
};
static const struct postern__message postern__table_frame = {3, postern__table_frame_fields};

/* SayRequest gives a message to be said. The bytes of data are the body. */
typedef struct {
    bool present;
    postern_event event;
    /* Above 0 in payload: the body is laid out as the frame of this file says, and the dialogue fills the gaps in place. */
    postern_frame frame;
} postern_say_request;

static const struct postern__entry postern__table_say_request_fields[] = {
    [1] = {POSTERN__MESSAGE, 2, offsetof(postern_say_request, event), &postern__table_event POSTERN__NAME("event")},
    [2] = {POSTERN__MESSAGE, 2, offsetof(postern_say_request, frame), &postern__table_frame POSTERN__NAME("frame")},
};
static const struct postern__message postern__table_say_request = {2, postern__table_say_request_fields};

/* SayReply says what became of it. */
typedef struct {
    bool present;
    int64_t next;
    /* Bytes of data that were taken; gaps count. */
    int64_t used;
    /* To be stored with the sync point just said, at most 1 KiB. */
    postern_str state;
    /* The number of the sync point just said. */
    int64_t point;
    postern_str out;
    postern_span out_at;
    /* Not empty: the message may not be said now, which is a bug of the server or of the dialogue. */
    postern_str error;
} postern_say_reply;

static const struct postern__entry postern__table_say_reply_fields[] = {
    [1] = {POSTERN__INT, 0, offsetof(postern_say_reply, next), NULL POSTERN__NAME("next")},
    [2] = {POSTERN__INT, 0, offsetof(postern_say_reply, used), NULL POSTERN__NAME("used")},
    [3] = {POSTERN__TEXT, 2, offsetof(postern_say_reply, state), NULL POSTERN__NAME("state")},
    [4] = {POSTERN__INT, 0, offsetof(postern_say_reply, point), NULL POSTERN__NAME("point")},
    [5] = {POSTERN__TEXT, 2, offsetof(postern_say_reply, out), NULL POSTERN__NAME("out")},
    [6] = {POSTERN__MESSAGE, 2, offsetof(postern_say_reply, out_at), &postern__table_span POSTERN__NAME("out_at")},
    [7] = {POSTERN__TEXT, 2, offsetof(postern_say_reply, error), NULL POSTERN__NAME("error")},
};
static const struct postern__message postern__table_say_reply = {7, postern__table_say_reply_fields};

/* A code of the closed list. */
typedef struct {
    const char *code;
    bool temporary;      /* the peer may try again */
    const char *public; /* the sentence for the peer */
} postern_code;

static const postern_code postern__codes[] = {
    {"limit.connections", true, "too many connections"},
    {"limit.sessions", true, "too many sessions"},
    {"limit.transfers", true, "too many transfers, try later"},
    {"limit.partner", true, "too many sessions of this partner"},
    {"limit.failures", true, "too many failed calls, try later"},
    {"partner.unknown", false, "not recognised"},
    {"partner.password", false, "not recognised"},
    {"partner.proof", false, "not recognised"},
    {"partner.address", false, "not authorised"},
    {"partner.hours", true, "call back later"},
    {"partner.disabled", true, "service closed for this partner"},
    {"protocol.forbidden", false, "protocol not available"},
    {"protocol.version", false, "version not supported"},
    {"protocol.terms", false, "terms not acceptable"},
    {"flow.unknown", false, "transfer refused"},
    {"flow.forbidden", false, "transfer refused"},
    {"direction.forbidden", false, "transfer refused"},
    {"file.exists", false, "file exists already"},
    {"file.missing", false, "no such file"},
    {"file.name", false, "name not acceptable"},
    {"file.attributes", false, "file attributes not acceptable"},
    {"file.space", false, "not enough space"},
    {"file.size", false, "file too large"},
    {"file.busy", true, "file in use, try later"},
    {"file.open", false, "file cannot be opened"},
    {"restart.unknown", false, "no transfer to restart"},
    {"restart.point", false, "restart point not available"},
    {"duplicate", false, "already transferred"},
    {"message.forbidden", false, "messages not accepted"},
    {"data.io", true, "input or output error"},
    {"data.space", true, "file space exhausted"},
    {"data.record", false, "record too long"},
    {"data.unsynced", false, "too much data without a sync point"},
    {"data.window", false, "too many sync points without an acknowledgement"},
    {"data.count", false, "byte or record count differs"},
    {"data.rejected", false, "file rejected"},
    {"operator.halt", true, "stopped by the operator"},
    {"timer.message", true, "no answer in time"},
    {"timer.idle", true, "idle for too long"},
    {"protocol.violation", false, "protocol error"},
    {"protocol.parameter", false, "parameter missing or illegal"},
    {"exit.refused", false, "transfer refused"},
    {"exit.failed", true, "temporarily not available"},
    {"server.stopping", true, "server is stopping"},
    {"server.crashed", true, "server was stopped in the middle"},
    {"peer.stopped", true, "stopped by the other side"},
    {"network.cut", true, "connection lost"},
};

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
