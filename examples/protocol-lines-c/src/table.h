/* The states of a dialogue and, as one table, who may say which verb in which of them. */

enum {
    FRESH = 1 << 0,      /* nobody has said hello */
    GREETING = 1 << 1,   /* HELLO waits for its answer */
    IDLE = 1 << 2,       /* no file */
    TURNING = 1 << 3,    /* TURN waits for a request or YIELD */
    ASKING = 1 << 4,     /* a request waits for its answer */
    CHOSEN = 1 << 5,     /* a file is selected */
    BEGINNING = 1 << 6,  /* BEGIN waits for its answer */
    FLOWING = 1 << 7,    /* data flows */
    ENDED = 1 << 8,      /* END has passed */
    FINISHING = 1 << 9,  /* FINISH waits for its answer */
    DONE = 1 << 10,      /* the transfer is over, the file still selected */
    RECALLED = 1 << 11,  /* we heard REWIND and owe REWOUND */
    REWINDING = 1 << 12, /* we said REWIND; what comes before REWOUND is dropped */
    REJOINING = 1 << 13, /* we heard REWOUND and wait for the state of that point */
    STOPPING = 1 << 14,  /* we said STOP; what comes before STOPPED is dropped */
    HALTED = 1 << 15,    /* a STOP has passed, the file still selected */
    LEAVING = 1 << 16,   /* LEAVE waits for LEFT */
    PARTING = 1 << 17,   /* BYE waits for GOODBYE */
    OVER = 1 << 18,      /* nothing is heard or said any more */

    MOVING = FLOWING | ENDED | FINISHING | RECALLED | REWINDING | REJOINING,
    SELECTED = CHOSEN | HALTED | DONE,
    CROSSED = REWINDING | STOPPING, /* what the peer said before it heard REWIND or STOP is dropped */
    /* In these a message about data may come too late without anybody's fault. */
    AFTER = RECALLED | REWINDING | REJOINING | STOPPING | HALTED | FINISHING | DONE | LEAVING | IDLE,
};

/* Who may say a verb: the two of the call, the two of a request, the two of a file. */
enum side { EITHER, CALLER, CALLED, ASKER, SERVER, SENDER, RECEIVER, OWNER, BORROWER };

/* A row: a verb, who says it, and in which states of this side it may be heard or said, with the state that follows (0: the
 * verb's own function says it). A verb heard in a drop state was under way when this side said STOP or REWIND. A message
 * said in a late state was overtaken: it writes nothing. */
struct row {
    const char *verb;
    int kind;
    enum side by;
    uint32_t hear, heard, drop, say, said, late;
    bool (*read)(postern_event *e);
    const char *(*write)(const postern_event *m, postern_out *out);
};

static bool read_nothing(postern_event *), read_hello(postern_event *), read_welcome(postern_event *), read_refuse(postern_event *),
    read_yield(postern_event *), read_request(postern_event *), read_grant(postern_event *), read_reply(postern_event *),
    read_leave(postern_event *), read_begin(postern_event *), read_start(postern_event *), read_data(postern_event *),
    read_sync(postern_event *), read_synced(postern_event *), read_end(postern_event *), read_finish(postern_event *),
    read_rewind(postern_event *), read_rewound(postern_event *), read_stop(postern_event *);

typedef const char *writer(const postern_event *, postern_out *);
static writer write_nothing, write_hello, write_welcome, write_refuse, write_yield, write_request, write_grant, write_reply,
    write_leave, write_begin, write_start, write_sync, write_synced, write_end, write_finish, write_rewind, write_rewound, write_stop;

/* Stands for the verbs of requests. */
static const char REQUEST[] = "";

