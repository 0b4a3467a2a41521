// What an exit may ask of the server. A function that needs a grant stops the call when the grant is missing: name it in
// describe(), and the server says so when it loads the exit.

import { View, decode } from "./read";
import { begin, putText, putBytes, NewPairs, written, writtenSize } from "./write";

// @ts-ignore: decorator
@external("postern_v1", "log") declare function host_log(level: i32, ptr: usize, len: usize): void;
// @ts-ignore: decorator
@external("postern_v1", "config_get") declare function host_config_get(key: usize, len: usize, out: usize, cap: usize): i32;
// @ts-ignore: decorator
@external("postern_v1", "fact_get") declare function host_fact_get(key: usize, len: usize, out: usize, cap: usize): i32;
// @ts-ignore: decorator
@external("postern_v1", "now_ms") declare function host_now_ms(): i64;
// @ts-ignore: decorator
@external("postern_v1", "file_size") declare function host_file_size(): i64;
// @ts-ignore: decorator
@external("postern_v1", "file_read") declare function host_file_read(offset: i64, out: usize, cap: usize): i32;
// @ts-ignore: decorator
@external("postern_v1", "verify_password") declare function host_verify_password(hash: usize, len: usize, which: i32): i32;
// @ts-ignore: decorator
@external("postern_v1", "http_request") declare function host_http_request(req: usize, len: usize, out: usize, cap: usize): i32;
// @ts-ignore: decorator
@external("postern_v1", "kv_get") declare function host_kv_get(key: usize, len: usize, out: usize, cap: usize): i32;
// @ts-ignore: decorator
@external("postern_v1", "kv_put") declare function host_kv_put(key: usize, klen: usize, v: usize, vlen: usize): i32;

const MISSING: i32 = -1;
const NOT_GRANTED: i32 = -2;
const BAD_ARGUMENT: i32 = -3;
const DEADLINE: i32 = -4;

/** Levels of the log. */
export enum Level { Debug, Info, Warn, Error }

/** log writes a line to the server's log. */
export function log(line: string, level: Level = Level.Info): void {
  const s = String.UTF8.encode(line);
  host_log(level, changetype<usize>(s), s.byteLength);
}

/** now is the call's own time, milliseconds since 1970: replayed, a decision sees the same. */
export function now(): i64 { return host_now_ms(); }

const CONFIG = 0;
const FACT = 1;
const STORE = 2;
const HTTP = 3;

let scratch: usize = 0;
let room: i32 = 0;

/** fetch has the server write a value, and asks again with more room where it does not fit. Its size, or an answer below 0. */
function fetch(which: i32, key: usize, len: usize): i32 {
  if (room == 0) larger(4096);
  let n = ask(which, key, len);
  while (n > room) {
    larger(n);
    n = ask(which, key, len);
  }
  return n;
}

function larger(size: i32): void {
  if (room > 0) heap.free(scratch);
  scratch = heap.alloc(size);
  room = size;
}

function ask(which: i32, key: usize, len: usize): i32 {
  if (which == CONFIG) return host_config_get(key, len, scratch, room);
  if (which == FACT) return host_fact_get(key, len, scratch, room);
  if (which == STORE) return host_kv_get(key, len, scratch, room);
  return host_http_request(key, len, scratch, room);
}

function must(n: i32, what: string): i32 {
  if (n == NOT_GRANTED) throw new Error(what + ": not granted");
  if (n == BAD_ARGUMENT) throw new Error(what + ": a bad argument");
  if (n == DEADLINE) throw new Error(what + ": out of time");
  return n;
}

function value(which: i32, key: string): string | null {
  const k = String.UTF8.encode(key);
  const n = fetch(which, changetype<usize>(k), k.byteLength);
  return n < 0 ? null : decode(scratch, n);
}

/**
 * config gives one of the exit's own settings by its dotted name: text as it is, anything else as JSON, null if there is
 * none; the whole object for "".
 */
export function config(key: string): string | null { return value(CONFIG, key); }

/** fact gives a fact by its dotted name in the contract ("request.file"), as text; null if there is none. */
export function fact(key: string): string | null { return value(FACT, key); }

/** fileSize is that of the transfer's file, bytes; -1 where there is none. At open of a sent file and at verify; grant file. */
export function fileSize(): i64 {
  const n = host_file_size();
  must(n < 0 ? <i32>n : 0, "file_size");
  return n;
}

/** fileRead fills a buffer from the transfer's file and says how many bytes it got, 0 at the end; -1 without a file. Grant file. */
export function fileRead(offset: i64, into: Uint8Array): i32 {
  return must(host_file_read(offset, into.dataStart, into.length), "file_read");
}

/** Which secret verifyPassword compares. */
export enum Secret { Current, New }

/** verifyPassword has the server compare the caller's secret with an argon2id or bcrypt hash. Grant verify_password. */
export function verifyPassword(hash: string, which: Secret = Secret.Current): bool {
  const h = String.UTF8.encode(hash);
  return must(host_verify_password(changetype<usize>(h), h.byteLength, which), "verify_password") == 1;
}

/** HttpReply is what a server answered. */
export class HttpReply {
  constructor(readonly status: i32, readonly contentType: string, readonly body: Uint8Array) {}
}

/**
 * httpRequest asks a server whose origin the grant http lists; null if there was no answer. Headers are those besides
 * Content-Type: at most 32 with 8 KiB in all, none of the connection's and none that the grant sets.
 */
export function httpRequest(
  method: string, url: string, contentType: string = "", body: Uint8Array | null = null, headers: NewPairs | null = null,
): HttpReply | null {
  begin();
  putText(1, method);
  putText(2, url);
  putText(3, contentType);
  if (body !== null) putBytes(4, body);
  if (headers !== null) headers.write(5);
  const n = must(fetch(HTTP, written(), writtenSize()), "http_request");
  if (n < 0) return null;
  const m = new View(3);
  if (!m.$show(scratch, scratch + n)) throw new Error("http_request: the reply is broken");
  return new HttpReply(<i32>m.$int(1), m.$text(2), m.$bytes(3));
}

/** kvGet gives a value of the exit's store, null if there is none. Grant store. */
export function kvGet(key: string): Uint8Array | null {
  const k = String.UTF8.encode(key);
  const n = must(fetch(STORE, changetype<usize>(k), k.byteLength), "kv_get");
  if (n == MISSING) return null;
  const out = new Uint8Array(n);
  memory.copy(out.dataStart, scratch, n);
  return out;
}

/** kvPut keeps a value; an empty one takes the key away. Grant store. */
export function kvPut(key: string, v: Uint8Array): void {
  const k = String.UTF8.encode(key);
  must(host_kv_put(changetype<usize>(k), k.byteLength, v.dataStart, v.length), "kv_put");
}
