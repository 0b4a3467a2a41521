// An exit that reads 18 facts and changes 4 things: what a decision costs.

import { describe, onOpen, OpenReply } from "../../assembly/postern";

describe("decision", "1.0");

onOpen((f) => {
  const call = f.call, claim = f.claim, partner = f.partner, request = f.request, flow = f.flow, target = f.target;
  let n = f.time + call.sessions + call.running + request.size + request.number + request.priority + request.type;
  n += call.listener.length + call.peer.length + claim.name.length + partner.id.length + request.action.length;
  n += request.file.length + request.label.length + request.origin.length + flow.id.length + target.path.length + target.backend.length;
  if (n < 0) return OpenReply.refuse("file.name");
  const r = OpenReply.pass();
  r.set.path = "in/" + request.file;
  r.set.backend = "cold";
  r.set.onExists = "unique";
  r.set.attributes.set("partner", partner.id);
  return r;
});

export * from "../../assembly/exports";
