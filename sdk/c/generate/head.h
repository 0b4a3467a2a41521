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

