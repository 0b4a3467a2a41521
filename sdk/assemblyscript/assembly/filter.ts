// A filter's blocks. The last line of a filter's source is: export * from "./postern/assembly/filtering";

/** Block is a filter's block, to be transformed where it lies. */
@final
export class Block {
  /** Where the bytes are: load<u8>(block.data + i), v128.load(block.data). */
  data: usize = 0;
  /** How many are valid. Set it when more or fewer come out; at most capacity. */
  length: i32 = 0;
  /** How many fit. */
  capacity: i32 = 0;
  /** It is the last one of the file. */
  last: bool = false;
  /** Set it when there is more to come out: the function is called again, with a length of 0. */
  more: bool = false;
  /** Set it when nothing more of the file is wanted. */
  end: bool = false;
  /** Set it to refuse the file because of its data (data.rejected). */
  rejected: bool = false;

  // @ts-ignore: decorator
  @operator("[]") at(i: i32): u8 {
    if (<u32>i >= <u32>this.capacity) throw new RangeError("outside the block");
    return load<u8>(this.data + i);
  }

  // @ts-ignore: decorator
  @operator("[]=") put(i: i32, v: u8): void {
    if (<u32>i >= <u32>this.capacity) throw new RangeError("outside the block");
    store<u8>(this.data + i, v);
  }
}

const block = new Block();
let transform: ((block: Block) => void) | null = null;
let give: (() => Uint8Array) | null = null;
let take: ((state: Uint8Array) => void) | null = null;

/** onBlock names the function that transforms each block. The filter's facts come before, to the function given to onFilter. */
export function onBlock(f: (block: Block) => void): void { transform = f; }

/** onState names the functions that give the filter's state at a sync point (at most 64 KiB) and take it back at a restart. */
export function onState(snapshot: () => Uint8Array, restore: (state: Uint8Array) => void): void {
  give = snapshot;
  take = restore;
}

const NOT_IMPLEMENTED = -1;
const OUT_OF_MEMORY = -4;
const REJECTED = -5;

/** postern_block. */
export function filter(ptr: usize, len: i32, cap: i32, flags: i32): i64 {
  const f = transform;
  if (f === null) return NOT_IMPLEMENTED;
  block.data = ptr;
  block.length = len;
  block.capacity = cap;
  block.last = (flags & 1) != 0;
  block.more = block.end = block.rejected = false;
  f(block);
  if (block.rejected) return REJECTED;
  return <i64>block.length | (block.more ? <i64>1 << 32 : 0) | (block.end ? <i64>1 << 33 : 0);
}

/** postern_snapshot. */
export function snapshot(ptr: usize, cap: i32): i32 {
  const f = give;
  if (f === null) return NOT_IMPLEMENTED;
  const s = f();
  if (s.length > cap) return OUT_OF_MEMORY;
  memory.copy(ptr, s.dataStart, s.length);
  return s.length;
}

/** postern_restore. */
export function restore(ptr: usize, len: i32): i32 {
  const f = take;
  if (f === null) return NOT_IMPLEMENTED;
  const s = new Uint8Array(len);
  memory.copy(s.dataStart, ptr, len);
  f(s);
  return 0;
}
