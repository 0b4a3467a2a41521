// Code generated from the contract by sdk/assemblyscript/generate; DO NOT EDIT.

import { Pairs, Term, TermKind } from "../../assembly/postern";
import {
  AcceptFacts, Call, IdentifyFacts, Hours, Partner, IdentifyChanges, Claim, NegotiateFacts, NegotiateChanges, ResolveFacts, ResolveChanges, TransferRequest, Flow, AuthorizeFacts, OpenFacts, OpenChanges, Target, RestartFacts, RestartChanges, Restart, VerifyFacts, VerifyChanges, File, MessageFacts, MessageChanges, Message, InterruptFacts, InterruptChanges, Interrupt, DoneFacts, DoneChanges, Done, CloseFacts, Close,
} from "../../assembly/messages";

function probeTerms(terms: Term[], name: string): string | null {
  for (let i = 0; i < terms.length; i++) {
    const t = terms[i];
    if (t.name != name) continue;
    if (t.kind == TermKind.Number) return t.number.toString();
    if (t.kind == TermKind.Flag) return t.isSet.toString();
    return t.words.join(",");
  }
  return null;
}

export function probeCall(v: Call, key: string): string | null {
  if (key == "listener") return v.listener;
  if (key == "protocol") return v.protocol;
  if (key == "peer") return v.peer;
  if (key == "sessions") return v.sessions.toString();
  if (key == "running") return v.running.toString();
  return null;
}

export function probeAcceptFacts(v: AcceptFacts, key: string): string | null {
  if (key == "time") return v.time.toString();
  if (key == "session") return v.session;
  if (key.startsWith("call.")) return v.hasCall ? probeCall(v.call, key.substring(5)) : null;
  return null;
}

export function probeHours(v: Hours, key: string): string | null {
  if (key == "days") return v.days.join(",");
  if (key == "from") return v.from;
  if (key == "to") return v.to;
  if (key == "timezone") return v.timezone;
  return null;
}

export function probePartner(v: Partner, key: string): string | null {
  if (key == "id") return v.id;
  if (key == "name") return v.name;
  if (key == "group") return v.group;
  if (key == "template") return v.template.toString();
  if (key == "from") return v.from;
  if (key == "disabled") return v.disabled.toString();
  if (key == "password") return v.password;
  if (key == "local_name") return v.localName;
  if (key == "local_password") return v.localPassword;
  if (key == "keys") return v.keys.join(",");
  if (key == "tls_names") return v.tlsNames.join(",");
  if (key == "require") return v.require.join(",");
  if (key == "protocols") return v.protocols.join(",");
  if (key == "allow_from") return v.allowFrom.join(",");
  if (key.startsWith("hours.")) {
    const rest = key.substring(6);
    const dot = rest.indexOf(".");
    const i = dot > 0 ? <i32>parseInt(rest.substring(0, dot)) : -1;
    const all = v.hours;
    return i >= 0 && i < all.length ? probeHours(all[i], rest.substring(dot + 1)) : null;
  }
  if (key == "max_sessions") return v.maxSessions.toString();
  if (key == "receive") return v.receive.join(",");
  if (key == "send") return v.send.join(",");
  if (key == "messages") return v.messages.toString();
  if (key == "default_flow") return v.defaultFlow;
  if (key.startsWith("labels.")) return v.labels.find(key.substring(7));
  if (key == "manage") return v.manage.join(",");
  if (key == "max_transfers") return v.maxTransfers.toString();
  return null;
}

export function probeIdentifyChanges(v: IdentifyChanges, key: string): string | null {
  if (key.startsWith("partner.")) return v.hasPartner ? probePartner(v.partner, key.substring(8)) : null;
  return null;
}

export function probeClaim(v: Claim, key: string): string | null {
  if (key == "name") return v.name;
  if (key == "called_name") return v.calledName;
  if (key == "secret") return v.secret;
  if (key == "new_secret") return v.newSecret;
  if (key == "method") return v.method;
  if (key == "access") return v.access;
  if (key == "key") return v.key;
  if (key == "cert_names") return v.certNames.join(",");
  if (key == "cert_print") return v.certPrint;
  if (key == "authority") return v.authority;
  if (key == "principals") return v.principals.join(",");
  return null;
}

