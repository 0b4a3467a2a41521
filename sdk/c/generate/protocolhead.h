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

