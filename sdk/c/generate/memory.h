/* ---- The module's exports ---------------------------------------------------------------------------------------- */

#define POSTERN__EXPORT(name) __attribute__((export_name(#name), used))

POSTERN__EXPORT(postern_abi) int32_t postern__export_abi(void) { return POSTERN_CONTRACT; }

/* Memory that the host gave back, to be taken again. */
struct postern__free {
    struct postern__free *next;
    size_t size;
};
static struct postern__free *postern__freed;

POSTERN__EXPORT(postern_alloc) void *postern__export_alloc(size_t size)
{
    size = postern__align(size ? size : 1);
    for (struct postern__free **at = &postern__freed; *at; at = &(*at)->next) {
        struct postern__free *f = *at;
        if (f->size < size || f->size / 2 > size)
            continue; /* a small piece must not cost a large one */
        *at = f->next;
        return f;
    }
    return postern_keep(size);
}

POSTERN__EXPORT(postern_free) void postern__export_free(struct postern__free *p, size_t size)
{
    size = postern__align(size ? size : 1);
    if (!p)
        return;
    if ((uintptr_t)p + size == postern__kept.top && (uintptr_t)p >= postern__kept.base) {
        postern__kept.top = (uintptr_t)p;
        return;
    }
    p->size = size;
    p->next = postern__freed;
    postern__freed = p;
}

static inline int64_t postern__answer(const struct postern__out *b)
{
    return (int64_t)((uint64_t)(uintptr_t)b->p << 32 | b->n);
}

