/*
 * The line protocol as a module: login, put and get with sync points, restart, messages, stop and going back. A partner
 * talks to it with nc. It keeps the contract of sdk.Dialogue for both sides of a call.
 *
 * The parts, in the order in which they need each other:
 *   words.h      the words of one line, both ways
 *   terms.h      what is negotiated
 *   flow.h       counts, sync points and the state kept with them
 *   when.h       times
 *   table.h      who may say which verb in which state
 *   dialogue.h   what is known of the call
 *   read.h       what the words of each verb mean;   hear.h   bytes to events
 *   write.h      the words of each verb;             say.h    messages to bytes
 */
#include "postern_protocol.h"

#include "words.h"
#include "terms.h"
#include "flow.h"
#include "when.h"
#include "table.h"
#include "dialogue.h"
#include "read.h"
#include "hear.h"
#include "write.h"
#include "say.h"

/* The caller speaks first, with the first message said, so nothing is sent here. */
static const char *begin(const postern_begin_request *opening, postern_out *out)
{
    (void)out;
    __builtin_memset(&d, 0, sizeof d);
    __builtin_memset(&flow, 0, sizeof flow);
    d.opening = opening;
    d.calling = d.asker = opening->role == POSTERN_ROLE_CALLING;
    d.state = FRESH;
    d.terms = overlay(defaults(), terms_of(opening->terms));
    d.agreed = (struct terms){0};
    return opening->role == POSTERN_ROLE_UNSPECIFIED ? "neither answering nor calling" : NULL;
}

POSTERN_PROTOCOL(.name = "line", .version = "1", .terms = specs, .term_count = TERM_COUNT, .begin = begin, .hear = hear, .say = say)
