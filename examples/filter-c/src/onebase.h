/* The sandbox compares each access to memory with its end, which takes longer than an exclusive or. Accesses at constant
 * distances from one pointer are compared together if the furthest comes first, for the others lie within it. The compiler
 * would rather add each distance up beforehand; where it cannot tell what a pointer is, it leaves that be. */
#define ONE_BASE(pointer) __asm__("" : "+r"(pointer))
