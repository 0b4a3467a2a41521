// Reading messages. A view shows a part of the request, which stays where it is for the time of the call. It notes where
// each field is and decodes a field when it is asked for. Fields that nobody knows are passed over, of several the last counts.

/** Wire types of protobuf. */
const VARINT: u32 = 0;
const FIXED64: u32 = 1;
const BYTES: u32 = 2;
const FIXED32: u32 = 5;

// The field at hand: what next() has found.
let at: usize = 0; // behind it
let number: u32 = 0;
let type: u32 = 0;
let value: u64 = 0; // of a number; of bytes where they are and, in the low half, how many
let sound: bool = true;

// @ts-ignore: decorator
@inline
function varint(end: usize): u64 {
  if (at < end) {
    const b = load<u8>(at);
    if (b < 0x80) {
      at++;
      return b;
    }
  }
  return longVarint(end);
}

function longVarint(end: usize): u64 {
  let v: u64 = 0;
  for (let shift: u64 = 0; at < end && shift < 70; shift += 7) {
    const b = load<u8>(at++);
    v |= (<u64>(b & 0x7f)) << shift;
    if (b < 0x80) return v;
  }
  sound = false;
  return 0;
}

/** next reads a field; false at the end and where the bytes are no message (then sound is false). */
// @ts-ignore: decorator
@inline
function next(end: usize): bool {
  if (at >= end) return false;
  const tag = <u32>varint(end);
  number = tag >> 3;
  type = tag & 7;
  if (type == BYTES) {
    const size = varint(end);
    value = (<u64>at << 32) | <u32>size;
    if (size > <u64>(end - at)) sound = false;
    at += <usize>size;
  } else if (type == VARINT) {
    value = varint(end);
  } else if (type == FIXED64 || type == FIXED32) {
    at += type == FIXED64 ? 8 : 4;
    if (at > end) sound = false;
  } else {
    sound = false;
  }
  if (number == 0) sound = false;
  return sound;
}

let calls: u32 = 0;

/** another says that a new call begins: what views have noted of the last one is void. */
export function another(): void { calls++; }

/** View is a message: one that is empty is as good as one that is not there. Its own names begin with $: the others are the contract's. */
export class View {
  private $start: usize = 0;
  private $end: usize = 0;
  private $call: u32 = 0;
  private $numbers: u64 = 0; // a bit for each field that is there, by wire type
  private $blobs: u64 = 0;
  private $fields: StaticArray<u64>;

  /** $last is the highest number of the fields that are read, below 64. */
  constructor(private $last: u32) { this.$fields = new StaticArray<u64>($last + 1); }

  /** $show has the view show other bytes; false if they are no message. */
  $show(start: usize, end: usize): bool {
    if (this.$start == start && this.$end == end && this.$call == calls) return true;
    this.$start = start;
    this.$end = end;
    this.$call = calls;
    const fields = this.$fields, last = this.$last;
    let numbers: u64 = 0, blobs: u64 = 0;
    at = start;
    sound = true;
    while (next(end)) {
      if (number > last) continue;
      const bit = <u64>1 << number;
      unchecked(fields[number] = value);
      if (type == BYTES) blobs |= bit;
      else if (type == VARINT) numbers |= bit;
    }
    this.$numbers = numbers;
    this.$blobs = blobs;
    return sound;
  }

  $has(num: u32): bool { return ((this.$numbers | this.$blobs) >> num & 1) != 0; }
  $int(num: u32): i64 { return (this.$numbers >> num & 1) != 0 ? <i64>unchecked(this.$fields[num]) : 0; }
  $flag(num: u32): bool { return this.$int(num) != 0; }
  $text(num: u32): string {
    const f = this.$blob(num);
    return decode(<usize>(f >> 32), <u32>f);
  }

  /** $blob says where a field's bytes are and, in the low half, how many. */
  $blob(num: u32): u64 { return (this.$blobs >> num & 1) != 0 ? unchecked(this.$fields[num]) : 0; }

