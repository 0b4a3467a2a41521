// Which functions serve which points, and what the exit says of itself.

import { begin, reply, putText, putTexts, putInt, putFlag } from "./write";
import { View, another } from "./read";

type Handler = (question: View) => i64;

const CONTRACT: i64 = 1 << 16; // version 1.0
const DESCRIBE: u32 = 1;
const METHODS = 32;

const NOT_IMPLEMENTED: i64 = -1;
const CANNOT_DECODE: i64 = -2;

const question = new View(4);
const handlers = new StaticArray<Handler | null>(METHODS);
const points = new Array<string>();
let itsName = "";
let itsVersion = "";
let itsGrants: string[] = [];
let changes = false;
let state = false;

/** describe says what the exit is, and which grants it cannot do without: password, stored, verify_password, file, http, folder, clock, store. */
export function describe(name: string, version: string, grants: string[] = []): void {
  itsName = name;
  itsVersion = version;
  itsGrants = grants;
}

/** traits says of a filter whether a block may come out longer or shorter than it went in, and whether it remembers. */
export function traits(changesLength: bool, remembers: bool = false): void {
  changes = changesLength;
  state = remembers;
}

/** serve names the function that is called with a method; messages.ts does it for each point. */
export function serve(method: u32, point: string, f: Handler): void {
  if (handlers[method] === null) points.push(point);
  handlers[method] = f;
}

function description(): i64 {
  begin();
  putText(1, itsName);
  putText(2, itsVersion);
  putInt(3, CONTRACT);
  putText(4, "exit");
  putTexts(5, points);
  putTexts(6, itsGrants);
  putFlag(7, changes);
  putFlag(8, state);
  return reply();
}

/** call is postern_call. */
export function call(method: u32, head: usize, size: usize): i64 {
  if (method == DESCRIBE) return description();
  const f = method < <u32>METHODS ? unchecked(handlers[method]) : null;
  if (f === null) return NOT_IMPLEMENTED;
  another();
  return question.$show(head, head + size) ? f(question) : CANNOT_DECODE;
}
