// A filter that does what its session fact tells it.

import { describe, traits, onFilter, onBlock, onState, FilterReply, Again, Block } from "../../assembly/postern";

describe("reference-filter", "1.0");
traits(true, true);

let told = "";
let blocks = 0;
let seen: i64 = 0;
let sum: u8 = 0;

/** What is to come out still: bytes from..to of held. */
let held = new Uint8Array(0);
let from = 0;
let to = 0;

function hold(data: usize, n: i32): void {
  if (to + n > held.length) {
    const larger = new Uint8Array((to - from + n) * 2);
    memory.copy(larger.dataStart, held.dataStart + from, to - from);
    held = larger;
    to -= from;
    from = 0;
  }
  memory.copy(held.dataStart + to, data, n);
  to += n;
}

/** say puts at most so many bytes of what is held into the block. */
function say(block: Block, most: i32): void {
  const n = min(min(most, block.capacity), to - from);
  memory.copy(block.data, held.dataStart + from, n);
  from += n;
  block.length = n;
  block.more = from < to;
}

function times(block: Block, n: i32): void {
  for (let i = 0; i < block.length; i++) {
    for (let k = 0; k < n; k++) hold(block.data + i, 1);
  }
}

onFilter((f) => {
  told = f.session;
  if (told == "refuse") return FilterReply.refuse("file.name", "not this name", "a test wants it so: été", Again.Yes);
  if (told == "fail") throw new Error("told to fail");
  return FilterReply.pass();
});

onBlock((block) => {
  blocks++;
  seen += block.length;
  if (told == "invert") {
    for (let i = 0; i < block.length; i++) block[i] = ~block[i];
  } else if (told == "sum") {
    for (let i = 0; i < block.length; i++) block[i] = sum += block[i];
  } else if (told == "double") {
    times(block, 2);
    say(block, block.capacity);
  } else if (told == "repeat") {
    times(block, 3);
    say(block, 4);
  } else if (told == "hold") {
    hold(block.data, block.length);
    block.length = 0;
    if (block.last) say(block, block.capacity);
  } else if (told == "cut" && seen >= 5) {
    block.length -= <i32>(seen - 5);
    block.end = true;
  } else if (told == "reject" && blocks > 1) {
    block.rejected = true;
  } else if (told == "faillater" && blocks > 1) {
    throw new Error("told to fail");
  }
});

onState(
  () => {
    const s = new Uint8Array(1);
    s[0] = sum;
    return s;
  },
  (s) => { sum = s[0]; },
);

export * from "../../assembly/remembering";
