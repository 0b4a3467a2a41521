import { describe, onAuthorize, AuthorizeReply, config } from "../../../../sdk/assemblyscript/assembly/postern";

describe("large", "1.0");

onAuthorize((facts) => {
  const setting = config("largest");
  const largest = setting == null ? 0 : I64.parseInt(setting);
  if (largest <= 0) throw new Error("largest is no number");
  if (facts.request.size > largest && facts.partner.labels.get("tier") != "gold") {
    return AuthorizeReply.refuse("file.size", "", "too large for " + facts.partner.id);
  }
  return AuthorizeReply.pass();
});

export * from "../../../../sdk/assemblyscript/assembly/exports";
