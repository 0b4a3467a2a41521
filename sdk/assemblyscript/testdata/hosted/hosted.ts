// An exit that asks the server for what its session fact names, and refuses with the answer as the detail.

import {
  describe, onVerify, VerifyReply, config, fact, now, log, Level, kvGet, kvPut, verifyPassword, Secret, httpRequest, NewPairs, fileSize,
} from "../../assembly/postern";

describe("hosted", "1.0", ["store"]);

function answer(told: string): string {
  const space = told.indexOf(" ");
  const what = told.substring(0, space), rest = told.substring(space + 1);
  if (what == "config") return config(rest) || "(absent)";
  if (what == "fact") return fact(rest) || "(absent)";
  if (what == "now") return now().toString();
  if (what == "size") return fileSize().toString();
  if (what == "password") return verifyPassword(rest).toString() + verifyPassword(rest, Secret.New).toString();
  if (what == "log") log(rest, Level.Warn);
  if (what == "put") kvPut("key", Uint8Array.wrap(String.UTF8.encode(rest)));
  if (what == "get") {
    const v = kvGet(rest);
    return v === null ? "(absent)" : String.UTF8.decode(v.buffer);
  }
  if (what == "http") {
    const r = httpRequest("POST", rest, "text/plain", Uint8Array.wrap(String.UTF8.encode("été")), new NewPairs().set("X-Sent", "yes"));
    return r === null ? "(none)" : r.status.toString() + " " + r.contentType + " " + String.UTF8.decode(r.body.buffer);
  }
  return "";
}

onVerify((f) => VerifyReply.refuse("exit.refused", "", answer(f.session)));

export * from "../../assembly/exports";
