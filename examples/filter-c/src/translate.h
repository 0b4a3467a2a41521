/* Every byte becomes another one by a table of 256. Two ways are quicker than one byte after the other.
 *
 * Files of mainframes are mostly spaces, digits, capitals and what stands between them: the characters from ' ' to '_',
 * here called text. In EBCDIC as in ISO 8859-1 the lower six bits tell which of them a byte is, if it is one. SIMD looks
 * into 16 bytes at once, so that four looks give the distance from a byte to what it becomes.
 *
 * For all else there is a table of 65,536 pairs: one look for two bytes, since the sandbox checks each. Its 128 KiB are made
 * for the first block that is worth it. */

#define PIECE 64
#define WORTH (32 << 10)
#define LONGEST (4 << 10)

static uint8_t table[256];
static uint8_t distance[64];    /* of text, by its lower six bits */
static bool encodes;            /* from ISO 8859-1 */
static uint16_t pairs[1 << 16]; /* the first of two bytes is the lower half of the number */
static bool paired;

/* Sets the table; encode: it leads from ISO 8859-1 to EBCDIC. */
static void translate_table(const uint8_t t[256], bool encode)
{
    __builtin_memcpy(table, t, sizeof table);
    encodes = encode;
    paired = false;
    for (int i = 0; i < 64; i++)
        distance[i] = (uint8_t)(' ' - i); /* where there is no text, only bytes without 64 seem to become some */
    for (int i = 255; i >= 0; i--) {
        uint8_t latin = encode ? i : t[i], ebcdic = encode ? t[i] : i;
        if (' ' <= latin && latin <= '_' && (ebcdic & 64 || encode))
            distance[i & 63] = (uint8_t)(t[i] - i);
    }
}

/* Fills the table of pairs, 16 of them at a time: the bytes of the table, each with the same one behind it. */
static void pair(void)
{
    for (int second = 0; second < 256; second++) {
        const v128_t b = wasm_u8x16_splat(table[second]);
        for (int first = 0; first < 256; first += 16) {
            const v128_t a = wasm_v128_load(table + first);
            uint16_t *to = pairs + (second << 8 | first);
            wasm_v128_store(to, wasm_i8x16_shuffle(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23));
            wasm_v128_store(to + 8, wasm_i8x16_shuffle(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31));
        }
    }
    paired = true;
}

/* What 16 bytes of text become. A look with a number beyond 15 gives 0. */
static v128_t become(v128_t text, const v128_t distances[4])
{
    const v128_t sixteen = wasm_i8x16_const_splat(16);
    v128_t six = wasm_v128_and(text, wasm_i8x16_const_splat(63));
    for (int i = 0; i < 4; i++, six = wasm_i8x16_sub(six, sixteen))
        text = wasm_i8x16_add(text, wasm_i8x16_swizzle(distances[i], six));
    return text;
}

/* Translates whole pieces up to the first that is not all text, and gives their bytes. Text lies between ' ' and '_', and has
 * the bit 64 in EBCDIC. What has the same lower six bits and is none comes out 64, 128 or 192 beyond. */
static inline size_t translate_text(uint8_t *p, size_t n, const bool encode)
{
    const v128_t space = wasm_i8x16_const_splat(' '), upper = wasm_u8x16_const_splat(0xc0);
    size_t left = n;
    v128_t distances[4];
    for (int i = 0; i < 4; i++)
        distances[i] = wasm_v128_load(distance + 16 * i);
    for (; left >= PIECE; left -= PIECE, p += PIECE) {
        v128_t from[4], to[4], beyond = wasm_i8x16_const_splat(0), common = wasm_i8x16_const_splat(64);
        ONE_BASE(p);
        for (int i = 3; i >= 0; i--) {
            from[i] = wasm_v128_load(p + 16 * i);
            to[i] = become(from[i], distances);
            beyond = wasm_v128_or(beyond, wasm_i8x16_sub(encode ? from[i] : to[i], space));
            common = wasm_v128_and(common, encode ? to[i] : from[i]);
        }
        beyond = wasm_v128_and(beyond, upper);
        if (wasm_v128_any_true(beyond) || !wasm_i8x16_all_true(common))
            break;
        for (int i = 3; i >= 0; i--)
            wasm_v128_store(p + 16 * i, to[i]);
    }
    return n - left;
}

/* Translates whole pieces of whatever, and gives their bytes. */
__attribute__((noinline)) static size_t translate_pairs(uint8_t *p, size_t n)
{
    size_t left = n;
    for (; left >= PIECE; left -= PIECE, p += PIECE) {
        ONE_BASE(p);
        for (int i = PIECE - 2; i >= 0; i -= 2) {
            uint16_t two;
            __builtin_memcpy(&two, p + i, 2);
            two = pairs[two];
            __builtin_memcpy(p + i, &two, 2);
        }
    }
    return n - left;
}

static void translate_bytes(uint8_t *p, size_t n)
{
    size_t most = PIECE; /* bytes that pass as pairs before text is tried again */
    if (n >= WORTH && !paired)
        pair();
    while (n >= PIECE && paired) {
        size_t done = encodes ? translate_text(p, n, true) : translate_text(p, n, false);
        most = done > 0 ? PIECE : most < LONGEST ? 2 * most : LONGEST;
        done += translate_pairs(p + done, n - done < most ? n - done : most);
        p += done;
        n -= done;
    }
    for (; n; n--, p++)
        *p = table[*p];
}
