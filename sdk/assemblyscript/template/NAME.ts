// NAME refuses callers outside the hours of its settings: {"from": "06:00", "to": "22:00"}, UTC.

import { describe, onIdentify, IdentifyReply, Again, config } from "./postern/assembly/postern";

describe("NAME", "0.1.0");

/** clock gives a time of day, "06:00", as minutes since midnight. */
function clock(text: string | null, otherwise: i64): i64 {
  if (text === null) return otherwise;
  const parts = text.split(":");
  return <i64>parseInt(parts[0]) * 60 + <i64>parseInt(parts[1]);
}

onIdentify((facts) => {
  const minute = facts.time / 60_000_000_000 % (24 * 60);
  if (minute >= clock(config("from"), 0) && minute < clock(config("to"), 24 * 60)) return IdentifyReply.pass();
  return IdentifyReply.refuse("partner.hours", "come back later", facts.claim.name + " called outside the hours", Again.Yes);
});

export * from "./postern/assembly/exports";