export function probeIdentifyFacts(v: IdentifyFacts, key: string): string | null {
  if (key == "time") return v.time.toString();
  if (key == "session") return v.session;
  if (key.startsWith("call.")) return v.hasCall ? probeCall(v.call, key.substring(5)) : null;
  if (key.startsWith("claim.")) return v.hasClaim ? probeClaim(v.claim, key.substring(6)) : null;
  if (key.startsWith("partner.")) return v.hasPartner ? probePartner(v.partner, key.substring(8)) : null;
  if (key == "allowed") return v.allowed.toString();
  if (key.startsWith("earlier.")) return probeIdentifyChanges(v.earlier, key.substring(8));
  return null;
}

export function probeNegotiateChanges(v: NegotiateChanges, key: string): string | null {
  if (key.startsWith("terms.")) return probeTerms(v.terms, key.substring(6));
  return null;
}

export function probeNegotiateFacts(v: NegotiateFacts, key: string): string | null {
  if (key == "time") return v.time.toString();
  if (key == "session") return v.session;
  if (key.startsWith("call.")) return v.hasCall ? probeCall(v.call, key.substring(5)) : null;
  if (key.startsWith("claim.")) return v.hasClaim ? probeClaim(v.claim, key.substring(6)) : null;
  if (key.startsWith("partner.")) return v.hasPartner ? probePartner(v.partner, key.substring(8)) : null;
  if (key.startsWith("proposed.")) return probeTerms(v.proposed, key.substring(9));
  if (key.startsWith("terms.")) return probeTerms(v.terms, key.substring(6));
  if (key.startsWith("earlier.")) return probeNegotiateChanges(v.earlier, key.substring(8));
  return null;
}

export function probeResolveChanges(v: ResolveChanges, key: string): string | null {
  if (key == "flow") return v.hasFlow ? v.flow : null;
  if (key.startsWith("path_vars.")) return v.pathVars.find(key.substring(10));
  if (key.startsWith("labels.")) return v.labels.find(key.substring(7));
  if (key == "priority") return v.hasPriority ? v.priority.toString() : null;
  return null;
}

export function probeTransferRequest(v: TransferRequest, key: string): string | null {
  if (key == "action") return v.action;
  if (key == "kind") return v.kind;
  if (key == "file") return v.file;
  if (key == "target") return v.target;
  if (key == "label") return v.label;
  if (key == "type") return v.type.toString();
  if (key == "number") return v.number.toString();
  if (key == "restart") return v.restart.toString();
  if (key == "priority") return v.priority.toString();
  if (key == "origin") return v.origin;
  if (key == "destination") return v.destination;
  if (key == "size") return v.size.toString();
  if (key == "size_unit") return v.sizeUnit.toString();
  if (key.startsWith("terms.")) return probeTerms(v.terms, key.substring(6));
  if (key.startsWith("attributes.")) return v.attributes.find(key.substring(11));
  if (key == "text") return v.text;
  if (key == "reply_wanted") return v.replyWanted.toString();
  if (key == "direction") return v.direction;
  if (key == "held") return v.held;
  return null;
}

export function probeFlow(v: Flow, key: string): string | null {
  if (key == "id") return v.id;
  if (key == "path") return v.path;
  if (key == "backend") return v.backend;
  if (key == "on_exists") return v.onExists;
  if (key == "durability") return v.durability;
  if (key == "publish") return v.publish.toString();
  if (key == "records") return v.records;
  if (key == "delimiter") return v.delimiter;
  if (key == "record_length") return v.recordLength.toString();
  if (key == "fixed") return v.fixed.toString();
  if (key == "digest") return v.digest.toString();
  if (key == "max_size") return v.maxSize.toString();
  if (key == "max_restarts") return v.maxRestarts.toString();
  if (key == "retention") return v.retention.toString();
  if (key == "delete_sent") return v.deleteSent.toString();
  if (key == "compression") return v.compression.join(",");
  return null;
}

export function probeResolveFacts(v: ResolveFacts, key: string): string | null {
  if (key == "time") return v.time.toString();
  if (key == "session") return v.session;
  if (key == "transfer") return v.transfer;
  if (key.startsWith("call.")) return v.hasCall ? probeCall(v.call, key.substring(5)) : null;
  if (key.startsWith("claim.")) return v.hasClaim ? probeClaim(v.claim, key.substring(6)) : null;
  if (key.startsWith("partner.")) return v.hasPartner ? probePartner(v.partner, key.substring(8)) : null;
  if (key.startsWith("proposed.")) return probeTerms(v.proposed, key.substring(9));
  if (key.startsWith("terms.")) return probeTerms(v.terms, key.substring(6));
  if (key.startsWith("request.")) return v.hasRequest ? probeTransferRequest(v.request, key.substring(8)) : null;
  if (key.startsWith("flow.")) return v.hasFlow ? probeFlow(v.flow, key.substring(5)) : null;
  if (key.startsWith("earlier.")) return probeResolveChanges(v.earlier, key.substring(8));
  return null;
}

