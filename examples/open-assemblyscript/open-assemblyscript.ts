// Says where a received file goes: a path made of partner, flow and date, and another backend for large files.

import { describe, onOpen, OpenFacts, OpenReply, config } from "../../sdk/assemblyscript/assembly/postern";
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

/** isLarge says whether the announced size is that of a large file. A size that is not known is no large one. */
function isLarge(facts: OpenFacts): bool {
  const from = config("large.from");
  return from !== null && facts.request.size >= i64.parse(from);
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
  if (isLarge(facts)) reply.set.backend = config("large.backend");
  return reply;
});

export * from "../../sdk/assemblyscript/assembly/exports";
