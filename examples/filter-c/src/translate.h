/* Every byte becomes another one by a table of 256, or two become two others by a table of 65,536 pairs: that is half the
 * loads, and each is checked by the sandbox. Its 128 KiB are made for the first block that is worth it. SIMD, which has no
 * instruction to look into more than 16 bytes, takes a third longer. */

#define WORTH (32 << 10)

static uint8_t table[256];
static uint16_t pairs[1 << 16]; /* the first of two bytes is the lower half of the number */
static bool paired;

static void translate_table(const uint8_t t[256])
{
    __builtin_memcpy(table, t, sizeof table);
    paired = false;
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

static void translate_bytes(uint8_t *p, size_t n)
{
    if (n >= WORTH && !paired)
        pair();
    for (; n >= 64 && paired; n -= 64, p += 64) {
        ONE_BASE(p);
        for (int i = 62; i >= 0; i -= 2) {
            uint16_t two;
            __builtin_memcpy(&two, p + i, 2);
            two = pairs[two];
            __builtin_memcpy(p + i, &two, 2);
        }
    }
    for (; n; n--, p++)
        *p = table[*p];
}
