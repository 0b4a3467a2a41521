// Says where a received file goes: a path made of partner, flow and date, and another backend for large files.

import { describe, onOpen, OpenReply, config } from "../../sdk/assemblyscript/assembly/postern";
import { fill } from "./template";

describe("open-assemblyscript", "1.0.0");

/** route finds the template of a path: the partner's own for the flow, its own for all, everybody's for the flow, everybody's. */
function route(partner: string, flow: string): string | null {
  const who = [partner, "*"];
  for (let i = 0; i < who.length; i++) {
    let found = config("routes." + who[i] + "/" + flow);
    if (found === null) found = config("routes." + who[i] + "/*");
    if (found !== null) return found;
  }
  return null;
}

/** bytes reads a number of bytes; -1 if it is none. i64.parse would read what is no number as 0. */
function bytes(text: string): i64 {
  if (text.length == 0 || text.length > 18) return -1;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c < 48 || c > 57) return -1;
  }
  return i64.parse(text);
}

onOpen((facts) => {
  const reply = OpenReply.pass();
  if (facts.request.direction != "receive") return reply;
  const template = route(facts.partner.id, facts.flow.id);
  if (template !== null) {
    const path = fill(template, facts);
    if (path === null) return OpenReply.refuse("file.name", "", "the route " + template + " names something that nobody knows");
    reply.set.path = path;
    reply.set.onExists = config("on_exists") || facts.target.onExists;
  }
  const large = config("large.from");
  if (large !== null) {
    const from = bytes(large);
    if (from < 0) return OpenReply.refuse("exit.failed", "", "large.from is " + large + ": it must be a number of bytes");
    if (facts.request.size >= from) reply.set.backend = config("large.backend"); // a size that is not known is below
  }
  return reply;
});

export * from "../../sdk/assemblyscript/assembly/exports";
