// An exit that does what its session fact tells it: the suites ask it everything that an exit can be asked.

import {
  describe, fileRead, Again, NewPartner, NewTerm,
  AcceptReply, IdentifyReply, NegotiateReply, ResolveReply, AuthorizeReply, OpenReply, RestartReply, VerifyReply, MessageReply,
  InterruptReply, DoneReply, CloseReply,
  onAccept, onIdentify, onNegotiate, onResolve, onAuthorize, onOpen, onRestart, onVerify, onMessage, onInterrupt, onDone, onClose,
} from "../../assembly/postern";
import {
  probeAcceptFacts, probeIdentifyFacts, probeNegotiateFacts, probeResolveFacts, probeAuthorizeFacts, probeOpenFacts,
  probeRestartFacts, probeVerifyFacts, probeMessageFacts, probeInterruptFacts, probeDoneFacts, probeCloseFacts,
} from "./probe";

describe("reference", "1.0", ["file"]);

const code = "file.name";
const publicText = "not this name";
const detail = "a test wants it so: été";

/** behave does what has no answer of its own at each point; unknown is told of a reply. */
function behave(told: string): i32 {
  if (told == "fail") throw new Error("told to fail");
  if (told == "toomuch") throw new Error("a change that is not in the row cannot be written");
  while (told == "late") {}
  return told == "unknown" ? 99 : 1;
}

/** asked gives the key of a probe, null where the session is none. */
function asked(told: string): string | null { return told.startsWith("probe ") ? told.substring(6) : null; }

function told(value: string | null): string { return value === null ? "(absent)" : value; }

function content(): string {
  const all = new Uint8Array(65536);
  const n = fileRead(0, all);
  return n < 0 ? "(absent)" : String.UTF8.decodeUnsafe(all.dataStart, n);
}

onAccept((f) => {
  const s = f.session;
  const key = asked(s);
  if (key !== null) return AcceptReply.refuse("exit.refused", "", told(probeAcceptFacts(f, key)));
  if (s == "refuse") return AcceptReply.refuse(code, publicText, detail, Again.Yes);
  const r = AcceptReply.pass();
  r.verdict = s == "allow" ? 2 : behave(s);
  return r;
});

onIdentify((f) => {
  const s = f.session;
  const key = asked(s);
  if (key !== null) return IdentifyReply.refuse("exit.refused", "", told(probeIdentifyFacts(f, key)));
  if (s == "refuse") return IdentifyReply.refuse(code, publicText, detail, Again.Yes);
  if (s == "allow") return IdentifyReply.allow();
  const r = IdentifyReply.pass();
  r.verdict = behave(s);
  if (s == "set") {
    const p = new NewPartner();
    p.id = p.name = "SHOP17";
    p.from = "SHOP";
    p.group = "shops";
    p.protocols = ["pesit"];
    p.maxSessions = 2;
    p.receive = ["ORD*"];
    p.send = ["PRICES"];
    p.defaultFlow = "ORDERS";
    p.labels.set("a", "b");
    r.set.partner = p;
  }
  return r;
});

onNegotiate((f) => {
  const s = f.session;
  const key = asked(s);
  if (key !== null) return NegotiateReply.refuse("exit.refused", "", told(probeNegotiateFacts(f, key)));
  if (s == "refuse") return NegotiateReply.refuse(code, publicText, detail, Again.Yes);
  const r = NegotiateReply.pass();
  r.verdict = s == "allow" ? 2 : behave(s);
  if (s == "set") {
    r.set.terms = [NewTerm.number("sync_window", 2), NewTerm.flag("resync", false), NewTerm.words("compression", ["horizontal"])];
  }
  return r;
});

onResolve((f) => {
  const s = f.session;
  const key = asked(s);
  if (key !== null) return ResolveReply.refuse("exit.refused", "", told(probeResolveFacts(f, key)));
  if (s == "refuse") return ResolveReply.refuse(code, publicText, detail, Again.Yes);
  const r = ResolveReply.pass();
  r.verdict = s == "allow" ? 2 : behave(s);
  if (s == "set") {
    r.set.flow = "ORDERS2";
    r.set.pathVars.set("year", "2026");
    r.set.labels.set("été", "hot");
    r.set.priority = 0;
  }
  return r;
});

