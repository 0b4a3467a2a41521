// NAME refuses callers outside the hours of its settings: {"from": "06:00", "to": "22:00"}, UTC.

import { describe, onIdentify, IdentifyReply, Again, config } from "./postern/assembly/postern";

describe("NAME", "0.1.0");

/** clock gives a time of day, "06:00" up to "24:00", as minutes since midnight. It throws at anything else: then nobody is let in. */
function clock(text: string | null, otherwise: i64): i64 {
  if (text === null) return otherwise;
  if (text.length != 5 || text.charAt(2) != ":") throw new Error("a time is written 06:00, not " + text);
  let minutes: i64 = 0;
  for (let i = 0; i < 5; i++) {
    const digit = text.charCodeAt(i) - 0x30;
    if (i == 2) continue;
    if (digit < 0 || digit > 9) throw new Error("a time is written 06:00, not " + text);
    minutes += digit * (i == 0 ? 600 : i == 1 ? 60 : i == 3 ? 10 : 1);
  }
  if (text.charCodeAt(3) > 0x35 || minutes > 24 * 60) throw new Error("there is no time " + text);
  return minutes;
}

onIdentify((facts) => {
  const minute = facts.time / 60_000_000_000 % (24 * 60);
  if (minute >= clock(config("from"), 0) && minute < clock(config("to"), 24 * 60)) return IdentifyReply.pass();
  return IdentifyReply.refuse("partner.hours", "come back later", facts.claim.name + " called outside the hours", Again.Yes);
});

export * from "./postern/assembly/exports";
