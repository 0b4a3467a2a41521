// Writing messages, one after the other into one buffer that is kept. A reply belongs to the server's reader until the
// next call.

let out: usize = 0;
let room: usize = 0;
let length: usize = 0;

/** begin empties the buffer. */
export function begin(): void { length = 0; }

/** reply is what postern_call answers with: where the message is and how long. */
export function reply(): i64 { return (<i64>out << 32) | <i64>length; }

/** start and size of what was written. */
export function written(): usize { return out; }
export function writtenSize(): usize { return length; }

function more(n: usize): void {
  if (length + n <= room) return;
  room = max<usize>(4096, (length + n) * 2);
  out = out == 0 ? heap.alloc(room) : heap.realloc(out, room);
}

function varint(v: u64): void {
  more(10);
  while (v >= 0x80) {
    store<u8>(out + length++, <u8>v | 0x80);
    v >>= 7;
  }
  store<u8>(out + length++, <u8>v);
}

/** putInt leaves zero out, unless it must be there. */
export function putInt(num: u32, v: i64, always: bool = false): void {
  if (v == 0 && !always) return;
  varint(num << 3);
  varint(v);
}

export function putFlag(num: u32, v: bool, always: bool = false): void { putInt(num, v ? 1 : 0, always); }

/** putText leaves "" out, unless it must be there. What is no text (half a surrogate pair) becomes U+FFFD. */
export function putText(num: u32, v: string, always: bool = false): void {
  const units = v.length;
  if (units == 0 && !always) return;
  const at = open(num);
  more(<usize>units * 3);
  length += String.UTF8.encodeUnsafe(changetype<usize>(v), units, out + length, false, String.UTF8.ErrorMode.REPLACE);
  close(at);
}

export function putTexts(num: u32, list: string[]): void {
  for (let i = 0; i < list.length; i++) putText(num, list[i], true);
}

/** NewPairs is a map of text to text that is to be written. */
@final
export class NewPairs {
  private first: NewPair | null = null;

  /** set keeps a value under a key; a later one counts. */
  set(key: string, value: string): NewPairs {
    this.first = new NewPair(key, value, this.first);
    return this;
  }

  /** write is called by the SDK. */
  write(num: u32): void { put(num, this.first); }
}

@final
class NewPair {
  constructor(readonly key: string, readonly value: string, readonly before: NewPair | null) {}
}

/** put writes the pairs in the order in which they came. */
function put(num: u32, p: NewPair | null): void {
  if (p === null) return;
  put(num, p.before);
  const at = open(num);
  putText(1, p.key, true);
  putText(2, p.value, true);
  close(at);
}

export function putBytes(num: u32, v: Uint8Array): void {
  if (v.length == 0) return;
  const at = open(num);
  more(v.length);
  memory.copy(out + length, v.dataStart, v.length);
  length += v.length;
  close(at);
}

/** open begins a field with a length, for which it keeps a byte; what it returns goes to close. */
export function open(num: u32): usize {
  varint((num << 3) | 2);
  more(1);
  return ++length;
}

/** close writes the length of the field that began at: a long one needs more than the byte that was kept. */
export function close(at: usize): void {
  const size = length - at;
  let extra: usize = 0;
  for (let n = size >> 7; n > 0; n >>= 7) extra++;
  if (extra > 0) {
    more(extra);
    memory.copy(out + at + extra, out + at, size);
    length += extra;
  }
  let to = out + at - 1;
  let n = size;
  while (n >= 0x80) {
    store<u8>(to++, <u8>n | 0x80);
    n >>= 7;
  }
  store<u8>(to, <u8>n);
}
