// Paths with names in braces: "in/{year}/{partner}/{file}".

import { OpenFacts } from "../../sdk/assemblyscript/assembly/postern";

/** fill puts values in place of the names; null if one is not known. */
export function fill(template: string, facts: OpenFacts): string | null {
  let out = "";
  let at = 0;
  for (let from = template.indexOf("{"); from >= 0; from = template.indexOf("{", at)) {
    const to = template.indexOf("}", from);
    if (to < 0) return null;
    const v = value(template.substring(from + 1, to), facts);
    if (v === null) return null;
    out += template.substring(at, from) + clean(v);
    at = to + 1;
  }
  return out + template.substring(at);
}

function value(name: string, facts: OpenFacts): string | null {
  if (name == "partner") return facts.partner.id;
  if (name == "group") return facts.partner.group;
  if (name == "flow") return facts.flow.id;
  if (name == "file") return facts.request.file;
  if (name == "label") return facts.request.label;
  if (name == "transfer") return facts.transfer;
  // The call's own time, so that a decision that is replayed gives the same path.
  const date = new Date(facts.time / 1_000_000);
  if (name == "year") return date.getUTCFullYear().toString();
  if (name == "month") return two(date.getUTCMonth() + 1);
  if (name == "day") return two(date.getUTCDate());
  if (name == "hour") return two(date.getUTCHours());
  return null;
}

function two(n: i32): string { return n.toString().padStart(2, "0"); }

/** clean keeps what a peer has said within one part of a path: letters, digits, and - _ . but no dot in front. */
function clean(text: string): string {
  let out = "";
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    const letter = (c | 32) >= 97 && (c | 32) <= 122;
    const plain = letter || (c >= 48 && c <= 57) || c == 45 || c == 95 || (c == 46 && i > 0);
    out += plain ? text.charAt(i) : "_";
  }
  return out;
}