onAuthorize((f) => {
  const s = f.session;
  const key = asked(s);
  if (key !== null) return AuthorizeReply.refuse("exit.refused", "", told(probeAuthorizeFacts(f, key)));
  if (s == "refuse") return AuthorizeReply.refuse(code, publicText, detail, Again.Yes);
  if (s == "allow") return AuthorizeReply.allow();
  const r = AuthorizeReply.pass();
  r.verdict = behave(s);
  return r;
});

onOpen((f) => {
  const s = f.session;
  const key = asked(s);
  if (key !== null) return OpenReply.refuse("exit.refused", "", key == "content" ? content() : told(probeOpenFacts(f, key)));
  if (s == "refuse") return OpenReply.refuse(code, publicText, detail, Again.Yes);
  const r = OpenReply.pass();
  r.verdict = s == "allow" ? 2 : behave(s);
  if (s == "set") {
    r.set.path = "in/other.txt";
    r.set.backend = "cold";
    r.set.attributes.set("c", "d");
    r.set.onExists = "unique";
  }
  return r;
});

onRestart((f) => {
  const s = f.session;
  const key = asked(s);
  if (key !== null) return RestartReply.refuse("exit.refused", "", told(probeRestartFacts(f, key)));
  if (s == "refuse") return RestartReply.refuse(code, publicText, detail, Again.Yes);
  const r = RestartReply.pass();
  r.verdict = s == "allow" ? 2 : behave(s);
  if (s == "set") r.set.forceStart = true;
  return r;
});

onVerify((f) => {
  const s = f.session;
  const key = asked(s);
  if (key !== null) return VerifyReply.refuse("exit.refused", "", key == "content" ? content() : told(probeVerifyFacts(f, key)));
  if (s == "refuse") return VerifyReply.refuse(code, publicText, detail, Again.Yes);
  const r = VerifyReply.pass();
  r.verdict = s == "allow" ? 2 : behave(s);
  if (s == "set") r.set.quarantine = "bad/orders.txt";
  return r;
});

onMessage((f) => {
  const s = f.session;
  const key = asked(s);
  if (key !== null) return MessageReply.refuse("exit.refused", "", told(probeMessageFacts(f, key)));
  if (s == "refuse") return MessageReply.refuse(code, publicText, detail, Again.Yes);
  const r = MessageReply.pass();
  r.verdict = s == "allow" ? 2 : behave(s);
  if (s == "set") r.set.reply = "thank you";
  return r;
});

onInterrupt((f) => {
  const s = f.session;
  const key = asked(s);
  if (key !== null) return InterruptReply.refuse("exit.refused", "", told(probeInterruptFacts(f, key)));
  if (s == "refuse") return InterruptReply.refuse(code, publicText, detail, Again.Yes);
  const r = InterruptReply.pass();
  r.verdict = s == "allow" ? 2 : behave(s);
  if (s == "set") r.set.keep = false;
  return r;
});

onDone((f) => {
  const s = f.session;
  const key = asked(s);
  if (key !== null) return DoneReply.refuse("exit.refused", "", told(probeDoneFacts(f, key)));
  if (s == "refuse") return DoneReply.refuse(code, publicText, detail, Again.Yes);
  const r = DoneReply.pass();
  r.verdict = s == "allow" ? 2 : behave(s);
  if (s == "set") {
    r.set.followUp = "hold";
    r.set.comment = "seen";
  }
  return r;
});

onClose((f) => {
  const s = f.session;
  const key = asked(s);
  if (key !== null) return CloseReply.refuse("exit.refused", "", told(probeCloseFacts(f, key)));
  if (s == "refuse") return CloseReply.refuse(code, publicText, detail, Again.Yes);
  const r = CloseReply.pass();
  r.verdict = s == "allow" ? 2 : behave(s);
  return r;
});

export * from "../../assembly/exports";
