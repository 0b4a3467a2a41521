// When garbage is collected. With --runtime minimal nothing is collected while a function of the exit runs, which makes
// a call cheaper; then it is done here, between calls, when nothing of the exit's is on the stack.

const MINIMAL = 1; // of asc's runtimes
const EVERY = 64; // calls: what they leave is small, and most of it is gone at once

let calls = 0;
let pages: i32 = 0;

/** tidy is called at the end of each call. A collection is due now and then, and at once when memory has grown. */
// @ts-ignore: decorator
@inline
export function tidy(): void {
  if (ASC_RUNTIME == MINIMAL) {
    if (++calls >= EVERY || memory.size() > pages) collect();
  }
}

function collect(): void {
  __collect();
  calls = 0;
  pages = memory.size();
}
