// What the server calls in a filter with a state.

import { snapshot, restore } from "./filter";

export * from "./filtering";

export function postern_snapshot(ptr: usize, cap: i32): i32 { return snapshot(ptr, cap); }
export function postern_restore(ptr: usize, len: i32): i32 { return restore(ptr, len); }
