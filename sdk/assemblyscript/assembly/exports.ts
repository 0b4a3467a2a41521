// What the server calls in every exit. The last line of an exit's source is: export * from "./postern/assembly/exports";

import { call } from "./serve";
import { tidy } from "./tidy";

export function postern_abi(): i32 { return 1 << 16; }

/** Memory outside the collector's reach: it stays where it is until it is freed, 16-byte aligned. */
export function postern_alloc(size: i32): usize { return heap.alloc(size); }
export function postern_free(ptr: usize, size: i32): void { heap.free(ptr); }

export function postern_call(method: i32, head: usize, headLength: i32, body: usize, bodyLength: i32): i64 {
  const reply = call(method, head, headLength);
  tidy();
  return reply;
}