export function probeAuthorizeFacts(v: AuthorizeFacts, key: string): string | null {
  if (key == "time") return v.time.toString();
  if (key == "session") return v.session;
  if (key == "transfer") return v.transfer;
  if (key.startsWith("call.")) return v.hasCall ? probeCall(v.call, key.substring(5)) : null;
  if (key.startsWith("claim.")) return v.hasClaim ? probeClaim(v.claim, key.substring(6)) : null;
  if (key.startsWith("partner.")) return v.hasPartner ? probePartner(v.partner, key.substring(8)) : null;
  if (key.startsWith("proposed.")) return probeTerms(v.proposed, key.substring(9));
  if (key.startsWith("terms.")) return probeTerms(v.terms, key.substring(6));
  if (key.startsWith("request.")) return v.hasRequest ? probeTransferRequest(v.request, key.substring(8)) : null;
  if (key.startsWith("flow.")) return v.hasFlow ? probeFlow(v.flow, key.substring(5)) : null;
  if (key == "allowed") return v.allowed.toString();
  return null;
}

export function probeOpenChanges(v: OpenChanges, key: string): string | null {
  if (key == "path") return v.hasPath ? v.path : null;
  if (key == "backend") return v.hasBackend ? v.backend : null;
  if (key.startsWith("attributes.")) return v.attributes.find(key.substring(11));
  if (key == "on_exists") return v.hasOnExists ? v.onExists : null;
  return null;
}

export function probeTarget(v: Target, key: string): string | null {
  if (key == "path") return v.path;
  if (key == "backend") return v.backend;
  if (key == "on_exists") return v.onExists;
  if (key.startsWith("attributes.")) return v.attributes.find(key.substring(11));
  if (key == "size") return v.size.toString();
  return null;
}

export function probeOpenFacts(v: OpenFacts, key: string): string | null {
  if (key == "time") return v.time.toString();
  if (key == "session") return v.session;
  if (key == "transfer") return v.transfer;
  if (key.startsWith("call.")) return v.hasCall ? probeCall(v.call, key.substring(5)) : null;
  if (key.startsWith("claim.")) return v.hasClaim ? probeClaim(v.claim, key.substring(6)) : null;
  if (key.startsWith("partner.")) return v.hasPartner ? probePartner(v.partner, key.substring(8)) : null;
  if (key.startsWith("proposed.")) return probeTerms(v.proposed, key.substring(9));
  if (key.startsWith("terms.")) return probeTerms(v.terms, key.substring(6));
  if (key.startsWith("request.")) return v.hasRequest ? probeTransferRequest(v.request, key.substring(8)) : null;
  if (key.startsWith("flow.")) return v.hasFlow ? probeFlow(v.flow, key.substring(5)) : null;
  if (key.startsWith("target.")) return v.hasTarget ? probeTarget(v.target, key.substring(7)) : null;
  if (key.startsWith("earlier.")) return probeOpenChanges(v.earlier, key.substring(8));
  return null;
}

export function probeRestartChanges(v: RestartChanges, key: string): string | null {
  if (key == "force_start") return v.forceStart.toString();
  return null;
}

export function probeRestart(v: Restart, key: string): string | null {
  if (key == "entry") return v.entry;
  if (key == "wanted") return v.wanted.toString();
  if (key == "possible") return v.possible.toString();
  if (key == "offset") return v.offset.toString();
  return null;
}