  /** $inner has a view show the message that a field is, an empty one where there is none. */
  $inner<T extends View>(num: u32, view: T): T {
    const f = this.$blob(num);
    if (!view.$show(<usize>(f >> 32), <usize>(f >> 32) + <u32>f)) throw new Error("postern: the request is broken");
    return view;
  }

  /** $all gives the places of a list's elements, as $blob does. */
  $all(num: u32): StaticArray<u64> {
    let n = 0;
    at = this.$start;
    while (next(this.$end)) if (number == num && type == BYTES) n++;
    const out = new StaticArray<u64>(n);
    n = 0;
    at = this.$start;
    while (next(this.$end)) if (number == num && type == BYTES) out[n++] = value;
    return out;
  }

  $texts(num: u32): string[] {
    const all = this.$all(num);
    const out = new Array<string>(all.length);
    for (let i = 0; i < all.length; i++) out[i] = decode(<usize>(all[i] >> 32), <u32>all[i]);
    return out;
  }

  $list<T extends View>(num: u32): T[] {
    const all = this.$all(num);
    const out = new Array<T>();
    for (let i = 0; i < all.length; i++) {
      const view = instantiate<T>();
      if (!view.$show(<usize>(all[i] >> 32), <usize>(all[i] >> 32) + <u32>all[i])) throw new Error("postern: the request is broken");
      out.push(view);
    }
    return out;
  }

  /** $span reads seconds and nanoseconds as nanoseconds. */
  $span(num: u32): i64 {
    const f = this.$blob(num);
    const end = <usize>(f >> 32) + <u32>f;
    let s: i64 = 0, ns: i64 = 0;
    at = <usize>(f >> 32);
    sound = true;
    while (next(end)) {
      if (number == 1) s = <i64>value;
      else if (number == 2) ns = <i64>value;
    }
    if (!sound) throw new Error("postern: the request is broken");
    return s * 1_000_000_000 + ns;
  }

  /** $bytes copies a field's bytes. */
  $bytes(num: u32): Uint8Array {
    const f = this.$blob(num);
    const out = new Uint8Array(<u32>f);
    memory.copy(out.dataStart, <usize>(f >> 32), <u32>f);
    return out;
  }
}

/** decode makes a string of UTF-8. Most text is ASCII: that is widened, four bytes at a time. */
export function decode(from: usize, len: usize): string {
  if (len == 0) return "";
  const out = changetype<usize>(__new(len << 1, idof<string>()));
  let to = out;
  let i = from;
  const end = from + len;
  for (; i + 4 <= end; i += 4, to += 8) {
    const four = load<u32>(i);
    if ((four & 0x80808080) != 0) return String.UTF8.decodeUnsafe(from, len);
    const two = (<u64>four | <u64>four << 16) & 0x0000ffff0000ffff;
    store<u64>(to, (two | two << 8) & 0x00ff00ff00ff00ff);
  }
  for (; i < end; i++, to += 2) {
    const c = load<u8>(i);
    if (c >= 0x80) return String.UTF8.decodeUnsafe(from, len);
    store<u16>(to, c);
  }
  return changetype<string>(out);
}

@final
class Pair extends View {
  constructor() { super(2); }
}

/** Pairs is a map of text to text, as labels and attributes are. */
export class Pairs {
  constructor(private owner: View, private num: u32) {}

  /** find gives the value of a key, null if there is none. */
  find(key: string): string | null {
    const all = this.owner.$list<Pair>(this.num);
    for (let i = all.length - 1; i >= 0; i--) {
      if (all[i].$text(1) == key) return all[i].$text(2);
    }
    return null;
  }

  has(key: string): bool { return this.find(key) !== null; }

  /** get gives the value of a key, "" if there is none. */
  get(key: string): string {
    const v = this.find(key);
    return v === null ? "" : v;
  }

  keys(): string[] {
    const all = this.owner.$list<Pair>(this.num);
    const out = new Array<string>();
    for (let i = 0; i < all.length; i++) {
      const key = all[i].$text(1);
      if (!out.includes(key)) out.push(key);
    }
    return out;
  }
}
