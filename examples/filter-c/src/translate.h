/* Every byte becomes another one by a table of 256. */

/* The table as 16 rows of 16, one for each high half of a byte. */
static v128_t rows[16];

static void translate_table(const uint8_t table[256])
{
    for (int i = 0; i < 16; i++)
        rows[i] = wasm_v128_load(table + 16 * i);
}

/* Swizzle gives 0 for what lies beyond its row of 16. So 16 are taken off each byte from row to row: in its own row it lies
 * within, in every other beyond. Four vectors go through the rows together, for a row is loaded once then. */
#define STEP(x, y) y = wasm_v128_or(y, wasm_i8x16_swizzle(row, x)), x = wasm_i8x16_sub(x, sixteen)
#define ROW(i) row = rows[i], STEP(a, e), STEP(b, f), STEP(c, g), STEP(d, h)

static void translate_bytes(uint8_t *p, size_t n)
{
    const v128_t sixteen = wasm_i8x16_splat(16), none = wasm_i8x16_splat(0);
    for (; n >= 64; n -= 64, p += 64) {
        v128_t a = wasm_v128_load(p), b = wasm_v128_load(p + 16), c = wasm_v128_load(p + 32), d = wasm_v128_load(p + 48);
        v128_t e = none, f = none, g = none, h = none, row;
        ROW(0), ROW(1), ROW(2), ROW(3), ROW(4), ROW(5), ROW(6), ROW(7);
        ROW(8), ROW(9), ROW(10), ROW(11), ROW(12), ROW(13), ROW(14), ROW(15);
        wasm_v128_store(p, e);
        wasm_v128_store(p + 16, f);
        wasm_v128_store(p + 32, g);
        wasm_v128_store(p + 48, h);
    }
    const uint8_t *table = (const uint8_t *)rows;
    for (; n; n--, p++)
        *p = table[*p];
}