export function probeRestartFacts(v: RestartFacts, key: string): string | null {
  if (key == "time") return v.time.toString();
  if (key == "session") return v.session;
  if (key == "transfer") return v.transfer;
  if (key.startsWith("call.")) return v.hasCall ? probeCall(v.call, key.substring(5)) : null;
  if (key.startsWith("claim.")) return v.hasClaim ? probeClaim(v.claim, key.substring(6)) : null;
  if (key.startsWith("partner.")) return v.hasPartner ? probePartner(v.partner, key.substring(8)) : null;
  if (key.startsWith("proposed.")) return probeTerms(v.proposed, key.substring(9));
  if (key.startsWith("terms.")) return probeTerms(v.terms, key.substring(6));
  if (key.startsWith("request.")) return v.hasRequest ? probeTransferRequest(v.request, key.substring(8)) : null;
  if (key.startsWith("flow.")) return v.hasFlow ? probeFlow(v.flow, key.substring(5)) : null;
  if (key.startsWith("target.")) return v.hasTarget ? probeTarget(v.target, key.substring(7)) : null;
  if (key.startsWith("restart.")) return v.hasRestart ? probeRestart(v.restart, key.substring(8)) : null;
  if (key.startsWith("earlier.")) return probeRestartChanges(v.earlier, key.substring(8));
  return null;
}

export function probeVerifyChanges(v: VerifyChanges, key: string): string | null {
  if (key == "quarantine") return v.hasQuarantine ? v.quarantine : null;
  return null;
}

export function probeFile(v: File, key: string): string | null {
  if (key == "bytes") return v.bytes.toString();
  if (key == "records") return v.records.toString();
  if (key == "sha256") return v.sha256;
  if (key == "duration") return v.duration.toString();
  return null;
}

export function probeVerifyFacts(v: VerifyFacts, key: string): string | null {
  if (key == "time") return v.time.toString();
  if (key == "session") return v.session;
  if (key == "transfer") return v.transfer;
  if (key.startsWith("call.")) return v.hasCall ? probeCall(v.call, key.substring(5)) : null;
  if (key.startsWith("claim.")) return v.hasClaim ? probeClaim(v.claim, key.substring(6)) : null;
  if (key.startsWith("partner.")) return v.hasPartner ? probePartner(v.partner, key.substring(8)) : null;
  if (key.startsWith("proposed.")) return probeTerms(v.proposed, key.substring(9));
  if (key.startsWith("terms.")) return probeTerms(v.terms, key.substring(6));
  if (key.startsWith("request.")) return v.hasRequest ? probeTransferRequest(v.request, key.substring(8)) : null;
  if (key.startsWith("flow.")) return v.hasFlow ? probeFlow(v.flow, key.substring(5)) : null;
  if (key.startsWith("target.")) return v.hasTarget ? probeTarget(v.target, key.substring(7)) : null;
  if (key.startsWith("file.")) return v.hasFile ? probeFile(v.file, key.substring(5)) : null;
  if (key.startsWith("earlier.")) return probeVerifyChanges(v.earlier, key.substring(8));
  return null;
}

export function probeMessageChanges(v: MessageChanges, key: string): string | null {
  if (key == "reply") return v.hasReply ? v.reply : null;
  return null;
}

export function probeMessage(v: Message, key: string): string | null {
  if (key == "text") return v.text;
  if (key == "reply_wanted") return v.replyWanted.toString();
  return null;
}

export function probeMessageFacts(v: MessageFacts, key: string): string | null {
  if (key == "time") return v.time.toString();
  if (key == "session") return v.session;
  if (key == "transfer") return v.transfer;
  if (key.startsWith("call.")) return v.hasCall ? probeCall(v.call, key.substring(5)) : null;
  if (key.startsWith("claim.")) return v.hasClaim ? probeClaim(v.claim, key.substring(6)) : null;
  if (key.startsWith("partner.")) return v.hasPartner ? probePartner(v.partner, key.substring(8)) : null;
  if (key.startsWith("proposed.")) return probeTerms(v.proposed, key.substring(9));
  if (key.startsWith("terms.")) return probeTerms(v.terms, key.substring(6));
  if (key.startsWith("request.")) return v.hasRequest ? probeTransferRequest(v.request, key.substring(8)) : null;
  if (key.startsWith("message.")) return v.hasMessage ? probeMessage(v.message, key.substring(8)) : null;
  if (key.startsWith("earlier.")) return probeMessageChanges(v.earlier, key.substring(8));
  return null;
}

export function probeInterruptChanges(v: InterruptChanges, key: string): string | null {
  if (key == "keep") return v.hasKeep ? v.keep.toString() : null;
  return null;
}

export function probeInterrupt(v: Interrupt, key: string): string | null {
  if (key == "code") return v.code;
  if (key == "point") return v.point.toString();
  return null;
}

