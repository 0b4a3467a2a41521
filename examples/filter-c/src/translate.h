/* Every byte becomes another one by a table of 256. */

/* The table as 16 rows of 16, one for each high half of a byte. */
static v128_t rows[16];

static void translate_table(const uint8_t table[256])
{
    for (int i = 0; i < 16; i++)
        rows[i] = wasm_v128_load(table + 16 * i);
}

/* A byte with its row's number taken off lies within the row or far beyond it; swizzle gives 0 for what lies beyond. */
#define ROW(x, i) wasm_i8x16_swizzle(rows[i], wasm_v128_xor(x, wasm_i8x16_splat((int8_t)((i) * 16))))
#define OR(a, b) wasm_v128_or(a, b)

static inline v128_t translate_16(v128_t x)
{
    v128_t a = OR(OR(ROW(x, 0), ROW(x, 1)), OR(ROW(x, 2), ROW(x, 3)));
    v128_t b = OR(OR(ROW(x, 4), ROW(x, 5)), OR(ROW(x, 6), ROW(x, 7)));
    v128_t c = OR(OR(ROW(x, 8), ROW(x, 9)), OR(ROW(x, 10), ROW(x, 11)));
    v128_t d = OR(OR(ROW(x, 12), ROW(x, 13)), OR(ROW(x, 14), ROW(x, 15)));
    return OR(OR(a, b), OR(c, d));
}

static void translate_bytes(uint8_t *p, size_t n)
{
    for (; n >= 32; n -= 32, p += 32) {
        wasm_v128_store(p, translate_16(wasm_v128_load(p)));
        wasm_v128_store(p + 16, translate_16(wasm_v128_load(p + 16)));
    }
    const uint8_t *table = (const uint8_t *)rows;
    for (; n; n--, p++)
        *p = table[*p];
}
