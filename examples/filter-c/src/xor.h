/* Exclusive or with a key that is repeated over the whole file. What a byte becomes follows from its place in the stored
 * file alone, so that a restart may begin anywhere, and the same filter undoes what it has done. */

#define KEY_MOST 256

/* The key, 64 times and once more: 64 bytes can be read wherever the place in the key is, and 64 keys on it is the same. */
static uint8_t stream[KEY_MOST * 65 + 64];
static size_t key_size, stream_size;

/* Sets the key; false: it is empty or too long. */
static bool xor_key(const char *key, size_t n)
{
    if (n == 0 || n > KEY_MOST)
        return false;
    key_size = n;
    stream_size = n * 64;
    for (size_t i = 0; i < n * 65 + 64; i++)
        stream[i] = (uint8_t)key[i % n];
    return true;
}

/* Changes n bytes that stand at a place in the file. */
static void xor_bytes(uint8_t *p, size_t n, uint64_t at)
{
    size_t k = (size_t)(at % key_size);
    for (; n >= 64; n -= 64, p += 64) {
        for (int i = 0; i < 64; i += 16)
            wasm_v128_store(p + i, wasm_v128_xor(wasm_v128_load(p + i), wasm_v128_load(stream + k + i)));
        k += 64;
        if (k >= stream_size)
            k -= stream_size;
    }
    for (; n; n--)
        *p++ ^= stream[k++];
}