export function probeInterruptFacts(v: InterruptFacts, key: string): string | null {
  if (key == "time") return v.time.toString();
  if (key == "session") return v.session;
  if (key == "transfer") return v.transfer;
  if (key.startsWith("call.")) return v.hasCall ? probeCall(v.call, key.substring(5)) : null;
  if (key.startsWith("claim.")) return v.hasClaim ? probeClaim(v.claim, key.substring(6)) : null;
  if (key.startsWith("partner.")) return v.hasPartner ? probePartner(v.partner, key.substring(8)) : null;
  if (key.startsWith("proposed.")) return probeTerms(v.proposed, key.substring(9));
  if (key.startsWith("terms.")) return probeTerms(v.terms, key.substring(6));
  if (key.startsWith("request.")) return v.hasRequest ? probeTransferRequest(v.request, key.substring(8)) : null;
  if (key.startsWith("flow.")) return v.hasFlow ? probeFlow(v.flow, key.substring(5)) : null;
  if (key.startsWith("target.")) return v.hasTarget ? probeTarget(v.target, key.substring(7)) : null;
  if (key.startsWith("file.")) return v.hasFile ? probeFile(v.file, key.substring(5)) : null;
  if (key.startsWith("interrupt.")) return v.hasInterrupt ? probeInterrupt(v.interrupt, key.substring(10)) : null;
  if (key.startsWith("earlier.")) return probeInterruptChanges(v.earlier, key.substring(8));
  return null;
}

export function probeDoneChanges(v: DoneChanges, key: string): string | null {
  if (key == "follow_up") return v.hasFollowUp ? v.followUp : null;
  if (key == "comment") return v.hasComment ? v.comment : null;
  return null;
}

export function probeDone(v: Done, key: string): string | null {
  if (key == "result") return v.result;
  if (key == "code") return v.code;
  if (key == "attempt") return v.attempt.toString();
  if (key == "event_id") return v.eventId;
  return null;
}

export function probeDoneFacts(v: DoneFacts, key: string): string | null {
  if (key == "time") return v.time.toString();
  if (key == "session") return v.session;
  if (key == "transfer") return v.transfer;
  if (key.startsWith("call.")) return v.hasCall ? probeCall(v.call, key.substring(5)) : null;
  if (key.startsWith("claim.")) return v.hasClaim ? probeClaim(v.claim, key.substring(6)) : null;
  if (key.startsWith("partner.")) return v.hasPartner ? probePartner(v.partner, key.substring(8)) : null;
  if (key.startsWith("proposed.")) return probeTerms(v.proposed, key.substring(9));
  if (key.startsWith("terms.")) return probeTerms(v.terms, key.substring(6));
  if (key.startsWith("request.")) return v.hasRequest ? probeTransferRequest(v.request, key.substring(8)) : null;
  if (key.startsWith("flow.")) return v.hasFlow ? probeFlow(v.flow, key.substring(5)) : null;
  if (key.startsWith("target.")) return v.hasTarget ? probeTarget(v.target, key.substring(7)) : null;
  if (key.startsWith("file.")) return v.hasFile ? probeFile(v.file, key.substring(5)) : null;
  if (key.startsWith("done.")) return v.hasDone ? probeDone(v.done, key.substring(5)) : null;
  if (key.startsWith("earlier.")) return probeDoneChanges(v.earlier, key.substring(8));
  return null;
}

export function probeClose(v: Close, key: string): string | null {
  if (key == "reason") return v.reason;
  if (key == "transfers") return v.transfers.toString();
  return null;
}

export function probeCloseFacts(v: CloseFacts, key: string): string | null {
  if (key == "time") return v.time.toString();
  if (key == "session") return v.session;
  if (key.startsWith("call.")) return v.hasCall ? probeCall(v.call, key.substring(5)) : null;
  if (key.startsWith("claim.")) return v.hasClaim ? probeClaim(v.claim, key.substring(6)) : null;
  if (key.startsWith("partner.")) return v.hasPartner ? probePartner(v.partner, key.substring(8)) : null;
  if (key.startsWith("proposed.")) return probeTerms(v.proposed, key.substring(9));
  if (key.startsWith("terms.")) return probeTerms(v.terms, key.substring(6));
  if (key.startsWith("request.")) return v.hasRequest ? probeTransferRequest(v.request, key.substring(8)) : null;
  if (key.startsWith("close.")) return v.hasClose ? probeClose(v.close, key.substring(6)) : null;
  return null;
}
