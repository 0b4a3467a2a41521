/*
 * A data filter: it obfuscates with a repeated key, or translates between EBCDIC and ISO 8859-1. It keeps nothing from
 * one block to the next but its place in the file.
 */
#include <wasm_simd128.h>

#include "postern.h"

#include "codepage.h"
#include "onebase.h"
#include "translate.h"
#include "xor.h"

static enum { XOR, TRANSLATE } kind;
static uint64_t place; /* in the stored file */

static postern_verdict misconfigured(const char *what)
{
    postern_log(POSTERN_ERROR, what);
    return postern_fail();
}

/* A setting, or what stands for it when it is not there. */
static postern_str setting(const char *key, const char *otherwise)
{
    postern_str s = postern_config(key);
    return s.p ? s : postern_text(otherwise);
}

/* Prepares the table; encode: from ISO 8859-1 to EBCDIC. */
static postern_verdict ebcdic(bool encode)
{
    uint8_t table[256], back[256];
    postern_str page = setting("codepage", "1047"), newline = setting("newline", "25");
    __builtin_memcpy(table, codepage_037, 256);
    if (postern_eq(page, "1047")) {
        for (size_t i = 0; i < sizeof codepage_1047 / sizeof codepage_1047[0]; i++)
            table[codepage_1047[i][0]] = codepage_1047[i][1];
    } else if (!postern_eq(page, "037")) {
        return misconfigured("codepage: \"037\" or \"1047\" is expected");
    }
    if (postern_eq(newline, "15")) {
        table[0x15] = '\n';
        table[0x25] = 0x85;
    } else if (!postern_eq(newline, "25")) {
        return misconfigured("newline: \"25\" or \"15\" is expected");
    }
    for (int i = 0; i < 256; i++)
        back[table[i]] = (uint8_t)i;
    translate_table(encode ? back : table, encode);
    kind = TRANSLATE;
    return postern_pass();
}

static postern_verdict filter(const postern_filter_facts *facts)
{
    postern_str what = setting("transform", "ebcdic"), wire = setting("wire", "ebcdic");
    place = (uint64_t)facts->filter.file_offset;
    if (postern_eq(what, "xor")) {
        postern_str key = postern_config("key");
        kind = XOR;
        return xor_key(key.p, key.n) ? postern_pass() : misconfigured("key: 1 to 256 bytes are expected");
    }
    if (!postern_eq(what, "ebcdic"))
        return misconfigured("transform: \"ebcdic\" or \"xor\" is expected");
    if (!postern_eq(wire, "ebcdic") && !postern_eq(wire, "latin1"))
        return misconfigured("wire: \"ebcdic\" or \"latin1\" is expected");
    return ebcdic(postern_eq(facts->filter.direction, "send") == postern_eq(wire, "ebcdic"));
}

static postern_filtered block(postern_block *b)
{
    if (kind == XOR)
        xor_bytes(b->data, b->size, place);
    else
        translate_bytes(b->data, b->size);
    place += b->size;
    return postern_bytes(b->size);
}

POSTERN_EXIT(.name = "filter-c", .version = "1.0", .filter = filter, .block = block)