#define K(kind) POSTERN_KIND_##kind
static const struct row table[] = {
    /* the session */
    {"HELLO", K(HELLO), CALLER, FRESH, GREETING, 0, FRESH, GREETING, 0, read_hello, write_hello},
    {"WELCOME", K(WELCOME), CALLED, GREETING, IDLE, 0, GREETING, IDLE, 0, read_welcome, write_welcome},
    {"NO", K(REFUSE), CALLED, GREETING, OVER, 0, GREETING, OVER, 0, read_refuse, write_refuse},
    {"TURN", K(TURN), OWNER, IDLE, TURNING, 0, IDLE, TURNING, 0, read_nothing, write_nothing},
    {"YIELD", K(YIELD), CALLED, TURNING, IDLE, 0, TURNING, IDLE, 0, read_yield, write_yield},
    {"YIELD", K(YIELD), BORROWER, IDLE, IDLE, 0, IDLE, IDLE, 0, read_yield, write_yield},
    {"BYE", K(BYE), OWNER, IDLE, OVER, 0, IDLE, PARTING, 0, read_nothing, write_nothing},
    {"GOODBYE", K(BYE), CALLED, PARTING, OVER, 0, 0, 0, 0, read_nothing, NULL},

    /* the file */
    {REQUEST, K(REQUEST), ASKER, IDLE, ASKING, 0, IDLE, ASKING, 0, read_request, write_request},
    {REQUEST, K(REQUEST), CALLED, TURNING, ASKING, 0, TURNING, ASKING, 0, read_request, write_request},
    {"GRANT", K(GRANT), SERVER, ASKING, CHOSEN, 0, ASKING, CHOSEN, 0, read_grant, write_grant},
    {"REPLY", K(REPLY), SERVER, ASKING, IDLE, 0, ASKING, IDLE, 0, read_reply, write_reply},
    {"NO", K(REFUSE), SERVER, ASKING, IDLE, 0, ASKING, IDLE, 0, read_refuse, write_refuse},
    {"LEAVE", K(LEAVE), ASKER, SELECTED, IDLE, 0, SELECTED, LEAVING, 0, read_leave, write_leave},
    {"LEFT", K(LEAVE), SERVER, LEAVING, IDLE, 0, 0, 0, 0, read_nothing, NULL},

    /* its data */
    {"BEGIN", K(BEGIN), ASKER, CHOSEN | HALTED, BEGINNING, 0, CHOSEN | HALTED, BEGINNING, 0, read_begin, write_begin},
    {"START", K(START), SERVER, BEGINNING, FLOWING, 0, BEGINNING, FLOWING, 0, read_start, write_start},
    {"NO", K(REFUSE), SERVER, BEGINNING, CHOSEN, 0, BEGINNING, CHOSEN, 0, read_refuse, write_refuse},
    {"DATA", K(DATA), SENDER, FLOWING, FLOWING, CROSSED, FLOWING, FLOWING, AFTER, read_data, NULL},
    {"SYNC", K(SYNC), SENDER, FLOWING, FLOWING, CROSSED, FLOWING, FLOWING, AFTER, read_sync, write_sync},
    {"SYNCED", K(SYNCED), RECEIVER, FLOWING | ENDED | FINISHING, 0, CROSSED, FLOWING | ENDED, 0, AFTER, read_synced, write_synced},
    {"END", K(END), SENDER, FLOWING, ENDED, CROSSED, FLOWING, ENDED, AFTER, read_end, write_end},
    {"FINISH", K(FINISH), ASKER, ENDED, FINISHING, CROSSED, ENDED, FINISHING, AFTER, read_finish, write_finish},
    {"FINISHED", K(FINISHED), SERVER, FINISHING, DONE, CROSSED, FINISHING, DONE, STOPPING | HALTED, read_finish, write_finish},
    {"NO", K(REFUSE), SERVER, FINISHING, DONE, STOPPING, FINISHING, DONE, STOPPING | HALTED, read_refuse, write_refuse},

    /* going back; of two REWINDs that cross, the requester's stands */
    {"REWIND", K(REWIND), EITHER, FLOWING | ENDED, RECALLED, STOPPING, FLOWING | ENDED, REWINDING, AFTER, read_rewind, write_rewind},
    {"REWIND", K(REWIND), SERVER, FINISHING, RECALLED, REWINDING, 0, 0, 0, read_rewind, NULL},
    {"REWIND", K(REWIND), ASKER, REWINDING, RECALLED, 0, 0, 0, 0, read_rewind, NULL},
    {"REWOUND", K(REWOUND), EITHER, REWINDING, REJOINING, STOPPING, RECALLED, FLOWING, STOPPING | HALTED, read_rewound, write_rewound},
    {NULL, K(START), EITHER, 0, 0, 0, REJOINING | FLOWING, FLOWING, STOPPING | HALTED, NULL, NULL},

    /* stopping; of two STOPs that cross, both stand */
    {"STOP", K(STOP), EITHER, MOVING | DONE | STOPPING, HALTED, 0, MOVING, STOPPING, AFTER, read_stop, write_stop},
    {"STOPPED", K(STOPPED), EITHER, STOPPING, HALTED, 0, 0, 0, 0, read_nothing, NULL},
};

enum action { PUT, GET, MSG, ACTIONS };
static const struct {
    const char *verb, *action;
} actions[ACTIONS] = {{"PUT", "create"}, {"GET", "read"}, {"MSG", "message"}};

/* Whether a party with these properties is that side. */
static bool plays(enum side s, bool calling, bool asks, bool sends)
{
    switch (s) {
    case EITHER:
        return true;
    case CALLER:
        return calling;
    case CALLED:
        return !calling;
    case ASKER:
        return asks;
    case SERVER:
        return !asks;
    case SENDER:
        return sends;
    case RECEIVER:
        return !sends;
    case OWNER:
        return calling && asks;
    case BORROWER:
        return !calling && asks;
    }
    return false;
}
