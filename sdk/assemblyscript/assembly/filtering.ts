// What the server calls in a filter. A filter's source ends with: export * from "./postern/assembly/filtering";
// and with "./postern/assembly/remembering" where it keeps a state.

import { filter } from "./filter";
import { tidy } from "./tidy";

export * from "./exports";

export function postern_block(ptr: usize, len: i32, cap: i32, flags: i32): i64 {
  const answer = filter(ptr, len, cap, flags);
  tidy();
  return answer;
}
