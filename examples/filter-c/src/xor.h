/* Exclusive or with a key that is repeated over the whole file. What a byte becomes follows from its place in the stored
 * file alone, so that a restart may begin anywhere, and the same filter undoes what it has done. */

#define KEY_MOST 256
#define STRIDE 256

/* Whole keys for a stride or more, and a stride behind them: one can be read wherever the place in these keys is. */
static uint8_t stream[2 * KEY_MOST + STRIDE];
static size_t key_size, keys_size;

/* Sets the key; false: it is empty or too long. */
static bool xor_key(const char *key, size_t n)
{
    if (n == 0 || n > KEY_MOST)
        return false;
    key_size = n;
    keys_size = (STRIDE + n - 1) / n * n;
    for (size_t i = 0; i < keys_size + STRIDE; i++)
        stream[i] = (uint8_t)key[i % n];
    return true;
}

/* Changes n bytes that stand at a place in the file. */
static void xor_bytes(uint8_t *p, size_t n, uint64_t at)
{
    size_t k = (size_t)(at % key_size);
    for (; n >= STRIDE; n -= STRIDE, p += STRIDE) {
        const uint8_t *key = stream + k;
        ONE_BASE(p);
        ONE_BASE(key);
        for (int i = STRIDE - 16; i >= 0; i -= 16)
            wasm_v128_store(p + i, wasm_v128_xor(wasm_v128_load(p + i), wasm_v128_load(key + i)));
        k += STRIDE;
        if (k >= keys_size)
            k -= keys_size;
    }
    for (; n; n--)
        *p++ ^= stream[k++];
}
