// Code generated from the contract by sdk/assemblyscript/generate; DO NOT EDIT.
//
// Views show the request: nothing is decoded before it is asked for, so keep what you use twice. A view is good until the
// function returns. New… and …Set are written into the reply.

import { View, Pairs } from "./read";
import { putInt, putFlag, putText, putTexts, NewPairs, open, close, reply } from "./write";
import { Reply, Again } from "./reply";
import { serve } from "./serve";

/** Call is known from the first moment. */
@final
export class Call extends View {
  constructor() { super(5); }
  get listener(): string { return this.$text(1); }
  get protocol(): string { return this.$text(2); }
  /** The caller's address and port: "192.0.2.1:40001", "[2001:db8::1]:40001". */
  get peer(): string { return this.$text(3); }
  /** Sessions of the server, this one counted. */
  get sessions(): i64 { return this.$int(4); }
  /** Transfers that run in the server. */
  get running(): i64 { return this.$int(5); }
}

/** AcceptFacts is what is known when a connection was accepted and the limits have room. */
@final
export class AcceptFacts extends View {
  private question: View | null = null;
  constructor() { super(4); }

  /** about is called by the SDK. */
  about(question: View): AcceptFacts {
    this.question = question;
    return question.$inner(1, this);
  }

  /** Nanoseconds since 1970, UTC. */
  get time(): i64 { return this.$span(1); }
  get session(): string { return this.$text(2); }
  get call(): Call { return this.$inner(4, this.call_); }
  private call_: Call = new Call();
  get hasCall(): bool { return this.$has(4); }
}

/** AcceptReply is the verdict at accept. */
@final
export class AcceptReply extends Reply {
  /** pass has no opinion; changes count all the same. */
  static pass(): AcceptReply { return new AcceptReply(); }
  /** refuse says no: with a code of the closed list, a sentence for the peer, and what only the log and the catalog see. */
  static refuse(code: string, publicText: string = "", detail: string = "", again: Again = Again.AsCode): AcceptReply {
    const r = new AcceptReply();
    r.no(code, publicText, detail, again);
    return r;
  }

  /** write is called by the SDK. */
  write(): i64 {
    this.head();
    return reply();
  }
}

let itsAccept: ((facts: AcceptFacts) => AcceptReply) | null = null;
let theAcceptFacts: AcceptFacts | null = null;

/** onAccept names the function that answers at accept: when a connection was accepted and the limits have room. */
export function onAccept(f: (facts: AcceptFacts) => AcceptReply): void {
  itsAccept = f;
  theAcceptFacts = new AcceptFacts();
  serve(16, "accept", askAccept);
}

function askAccept(question: View): i64 { return itsAccept!(theAcceptFacts!.about(question)).write(); }

/** Claim is who the caller says it is, and what a transport has verified of it. */
@final
export class Claim extends View {
  constructor() { super(11); }
  /** As it came: PeSIT PI 3. */
  get name(): string { return this.$text(1); }
  /** Whom it believes to have called: PeSIT PI 4. */
  get calledName(): string { return this.$text(2); }
  /** What it gave as its password, if the exit was granted it. */
  get secret(): string { return this.$text(3); }
  /** The password it wants from now on, if the exit was granted it. */
  get newSecret(): string { return this.$text(4); }
  /** password, key, certificate or none. */
  get method(): string { return this.$text(5); }
  /** write, read or mixed, as the caller wants it. */
  get access(): string { return this.$text(6); }
  /** The fingerprint of a verified key; of a certificate that of the key which it certifies. */
  get key(): string { return this.$text(7); }
  /** The names of a verified client certificate. */
  get certNames(): string[] { return this.$texts(8); }
  /** SHA-256 of that certificate, hexadecimal. */
  get certPrint(): string { return this.$text(9); }
  /** The fingerprint of the key that signed the caller's SSH certificate. Anybody can sign one: whether the authority is  trusted is the identify point's question. */
  get authority(): string { return this.$text(10); }
  /** The names that the SSH certificate is for. */
  get principals(): string[] { return this.$texts(11); }
}

/** Hours is a weekly span of time. */
@final
export class Hours extends View {
  constructor() { super(4); }
  /** mon to sun; none: every day. */
  get days(): string[] { return this.$texts(1); }
  /** Local times: "06:00", "22:30:15". From is inside, to is outside; from after to goes past midnight. */
  get from(): string { return this.$text(2); }
  get to(): string { return this.$text(3); }
  /** Of the time zone database; empty: UTC. */
  get timezone(): string { return this.$text(4); }
}

/** Partner is who may call: a record of the configuration, or one that an exit made up from a template. In a reply an  empty field means "as the record or the template has it"; a list that is meant to be empty is named in clear. */
@final
export class Partner extends View {
  constructor() { super(24); }
  /** The name it is known by here. */
  get id(): string { return this.$text(1); }
  /** The name it calls with. */
  get name(): string { return this.$text(2); }
  get group(): string { return this.$text(3); }
  get template(): bool { return this.$flag(4); }
  /** The template that a made-up partner was made from. */
  get from(): string { return this.$text(5); }
  get disabled(): bool { return this.$flag(6); }
  /** An argon2id or bcrypt hash, if the exit was granted stored secrets; in a reply, of a made-up partner. */
  get password(): string { return this.$text(7); }
  /** Who we say we are to it, and how we prove it. */
  get localName(): string { return this.$text(8); }
  get localPassword(): string { return this.$text(9); }
  /** Lines of authorized_keys. */
  get keys(): string[] { return this.$texts(10); }
  /** Names one of which its client certificate must bear. */
  get tlsNames(): string[] { return this.$texts(11); }
  /** key, password, certificate: all of them are needed. */
  get require(): string[] { return this.$texts(12); }
  get protocols(): string[] { return this.$texts(13); }
  /** Networks it may call from: "192.0.2.0/24". */
  get allowFrom(): string[] { return this.$texts(14); }
  get hours(): Hours[] { return this.$list<Hours>(15); }
  /** At once; 0: no limit of its own. */
  get maxSessions(): i64 { return this.$int(16); }
  /** Flows that are taken from it, and flows that it may fetch; masks are allowed. */
  get receive(): string[] { return this.$texts(17); }
  get send(): string[] { return this.$texts(18); }
  get messages(): bool { return this.$flag(19); }
  get defaultFlow(): string { return this.$text(20); }
  get labels(): Pairs { return new Pairs(this, 21); }
  /** Names of the lists above that are meant to be empty. */
  get clear(): string[] { return this.$texts(22); }
  /** rename, remove and mkdir, in the flows it may use. */
  get manage(): string[] { return this.$texts(23); }
  /** At once, over all its sessions; 0: no limit of its own. */
  get maxTransfers(): i64 { return this.$int(24); }
}

/** IdentifyChanges is what may be changed at identify. A field that is not set is left alone. */
@final
export class IdentifyChanges extends View {
  constructor() { super(1); }
  get partner(): Partner { return this.$inner(1, this.partner_); }
  private partner_: Partner = new Partner();
  get hasPartner(): bool { return this.$has(1); }
}

/** NewHours is to be written into a reply. */
@final
export class NewHours {
  /** mon to sun; none: every day. */
  days: string[] | null = null;
  /** Local times: "06:00", "22:30:15". From is inside, to is outside; from after to goes past midnight. */
  from: string = "";
  to: string = "";
  /** Of the time zone database; empty: UTC. */
  timezone: string = "";

  /** write is called by the SDK. */
  write(): void {
    const days = this.days;
    if (days !== null) putTexts(1, days);
    putText(2, this.from);
    putText(3, this.to);
    putText(4, this.timezone);
  }
}

/** NewPartner is to be written into a reply. A list that is null is left as the record or the template has it; one that is empty is meant to be. */
@final
export class NewPartner {
  /** The name it is known by here. */
  id: string = "";
  /** The name it calls with. */
  name: string = "";
  group: string = "";
  template: bool = false;
  /** The template that a made-up partner was made from. */
  from: string = "";
  disabled: bool = false;
  /** An argon2id or bcrypt hash, if the exit was granted stored secrets; in a reply, of a made-up partner. */
  password: string = "";
  /** Who we say we are to it, and how we prove it. */
  localName: string = "";
  localPassword: string = "";
  /** Lines of authorized_keys. */
  keys: string[] | null = null;
  /** Names one of which its client certificate must bear. */
  tlsNames: string[] | null = null;
  /** key, password, certificate: all of them are needed. */
  require: string[] | null = null;
  protocols: string[] | null = null;
  /** Networks it may call from: "192.0.2.0/24". */
  allowFrom: string[] | null = null;
  hours: NewHours[] | null = null;
  /** At once; 0: no limit of its own. */
  maxSessions: i64 = 0;
  /** Flows that are taken from it, and flows that it may fetch; masks are allowed. */
  receive: string[] | null = null;
  send: string[] | null = null;
  messages: bool = false;
  defaultFlow: string = "";
  get labels(): NewPairs {
    let p = this.labels_;
    if (p === null) this.labels_ = p = new NewPairs();
    return p;
  }
  private labels_: NewPairs | null = null;
  /** rename, remove and mkdir, in the flows it may use. */
  manage: string[] | null = null;
  /** At once, over all its sessions; 0: no limit of its own. */
  maxTransfers: i64 = 0;

  /** write is called by the SDK. */
  write(): void {
    putText(1, this.id);
    putText(2, this.name);
    putText(3, this.group);
    putFlag(4, this.template);
    putText(5, this.from);
    putFlag(6, this.disabled);
    putText(7, this.password);
    putText(8, this.localName);
    putText(9, this.localPassword);
    const keys = this.keys;
    if (keys !== null) putTexts(10, keys);
    const tlsNames = this.tlsNames;
    if (tlsNames !== null) putTexts(11, tlsNames);
    const require = this.require;
    if (require !== null) putTexts(12, require);
    const protocols = this.protocols;
    if (protocols !== null) putTexts(13, protocols);
    const allowFrom = this.allowFrom;
    if (allowFrom !== null) putTexts(14, allowFrom);
    const hours = this.hours;
    if (hours !== null) {
      for (let i = 0; i < hours.length; i++) {
        const at = open(15);
        hours[i].write();
        close(at);
      }
    }
    putInt(16, this.maxSessions);
    const receive = this.receive;
    if (receive !== null) putTexts(17, receive);
    const send = this.send;
    if (send !== null) putTexts(18, send);
    putFlag(19, this.messages);
    putText(20, this.defaultFlow);
    const labels = this.labels_;
    if (labels !== null) labels.write(21);
    if (keys !== null && keys.length == 0) putText(22, "keys");
    if (tlsNames !== null && tlsNames.length == 0) putText(22, "tls_names");
    if (require !== null && require.length == 0) putText(22, "require");
    if (protocols !== null && protocols.length == 0) putText(22, "protocols");
    if (allowFrom !== null && allowFrom.length == 0) putText(22, "allow_from");
    if (hours !== null && hours.length == 0) putText(22, "hours");
    if (receive !== null && receive.length == 0) putText(22, "receive");
    if (send !== null && send.length == 0) putText(22, "send");
    const noManage = this.manage;
    if (noManage !== null && noManage.length == 0) putText(22, "manage");
    const manage = this.manage;
    if (manage !== null) putTexts(23, manage);
    putInt(24, this.maxTransfers);
  }
}

/** IdentifySet is what to change at identify; what is not set is left alone. */
@final
export class IdentifySet {
  partner: NewPartner | null = null;

  /** write is called by the SDK. */
  write(): void {
    const partner = this.partner;
    if (partner !== null) {
      const at = open(1);
      partner.write();
      close(at);
    }
  }
}

/** IdentifyFacts is what is known when a caller has said who it is; once per protocol session, before any catalog entry. */
@final
export class IdentifyFacts extends View {
  private question: View | null = null;
  constructor() { super(6); }

  /** about is called by the SDK. */
  about(question: View): IdentifyFacts {
    this.question = question;
    return question.$inner(1, this);
  }

  /** Nanoseconds since 1970, UTC. */
  get time(): i64 { return this.$span(1); }
  get session(): string { return this.$text(2); }
  get call(): Call { return this.$inner(4, this.call_); }
  private call_: Call = new Call();
  get hasCall(): bool { return this.$has(4); }
  get claim(): Claim { return this.$inner(5, this.claim_); }
  private claim_: Claim = new Claim();
  get hasClaim(): bool { return this.$has(5); }
  get partner(): Partner { return this.$inner(6, this.partner_); }
  private partner_: Partner = new Partner();
  get hasPartner(): bool { return this.$has(6); }
  /** An exit asked earlier at this point has allowed. */
  get allowed(): bool { return this.question!.$flag(3); }
  /** What the exits asked earlier at this point have changed. */
  get earlier(): IdentifyChanges { return this.question!.$inner(4, this.earlier_); }
  private earlier_: IdentifyChanges = new IdentifyChanges();
}

/** IdentifyReply is the verdict at identify. */
@final
export class IdentifyReply extends Reply {
  /** pass has no opinion; changes count all the same. */
  static pass(): IdentifyReply { return new IdentifyReply(); }
  /** allow answers the point's question with yes. */
  static allow(): IdentifyReply {
    const r = new IdentifyReply();
    r.yes();
    return r;
  }
  /** refuse says no: with a code of the closed list, a sentence for the peer, and what only the log and the catalog see. */
  static refuse(code: string, publicText: string = "", detail: string = "", again: Again = Again.AsCode): IdentifyReply {
    const r = new IdentifyReply();
    r.no(code, publicText, detail, again);
    return r;
  }

  private changes: IdentifySet | null = null;
  /** What to change. */
  get set(): IdentifySet {
    let s = this.changes;
    if (s === null) this.changes = s = new IdentifySet();
    return s;
  }

  /** write is called by the SDK. */
  write(): i64 {
    this.head();
    const set = this.changes;
    if (set !== null) {
      const at = open(6);
      set.write();
      close(at);
    }
    return reply();
  }
}

let itsIdentify: ((facts: IdentifyFacts) => IdentifyReply) | null = null;
let theIdentifyFacts: IdentifyFacts | null = null;

/** onIdentify names the function that answers at identify: when a caller has said who it is; once per protocol session, before any catalog entry. */
export function onIdentify(f: (facts: IdentifyFacts) => IdentifyReply): void {
  itsIdentify = f;
  theIdentifyFacts = new IdentifyFacts();
  serve(17, "identify", askIdentify);
}

function askIdentify(question: View): i64 { return itsIdentify!(theIdentifyFacts!.about(question)).write(); }

/** Words is a set of words. */
@final
export class Words extends View {
  constructor() { super(1); }
  get words(): string[] { return this.$texts(1); }
}

/** What kind of value a term has. */
export enum TermKind { None, Number, Flag, Words }

/** Term is one negotiable value of a protocol. */
@final
export class Term extends View {
  constructor() { super(4); }
  get name(): string { return this.$text(1); }
  get kind(): TermKind {
    if (this.$has(2)) return TermKind.Number;
    if (this.$has(3)) return TermKind.Flag;
    return this.$has(4) ? TermKind.Words : TermKind.None;
  }
  get number(): i64 { return this.$int(2); }
  get isSet(): bool { return this.$flag(3); }
  /** The words of a set. */
  get words(): string[] { return this.$inner(4, new Words()).words; }
}

/** findTerm looks a term up by its name; null if there is none. */
export function findTerm(terms: Term[], name: string): Term | null {
  for (let i = 0; i < terms.length; i++) {
    if (terms[i].name == name) return terms[i];
  }
  return null;
}

/** NegotiateChanges is what may be changed at negotiate. A field that is not set is left alone. */
@final
export class NegotiateChanges extends View {
  constructor() { super(2); }
  get terms(): Term[] { return this.$list<Term>(2); }
}

/** NewWords is to be written into a reply. */
@final
export class NewWords {
  words: string[] | null = null;

  /** write is called by the SDK. */
  write(): void {
    const words = this.words;
    if (words !== null) putTexts(1, words);
  }
}

/** NewTerm is to be written into a reply. */
@final
export class NewTerm {
  private constructor(private name: string, private kind: TermKind, private value: i64, private list: string[]) {}
  static number(name: string, v: i64): NewTerm { return new NewTerm(name, TermKind.Number, v, []); }
  static flag(name: string, v: bool): NewTerm { return new NewTerm(name, TermKind.Flag, v ? 1 : 0, []); }
  static words(name: string, v: string[]): NewTerm { return new NewTerm(name, TermKind.Words, 0, v); }

  /** write is called by the SDK. */
  write(): void {
    putText(1, this.name);
    if (this.kind == TermKind.Words) {
      const at = open(4);
      putTexts(1, this.list);
      close(at);
    } else {
      putInt(this.kind == TermKind.Number ? 2 : 3, this.value, true);
    }
  }
}

/** NegotiateSet is what to change at negotiate; what is not set is left alone. */
@final
export class NegotiateSet {
  terms: NewTerm[] | null = null;

  /** write is called by the SDK. */
  write(): void {
    const terms = this.terms;
    if (terms !== null) {
      for (let i = 0; i < terms.length; i++) {
        const at = open(2);
        terms[i].write();
        close(at);
      }
    }
  }
}

/** NegotiateFacts is what is known when the caller has proposed its terms. */
@final
export class NegotiateFacts extends View {
  private question: View | null = null;
  constructor() { super(8); }

  /** about is called by the SDK. */
  about(question: View): NegotiateFacts {
    this.question = question;
    return question.$inner(1, this);
  }

  /** Nanoseconds since 1970, UTC. */
  get time(): i64 { return this.$span(1); }
  get session(): string { return this.$text(2); }
  get call(): Call { return this.$inner(4, this.call_); }
  private call_: Call = new Call();
  get hasCall(): bool { return this.$has(4); }
  get claim(): Claim { return this.$inner(5, this.claim_); }
  private claim_: Claim = new Claim();
  get hasClaim(): bool { return this.$has(5); }
  get partner(): Partner { return this.$inner(6, this.partner_); }
  private partner_: Partner = new Partner();
  get hasPartner(): bool { return this.$has(6); }
  get proposed(): Term[] { return this.$list<Term>(7); }
  get terms(): Term[] { return this.$list<Term>(8); }
  /** What the exits asked earlier at this point have changed. */
  get earlier(): NegotiateChanges { return this.question!.$inner(4, this.earlier_); }
  private earlier_: NegotiateChanges = new NegotiateChanges();
}

/** NegotiateReply is the verdict at negotiate. */
@final
export class NegotiateReply extends Reply {
  /** pass has no opinion; changes count all the same. */
  static pass(): NegotiateReply { return new NegotiateReply(); }
  /** refuse says no: with a code of the closed list, a sentence for the peer, and what only the log and the catalog see. */
  static refuse(code: string, publicText: string = "", detail: string = "", again: Again = Again.AsCode): NegotiateReply {
    const r = new NegotiateReply();
    r.no(code, publicText, detail, again);
    return r;
  }

  private changes: NegotiateSet | null = null;
  /** What to change. */
  get set(): NegotiateSet {
    let s = this.changes;
    if (s === null) this.changes = s = new NegotiateSet();
    return s;
  }

  /** write is called by the SDK. */
  write(): i64 {
    this.head();
    const set = this.changes;
    if (set !== null) {
      const at = open(6);
      set.write();
      close(at);
    }
    return reply();
  }
}

let itsNegotiate: ((facts: NegotiateFacts) => NegotiateReply) | null = null;
let theNegotiateFacts: NegotiateFacts | null = null;

/** onNegotiate names the function that answers at negotiate: when the caller has proposed its terms. */
export function onNegotiate(f: (facts: NegotiateFacts) => NegotiateReply): void {
  itsNegotiate = f;
  theNegotiateFacts = new NegotiateFacts();
  serve(18, "negotiate", askNegotiate);
}

function askNegotiate(question: View): i64 { return itsNegotiate!(theNegotiateFacts!.about(question)).write(); }

/** TransferRequest is what the peer asks for. */
@final
export class TransferRequest extends View {
  constructor() { super(19); }
  /** create, read, message, list, stat, setstat, statvfs, rename, remove or mkdir. */
  get action(): string { return this.$text(1); }
  /** file, message or acknowledgement. */
  get kind(): string { return this.$text(2); }
  /** As it came: PeSIT PI 12. May hold masks in a read. */
  get file(): string { return this.$text(3); }
  get target(): string { return this.$text(4); }
  /** PeSIT PI 37. */
  get label(): string { return this.$text(5); }
  /** PeSIT PI 11. */
  get type(): i64 { return this.$int(6); }
  /** PeSIT PI 13; 0: the server assigns one. */
  get number(): i64 { return this.$int(7); }
  get restart(): bool { return this.$flag(8); }
  /** 0 urgent, 1 normal, 2 low. */
  get priority(): i64 { return this.$int(9); }
  /** PeSIT PI 61 and 62. */
  get origin(): string { return this.$text(10); }
  get destination(): string { return this.$text(11); }
  /** As announced, bytes; -1: unknown. */
  get size(): i64 { return this.$int(12); }
  /** The announcement was rounded up to this, bytes. */
  get sizeUnit(): i64 { return this.$int(13); }
  get terms(): Term[] { return this.$list<Term>(14); }
  get attributes(): Pairs { return new Pairs(this, 15); }
  get text(): string { return this.$text(16); }
  get replyWanted(): bool { return this.$flag(17); }
  /** receive or send, seen from this server. */
  get direction(): string { return this.$text(18); }
  /** The entry that the request would release or restart. */
  get held(): string { return this.$text(19); }
}

/** Flow is a kind of file that partners exchange. */
@final
export class Flow extends View {
  constructor() { super(17); }
  get id(): string { return this.$text(1); }
  /** The template of its path. */
  get path(): string { return this.$text(2); }
  get backend(): string { return this.$text(3); }
  /** fail, replace or unique. */
  get onExists(): string { return this.$text(4); }
  /** sync, close or none. */
  get durability(): string { return this.$text(5); }
  get publish(): bool { return this.$flag(6); }
  /** stream, lines or prefixed. */
  get records(): string { return this.$text(7); }
  get delimiter(): string { return this.$text(8); }
  get recordLength(): i64 { return this.$int(9); }
  get fixed(): bool { return this.$flag(10); }
  get digest(): bool { return this.$flag(11); }
  /** Bytes; 0: no limit. */
  get maxSize(): i64 { return this.$int(12); }
  get maxRestarts(): i64 { return this.$int(13); }
  /** Nanoseconds. */
  get retention(): i64 { return this.$span(14); }
  get deleteSent(): bool { return this.$flag(15); }
  get compression(): string[] { return this.$texts(16); }
  /** Names of the lists above that are meant to be empty. */
  get clear(): string[] { return this.$texts(17); }
}

/** ResolveChanges is what may be changed at resolve. A field that is not set is left alone. */
@final
export class ResolveChanges extends View {
  constructor() { super(6); }
  get flow(): string { return this.$text(3); }
  get hasFlow(): bool { return this.$has(3); }
  get pathVars(): Pairs { return new Pairs(this, 4); }
  get labels(): Pairs { return new Pairs(this, 5); }
  get priority(): i64 { return this.$int(6); }
  get hasPriority(): bool { return this.$has(6); }
}

/** ResolveSet is what to change at resolve; what is not set is left alone. */
@final
export class ResolveSet {
  flow: string | null = null;
  get pathVars(): NewPairs {
    let p = this.pathVars_;
    if (p === null) this.pathVars_ = p = new NewPairs();
    return p;
  }
  private pathVars_: NewPairs | null = null;
  get labels(): NewPairs {
    let p = this.labels_;
    if (p === null) this.labels_ = p = new NewPairs();
    return p;
  }
  private labels_: NewPairs | null = null;
  set priority(v: i64) { this.priority_ = v; this.hasPriority_ = true; }
  get priority(): i64 { return this.priority_; }
  private priority_: i64 = 0;
  private hasPriority_: bool = false;

  /** write is called by the SDK. */
  write(): void {
    const flow = this.flow;
    if (flow !== null) putText(3, flow, true);
    const pathVars = this.pathVars_;
    if (pathVars !== null) pathVars.write(4);
    const labels = this.labels_;
    if (labels !== null) labels.write(5);
    if (this.hasPriority_) putInt(6, this.priority_, true);
  }
}

/** ResolveFacts is what is known when a request has come, a restart too. */
@final
export class ResolveFacts extends View {
  private question: View | null = null;
  constructor() { super(10); }

  /** about is called by the SDK. */
  about(question: View): ResolveFacts {
    this.question = question;
    return question.$inner(1, this);
  }

  /** Nanoseconds since 1970, UTC. */
  get time(): i64 { return this.$span(1); }
  get session(): string { return this.$text(2); }
  get transfer(): string { return this.$text(3); }
  get call(): Call { return this.$inner(4, this.call_); }
  private call_: Call = new Call();
  get hasCall(): bool { return this.$has(4); }
  get claim(): Claim { return this.$inner(5, this.claim_); }
  private claim_: Claim = new Claim();
  get hasClaim(): bool { return this.$has(5); }
  get partner(): Partner { return this.$inner(6, this.partner_); }
  private partner_: Partner = new Partner();
  get hasPartner(): bool { return this.$has(6); }
  get proposed(): Term[] { return this.$list<Term>(7); }
  get terms(): Term[] { return this.$list<Term>(8); }
  get request(): TransferRequest { return this.$inner(9, this.request_); }
  private request_: TransferRequest = new TransferRequest();
  get hasRequest(): bool { return this.$has(9); }
  get flow(): Flow { return this.$inner(10, this.flow_); }
  private flow_: Flow = new Flow();
  get hasFlow(): bool { return this.$has(10); }
  /** What the exits asked earlier at this point have changed. */
  get earlier(): ResolveChanges { return this.question!.$inner(4, this.earlier_); }
  private earlier_: ResolveChanges = new ResolveChanges();
}

/** ResolveReply is the verdict at resolve. */
@final
export class ResolveReply extends Reply {
  /** pass has no opinion; changes count all the same. */
  static pass(): ResolveReply { return new ResolveReply(); }
  /** refuse says no: with a code of the closed list, a sentence for the peer, and what only the log and the catalog see. */
  static refuse(code: string, publicText: string = "", detail: string = "", again: Again = Again.AsCode): ResolveReply {
    const r = new ResolveReply();
    r.no(code, publicText, detail, again);
    return r;
  }

  private changes: ResolveSet | null = null;
  /** What to change. */
  get set(): ResolveSet {
    let s = this.changes;
    if (s === null) this.changes = s = new ResolveSet();
    return s;
  }

  /** write is called by the SDK. */
  write(): i64 {
    this.head();
    const set = this.changes;
    if (set !== null) {
      const at = open(6);
      set.write();
      close(at);
    }
    return reply();
  }
}

let itsResolve: ((facts: ResolveFacts) => ResolveReply) | null = null;
let theResolveFacts: ResolveFacts | null = null;

/** onResolve names the function that answers at resolve: when a request has come, a restart too. */
export function onResolve(f: (facts: ResolveFacts) => ResolveReply): void {
  itsResolve = f;
  theResolveFacts = new ResolveFacts();
  serve(19, "resolve", askResolve);
}

function askResolve(question: View): i64 { return itsResolve!(theResolveFacts!.about(question)).write(); }

/** AuthorizeFacts is what is known when the flow of the request is known. */
@final
export class AuthorizeFacts extends View {
  private question: View | null = null;
  constructor() { super(10); }

  /** about is called by the SDK. */
  about(question: View): AuthorizeFacts {
    this.question = question;
    return question.$inner(1, this);
  }

  /** Nanoseconds since 1970, UTC. */
  get time(): i64 { return this.$span(1); }
  get session(): string { return this.$text(2); }
  get transfer(): string { return this.$text(3); }
  get call(): Call { return this.$inner(4, this.call_); }
  private call_: Call = new Call();
  get hasCall(): bool { return this.$has(4); }
  get claim(): Claim { return this.$inner(5, this.claim_); }
  private claim_: Claim = new Claim();
  get hasClaim(): bool { return this.$has(5); }
  get partner(): Partner { return this.$inner(6, this.partner_); }
  private partner_: Partner = new Partner();
  get hasPartner(): bool { return this.$has(6); }
  get proposed(): Term[] { return this.$list<Term>(7); }
  get terms(): Term[] { return this.$list<Term>(8); }
  get request(): TransferRequest { return this.$inner(9, this.request_); }
  private request_: TransferRequest = new TransferRequest();
  get hasRequest(): bool { return this.$has(9); }
  get flow(): Flow { return this.$inner(10, this.flow_); }
  private flow_: Flow = new Flow();
  get hasFlow(): bool { return this.$has(10); }
  /** An exit asked earlier at this point has allowed. */
  get allowed(): bool { return this.question!.$flag(3); }
}

/** AuthorizeReply is the verdict at authorize. */
@final
export class AuthorizeReply extends Reply {
  /** pass has no opinion; changes count all the same. */
  static pass(): AuthorizeReply { return new AuthorizeReply(); }
  /** allow answers the point's question with yes. */
  static allow(): AuthorizeReply {
    const r = new AuthorizeReply();
    r.yes();
    return r;
  }
  /** refuse says no: with a code of the closed list, a sentence for the peer, and what only the log and the catalog see. */
  static refuse(code: string, publicText: string = "", detail: string = "", again: Again = Again.AsCode): AuthorizeReply {
    const r = new AuthorizeReply();
    r.no(code, publicText, detail, again);
    return r;
  }

  /** write is called by the SDK. */
  write(): i64 {
    this.head();
    return reply();
  }
}

let itsAuthorize: ((facts: AuthorizeFacts) => AuthorizeReply) | null = null;
let theAuthorizeFacts: AuthorizeFacts | null = null;

/** onAuthorize names the function that answers at authorize: when the flow of the request is known. */
export function onAuthorize(f: (facts: AuthorizeFacts) => AuthorizeReply): void {
  itsAuthorize = f;
  theAuthorizeFacts = new AuthorizeFacts();
  serve(20, "authorize", askAuthorize);
}

function askAuthorize(question: View): i64 { return itsAuthorize!(theAuthorizeFacts!.about(question)).write(); }

/** Target says where the file will be. */
@final
export class Target extends View {
  constructor() { super(5); }
  get path(): string { return this.$text(1); }
  get backend(): string { return this.$text(2); }
  get onExists(): string { return this.$text(3); }
  get attributes(): Pairs { return new Pairs(this, 4); }
  /** Bytes of the file, when it is sent. */
  get size(): i64 { return this.$int(5); }
}

/** OpenChanges is what may be changed at open. A field that is not set is left alone. */
@final
export class OpenChanges extends View {
  constructor() { super(10); }
  get path(): string { return this.$text(7); }
  get hasPath(): bool { return this.$has(7); }
  get backend(): string { return this.$text(8); }
  get hasBackend(): bool { return this.$has(8); }
  get attributes(): Pairs { return new Pairs(this, 9); }
  get onExists(): string { return this.$text(10); }
  get hasOnExists(): bool { return this.$has(10); }
}

/** OpenSet is what to change at open; what is not set is left alone. */
@final
export class OpenSet {
  path: string | null = null;
  backend: string | null = null;
  get attributes(): NewPairs {
    let p = this.attributes_;
    if (p === null) this.attributes_ = p = new NewPairs();
    return p;
  }
  private attributes_: NewPairs | null = null;
  onExists: string | null = null;

  /** write is called by the SDK. */
  write(): void {
    const path = this.path;
    if (path !== null) putText(7, path, true);
    const backend = this.backend;
    if (backend !== null) putText(8, backend, true);
    const attributes = this.attributes_;
    if (attributes !== null) attributes.write(9);
    const onExists = this.onExists;
    if (onExists !== null) putText(10, onExists, true);
  }
}

/** OpenFacts is what is known when the file is about to be created or opened. */
@final
export class OpenFacts extends View {
  private question: View | null = null;
  constructor() { super(11); }

  /** about is called by the SDK. */
  about(question: View): OpenFacts {
    this.question = question;
    return question.$inner(1, this);
  }

  /** Nanoseconds since 1970, UTC. */
  get time(): i64 { return this.$span(1); }
  get session(): string { return this.$text(2); }
  get transfer(): string { return this.$text(3); }
  get call(): Call { return this.$inner(4, this.call_); }
  private call_: Call = new Call();
  get hasCall(): bool { return this.$has(4); }
  get claim(): Claim { return this.$inner(5, this.claim_); }
  private claim_: Claim = new Claim();
  get hasClaim(): bool { return this.$has(5); }
  get partner(): Partner { return this.$inner(6, this.partner_); }
  private partner_: Partner = new Partner();
  get hasPartner(): bool { return this.$has(6); }
  get proposed(): Term[] { return this.$list<Term>(7); }
  get terms(): Term[] { return this.$list<Term>(8); }
  get request(): TransferRequest { return this.$inner(9, this.request_); }
  private request_: TransferRequest = new TransferRequest();
  get hasRequest(): bool { return this.$has(9); }
  get flow(): Flow { return this.$inner(10, this.flow_); }
  private flow_: Flow = new Flow();
  get hasFlow(): bool { return this.$has(10); }
  get target(): Target { return this.$inner(11, this.target_); }
  private target_: Target = new Target();
  get hasTarget(): bool { return this.$has(11); }
  /** What the exits asked earlier at this point have changed. */
  get earlier(): OpenChanges { return this.question!.$inner(4, this.earlier_); }
  private earlier_: OpenChanges = new OpenChanges();
}

/** OpenReply is the verdict at open. */
@final
export class OpenReply extends Reply {
  /** pass has no opinion; changes count all the same. */
  static pass(): OpenReply { return new OpenReply(); }
  /** refuse says no: with a code of the closed list, a sentence for the peer, and what only the log and the catalog see. */
  static refuse(code: string, publicText: string = "", detail: string = "", again: Again = Again.AsCode): OpenReply {
    const r = new OpenReply();
    r.no(code, publicText, detail, again);
    return r;
  }

  private changes: OpenSet | null = null;
  /** What to change. */
  get set(): OpenSet {
    let s = this.changes;
    if (s === null) this.changes = s = new OpenSet();
    return s;
  }

  /** write is called by the SDK. */
  write(): i64 {
    this.head();
    const set = this.changes;
    if (set !== null) {
      const at = open(6);
      set.write();
      close(at);
    }
    return reply();
  }
}

let itsOpen: ((facts: OpenFacts) => OpenReply) | null = null;
let theOpenFacts: OpenFacts | null = null;

/** onOpen names the function that answers at open: when the file is about to be created or opened. */
export function onOpen(f: (facts: OpenFacts) => OpenReply): void {
  itsOpen = f;
  theOpenFacts = new OpenFacts();
  serve(21, "open", askOpen);
}

function askOpen(question: View): i64 { return itsOpen!(theOpenFacts!.about(question)).write(); }

/** Restart says what a restart wants and what is possible. */
@final
export class Restart extends View {
  constructor() { super(4); }
  get entry(): string { return this.$text(1); }
  /** The peer's sync point; -1: it leaves the choice to the server. */
  get wanted(): i64 { return this.$int(2); }
  /** The last durable one. */
  get possible(): i64 { return this.$int(3); }
  /** Of that point in the file, bytes. */
  get offset(): i64 { return this.$int(4); }
}

/** RestartChanges is what may be changed at restart. A field that is not set is left alone. */
@final
export class RestartChanges extends View {
  constructor() { super(11); }
  get forceStart(): bool { return this.$flag(11); }
}

/** RestartSet is what to change at restart; what is not set is left alone. */
@final
export class RestartSet {
  forceStart: bool = false;

  /** write is called by the SDK. */
  write(): void {
    putFlag(11, this.forceStart);
  }
}

/** RestartFacts is what is known when a transfer is about to be repositioned. */
@final
export class RestartFacts extends View {
  private question: View | null = null;
  constructor() { super(12); }

  /** about is called by the SDK. */
  about(question: View): RestartFacts {
    this.question = question;
    return question.$inner(1, this);
  }

  /** Nanoseconds since 1970, UTC. */
  get time(): i64 { return this.$span(1); }
  get session(): string { return this.$text(2); }
  get transfer(): string { return this.$text(3); }
  get call(): Call { return this.$inner(4, this.call_); }
  private call_: Call = new Call();
  get hasCall(): bool { return this.$has(4); }
  get claim(): Claim { return this.$inner(5, this.claim_); }
  private claim_: Claim = new Claim();
  get hasClaim(): bool { return this.$has(5); }
  get partner(): Partner { return this.$inner(6, this.partner_); }
  private partner_: Partner = new Partner();
  get hasPartner(): bool { return this.$has(6); }
  get proposed(): Term[] { return this.$list<Term>(7); }
  get terms(): Term[] { return this.$list<Term>(8); }
  get request(): TransferRequest { return this.$inner(9, this.request_); }
  private request_: TransferRequest = new TransferRequest();
  get hasRequest(): bool { return this.$has(9); }
  get flow(): Flow { return this.$inner(10, this.flow_); }
  private flow_: Flow = new Flow();
  get hasFlow(): bool { return this.$has(10); }
  get target(): Target { return this.$inner(11, this.target_); }
  private target_: Target = new Target();
  get hasTarget(): bool { return this.$has(11); }
  get restart(): Restart { return this.$inner(12, this.restart_); }
  private restart_: Restart = new Restart();
  get hasRestart(): bool { return this.$has(12); }
  /** What the exits asked earlier at this point have changed. */
  get earlier(): RestartChanges { return this.question!.$inner(4, this.earlier_); }
  private earlier_: RestartChanges = new RestartChanges();
}

/** RestartReply is the verdict at restart. */
@final
export class RestartReply extends Reply {
  /** pass has no opinion; changes count all the same. */
  static pass(): RestartReply { return new RestartReply(); }
  /** refuse says no: with a code of the closed list, a sentence for the peer, and what only the log and the catalog see. */
  static refuse(code: string, publicText: string = "", detail: string = "", again: Again = Again.AsCode): RestartReply {
    const r = new RestartReply();
    r.no(code, publicText, detail, again);
    return r;
  }

  private changes: RestartSet | null = null;
  /** What to change. */
  get set(): RestartSet {
    let s = this.changes;
    if (s === null) this.changes = s = new RestartSet();
    return s;
  }

  /** write is called by the SDK. */
  write(): i64 {
    this.head();
    const set = this.changes;
    if (set !== null) {
      const at = open(6);
      set.write();
      close(at);
    }
    return reply();
  }
}

let itsRestart: ((facts: RestartFacts) => RestartReply) | null = null;
let theRestartFacts: RestartFacts | null = null;

/** onRestart names the function that answers at restart: when a transfer is about to be repositioned. */
export function onRestart(f: (facts: RestartFacts) => RestartReply): void {
  itsRestart = f;
  theRestartFacts = new RestartFacts();
  serve(22, "restart", askRestart);
}

function askRestart(question: View): i64 { return itsRestart!(theRestartFacts!.about(question)).write(); }

/** FilterStart opens a filter for one transfer. */
@final
export class FilterStart extends View {
  constructor() { super(3); }
  /** receive or send, seen from this server. */
  get direction(): string { return this.$text(1); }
  /** Bytes before the first block, on the wire and in the file; more than 0 at a restart. */
  get wireOffset(): i64 { return this.$int(2); }
  get fileOffset(): i64 { return this.$int(3); }
}

/** FilterFacts is what is known when a transfer's bytes are about to move: asked once, before the first block. */
@final
export class FilterFacts extends View {
  private question: View | null = null;
  constructor() { super(13); }

  /** about is called by the SDK. */
  about(question: View): FilterFacts {
    this.question = question;
    return question.$inner(1, this);
  }

  /** Nanoseconds since 1970, UTC. */
  get time(): i64 { return this.$span(1); }
  get session(): string { return this.$text(2); }
  get transfer(): string { return this.$text(3); }
  get call(): Call { return this.$inner(4, this.call_); }
  private call_: Call = new Call();
  get hasCall(): bool { return this.$has(4); }
  get claim(): Claim { return this.$inner(5, this.claim_); }
  private claim_: Claim = new Claim();
  get hasClaim(): bool { return this.$has(5); }
  get partner(): Partner { return this.$inner(6, this.partner_); }
  private partner_: Partner = new Partner();
  get hasPartner(): bool { return this.$has(6); }
  get proposed(): Term[] { return this.$list<Term>(7); }
  get terms(): Term[] { return this.$list<Term>(8); }
  get request(): TransferRequest { return this.$inner(9, this.request_); }
  private request_: TransferRequest = new TransferRequest();
  get hasRequest(): bool { return this.$has(9); }
  get flow(): Flow { return this.$inner(10, this.flow_); }
  private flow_: Flow = new Flow();
  get hasFlow(): bool { return this.$has(10); }
  get target(): Target { return this.$inner(11, this.target_); }
  private target_: Target = new Target();
  get hasTarget(): bool { return this.$has(11); }
  get filter(): FilterStart { return this.$inner(13, this.filter_); }
  private filter_: FilterStart = new FilterStart();
  get hasFilter(): bool { return this.$has(13); }
}

/** FilterReply is the verdict at filter. */
@final
export class FilterReply extends Reply {
  /** pass has no opinion; changes count all the same. */
  static pass(): FilterReply { return new FilterReply(); }
  /** refuse says no: with a code of the closed list, a sentence for the peer, and what only the log and the catalog see. */
  static refuse(code: string, publicText: string = "", detail: string = "", again: Again = Again.AsCode): FilterReply {
    const r = new FilterReply();
    r.no(code, publicText, detail, again);
    return r;
  }

  /** write is called by the SDK. */
  write(): i64 {
    this.head();
    return reply();
  }
}

let itsFilter: ((facts: FilterFacts) => FilterReply) | null = null;
let theFilterFacts: FilterFacts | null = null;

/** onFilter names the function that answers at filter: when a transfer's bytes are about to move: asked once, before the first block. */
export function onFilter(f: (facts: FilterFacts) => FilterReply): void {
  itsFilter = f;
  theFilterFacts = new FilterFacts();
  serve(23, "filter", askFilter);
}

function askFilter(question: View): i64 { return itsFilter!(theFilterFacts!.about(question)).write(); }

/** File is the finished file, still under its temporary name. */
@final
export class File extends View {
  constructor() { super(4); }
  get bytes(): i64 { return this.$int(1); }
  get records(): i64 { return this.$int(2); }
  /** Hexadecimal; empty when the flow has no digest. */
  get sha256(): string { return this.$text(3); }
  /** Nanoseconds. */
  get duration(): i64 { return this.$span(4); }
}

/** VerifyChanges is what may be changed at verify. A field that is not set is left alone. */
@final
export class VerifyChanges extends View {
  constructor() { super(12); }
  get quarantine(): string { return this.$text(12); }
  get hasQuarantine(): bool { return this.$has(12); }
}

/** VerifySet is what to change at verify; what is not set is left alone. */
@final
export class VerifySet {
  quarantine: string | null = null;

  /** write is called by the SDK. */
  write(): void {
    const quarantine = this.quarantine;
    if (quarantine !== null) putText(12, quarantine, true);
  }
}

/** VerifyFacts is what is known when the whole file is there under its temporary name. */
@final
export class VerifyFacts extends View {
  private question: View | null = null;
  constructor() { super(14); }

  /** about is called by the SDK. */
  about(question: View): VerifyFacts {
    this.question = question;
    return question.$inner(1, this);
  }

  /** Nanoseconds since 1970, UTC. */
  get time(): i64 { return this.$span(1); }
  get session(): string { return this.$text(2); }
  get transfer(): string { return this.$text(3); }
  get call(): Call { return this.$inner(4, this.call_); }
  private call_: Call = new Call();
  get hasCall(): bool { return this.$has(4); }
  get claim(): Claim { return this.$inner(5, this.claim_); }
  private claim_: Claim = new Claim();
  get hasClaim(): bool { return this.$has(5); }
  get partner(): Partner { return this.$inner(6, this.partner_); }
  private partner_: Partner = new Partner();
  get hasPartner(): bool { return this.$has(6); }
  get proposed(): Term[] { return this.$list<Term>(7); }
  get terms(): Term[] { return this.$list<Term>(8); }
  get request(): TransferRequest { return this.$inner(9, this.request_); }
  private request_: TransferRequest = new TransferRequest();
  get hasRequest(): bool { return this.$has(9); }
  get flow(): Flow { return this.$inner(10, this.flow_); }
  private flow_: Flow = new Flow();
  get hasFlow(): bool { return this.$has(10); }
  get target(): Target { return this.$inner(11, this.target_); }
  private target_: Target = new Target();
  get hasTarget(): bool { return this.$has(11); }
  get file(): File { return this.$inner(14, this.file_); }
  private file_: File = new File();
  get hasFile(): bool { return this.$has(14); }
  /** What the exits asked earlier at this point have changed. */
  get earlier(): VerifyChanges { return this.question!.$inner(4, this.earlier_); }
  private earlier_: VerifyChanges = new VerifyChanges();
}

/** VerifyReply is the verdict at verify. */
@final
export class VerifyReply extends Reply {
  /** pass has no opinion; changes count all the same. */
  static pass(): VerifyReply { return new VerifyReply(); }
  /** refuse says no: with a code of the closed list, a sentence for the peer, and what only the log and the catalog see. */
  static refuse(code: string, publicText: string = "", detail: string = "", again: Again = Again.AsCode): VerifyReply {
    const r = new VerifyReply();
    r.no(code, publicText, detail, again);
    return r;
  }

  private changes: VerifySet | null = null;
  /** What to change. */
  get set(): VerifySet {
    let s = this.changes;
    if (s === null) this.changes = s = new VerifySet();
    return s;
  }

  /** write is called by the SDK. */
  write(): i64 {
    this.head();
    const set = this.changes;
    if (set !== null) {
      const at = open(6);
      set.write();
      close(at);
    }
    return reply();
  }
}

let itsVerify: ((facts: VerifyFacts) => VerifyReply) | null = null;
let theVerifyFacts: VerifyFacts | null = null;

/** onVerify names the function that answers at verify: when the whole file is there under its temporary name. */
export function onVerify(f: (facts: VerifyFacts) => VerifyReply): void {
  itsVerify = f;
  theVerifyFacts = new VerifyFacts();
  serve(24, "verify", askVerify);
}

function askVerify(question: View): i64 { return itsVerify!(theVerifyFacts!.about(question)).write(); }

/** Message is a protocol message. */
@final
export class Message extends View {
  constructor() { super(2); }
  get text(): string { return this.$text(1); }
  get replyWanted(): bool { return this.$flag(2); }
}

/** MessageChanges is what may be changed at message. A field that is not set is left alone. */
@final
export class MessageChanges extends View {
  constructor() { super(13); }
  get reply(): string { return this.$text(13); }
  get hasReply(): bool { return this.$has(13); }
}

/** MessageSet is what to change at message; what is not set is left alone. */
@final
export class MessageSet {
  reply: string | null = null;

  /** write is called by the SDK. */
  write(): void {
    const reply = this.reply;
    if (reply !== null) putText(13, reply, true);
  }
}

/** MessageFacts is what is known when a protocol message has arrived. */
@final
export class MessageFacts extends View {
  private question: View | null = null;
  constructor() { super(15); }

  /** about is called by the SDK. */
  about(question: View): MessageFacts {
    this.question = question;
    return question.$inner(1, this);
  }

  /** Nanoseconds since 1970, UTC. */
  get time(): i64 { return this.$span(1); }
  get session(): string { return this.$text(2); }
  get transfer(): string { return this.$text(3); }
  get call(): Call { return this.$inner(4, this.call_); }
  private call_: Call = new Call();
  get hasCall(): bool { return this.$has(4); }
  get claim(): Claim { return this.$inner(5, this.claim_); }
  private claim_: Claim = new Claim();
  get hasClaim(): bool { return this.$has(5); }
  get partner(): Partner { return this.$inner(6, this.partner_); }
  private partner_: Partner = new Partner();
  get hasPartner(): bool { return this.$has(6); }
  get proposed(): Term[] { return this.$list<Term>(7); }
  get terms(): Term[] { return this.$list<Term>(8); }
  get request(): TransferRequest { return this.$inner(9, this.request_); }
  private request_: TransferRequest = new TransferRequest();
  get hasRequest(): bool { return this.$has(9); }
  get message(): Message { return this.$inner(15, this.message_); }
  private message_: Message = new Message();
  get hasMessage(): bool { return this.$has(15); }
  /** What the exits asked earlier at this point have changed. */
  get earlier(): MessageChanges { return this.question!.$inner(4, this.earlier_); }
  private earlier_: MessageChanges = new MessageChanges();
}

/** MessageReply is the verdict at message. */
@final
export class MessageReply extends Reply {
  /** pass has no opinion; changes count all the same. */
  static pass(): MessageReply { return new MessageReply(); }
  /** refuse says no: with a code of the closed list, a sentence for the peer, and what only the log and the catalog see. */
  static refuse(code: string, publicText: string = "", detail: string = "", again: Again = Again.AsCode): MessageReply {
    const r = new MessageReply();
    r.no(code, publicText, detail, again);
    return r;
  }

  private changes: MessageSet | null = null;
  /** What to change. */
  get set(): MessageSet {
    let s = this.changes;
    if (s === null) this.changes = s = new MessageSet();
    return s;
  }

  /** write is called by the SDK. */
  write(): i64 {
    this.head();
    const set = this.changes;
    if (set !== null) {
      const at = open(6);
      set.write();
      close(at);
    }
    return reply();
  }
}

let itsMessage: ((facts: MessageFacts) => MessageReply) | null = null;
let theMessageFacts: MessageFacts | null = null;

/** onMessage names the function that answers at message: when a protocol message has arrived. */
export function onMessage(f: (facts: MessageFacts) => MessageReply): void {
  itsMessage = f;
  theMessageFacts = new MessageFacts();
  serve(25, "message", askMessage);
}

function askMessage(question: View): i64 { return itsMessage!(theMessageFacts!.about(question)).write(); }

/** Interrupt says why a transfer stopped early. */
@final
export class Interrupt extends View {
  constructor() { super(2); }
  /** A refusal code. */
  get code(): string { return this.$text(1); }
  /** The last durable sync point. */
  get point(): i64 { return this.$int(2); }
}

/** InterruptChanges is what may be changed at interrupt. A field that is not set is left alone. */
@final
export class InterruptChanges extends View {
  constructor() { super(14); }
  get keep(): bool { return this.$flag(14); }
  get hasKeep(): bool { return this.$has(14); }
}

/** InterruptSet is what to change at interrupt; what is not set is left alone. */
@final
export class InterruptSet {
  set keep(v: bool) { this.keep_ = v; this.hasKeep_ = true; }
  get keep(): bool { return this.keep_; }
  private keep_: bool = false;
  private hasKeep_: bool = false;

  /** write is called by the SDK. */
  write(): void {
    if (this.hasKeep_) putFlag(14, this.keep_, true);
  }
}

/** InterruptFacts is what is known when a transfer stopped early. */
@final
export class InterruptFacts extends View {
  private question: View | null = null;
  constructor() { super(16); }

  /** about is called by the SDK. */
  about(question: View): InterruptFacts {
    this.question = question;
    return question.$inner(1, this);
  }

  /** Nanoseconds since 1970, UTC. */
  get time(): i64 { return this.$span(1); }
  get session(): string { return this.$text(2); }
  get transfer(): string { return this.$text(3); }
  get call(): Call { return this.$inner(4, this.call_); }
  private call_: Call = new Call();
  get hasCall(): bool { return this.$has(4); }
  get claim(): Claim { return this.$inner(5, this.claim_); }
  private claim_: Claim = new Claim();
  get hasClaim(): bool { return this.$has(5); }
  get partner(): Partner { return this.$inner(6, this.partner_); }
  private partner_: Partner = new Partner();
  get hasPartner(): bool { return this.$has(6); }
  get proposed(): Term[] { return this.$list<Term>(7); }
  get terms(): Term[] { return this.$list<Term>(8); }
  get request(): TransferRequest { return this.$inner(9, this.request_); }
  private request_: TransferRequest = new TransferRequest();
  get hasRequest(): bool { return this.$has(9); }
  get flow(): Flow { return this.$inner(10, this.flow_); }
  private flow_: Flow = new Flow();
  get hasFlow(): bool { return this.$has(10); }
  get target(): Target { return this.$inner(11, this.target_); }
  private target_: Target = new Target();
  get hasTarget(): bool { return this.$has(11); }
  get file(): File { return this.$inner(14, this.file_); }
  private file_: File = new File();
  get hasFile(): bool { return this.$has(14); }
  get interrupt(): Interrupt { return this.$inner(16, this.interrupt_); }
  private interrupt_: Interrupt = new Interrupt();
  get hasInterrupt(): bool { return this.$has(16); }
  /** What the exits asked earlier at this point have changed. */
  get earlier(): InterruptChanges { return this.question!.$inner(4, this.earlier_); }
  private earlier_: InterruptChanges = new InterruptChanges();
}

/** InterruptReply is the verdict at interrupt. */
@final
export class InterruptReply extends Reply {
  /** pass has no opinion; changes count all the same. */
  static pass(): InterruptReply { return new InterruptReply(); }
  /** refuse says no: with a code of the closed list, a sentence for the peer, and what only the log and the catalog see. */
  static refuse(code: string, publicText: string = "", detail: string = "", again: Again = Again.AsCode): InterruptReply {
    const r = new InterruptReply();
    r.no(code, publicText, detail, again);
    return r;
  }

  private changes: InterruptSet | null = null;
  /** What to change. */
  get set(): InterruptSet {
    let s = this.changes;
    if (s === null) this.changes = s = new InterruptSet();
    return s;
  }

  /** write is called by the SDK. */
  write(): i64 {
    this.head();
    const set = this.changes;
    if (set !== null) {
      const at = open(6);
      set.write();
      close(at);
    }
    return reply();
  }
}

let itsInterrupt: ((facts: InterruptFacts) => InterruptReply) | null = null;
let theInterruptFacts: InterruptFacts | null = null;

/** onInterrupt names the function that answers at interrupt: when a transfer stopped early. */
export function onInterrupt(f: (facts: InterruptFacts) => InterruptReply): void {
  itsInterrupt = f;
  theInterruptFacts = new InterruptFacts();
  serve(26, "interrupt", askInterrupt);
}

function askInterrupt(question: View): i64 { return itsInterrupt!(theInterruptFacts!.about(question)).write(); }

/** Done is the end of a transfer. */
@final
export class Done extends View {
  constructor() { super(4); }
  /** done, interrupted or kept. */
  get result(): string { return this.$text(1); }
  get code(): string { return this.$text(2); }
  /** Of this delivery, from 1. */
  get attempt(): i64 { return this.$int(3); }
  get eventId(): string { return this.$text(4); }
}

/** DoneChanges is what may be changed at done. A field that is not set is left alone. */
@final
export class DoneChanges extends View {
  constructor() { super(16); }
  get followUp(): string { return this.$text(15); }
  get hasFollowUp(): bool { return this.$has(15); }
  get comment(): string { return this.$text(16); }
  get hasComment(): bool { return this.$has(16); }
}

/** DoneSet is what to change at done; what is not set is left alone. */
@final
export class DoneSet {
  followUp: string | null = null;
  comment: string | null = null;

  /** write is called by the SDK. */
  write(): void {
    const followUp = this.followUp;
    if (followUp !== null) putText(15, followUp, true);
    const comment = this.comment;
    if (comment !== null) putText(16, comment, true);
  }
}

/** DoneFacts is what is known when a transfer has ended, well or badly; at least once. */
@final
export class DoneFacts extends View {
  private question: View | null = null;
  constructor() { super(17); }

  /** about is called by the SDK. */
  about(question: View): DoneFacts {
    this.question = question;
    return question.$inner(1, this);
  }

  /** Nanoseconds since 1970, UTC. */
  get time(): i64 { return this.$span(1); }
  get session(): string { return this.$text(2); }
  get transfer(): string { return this.$text(3); }
  get call(): Call { return this.$inner(4, this.call_); }
  private call_: Call = new Call();
  get hasCall(): bool { return this.$has(4); }
  get claim(): Claim { return this.$inner(5, this.claim_); }
  private claim_: Claim = new Claim();
  get hasClaim(): bool { return this.$has(5); }
  get partner(): Partner { return this.$inner(6, this.partner_); }
  private partner_: Partner = new Partner();
  get hasPartner(): bool { return this.$has(6); }
  get proposed(): Term[] { return this.$list<Term>(7); }
  get terms(): Term[] { return this.$list<Term>(8); }
  get request(): TransferRequest { return this.$inner(9, this.request_); }
  private request_: TransferRequest = new TransferRequest();
  get hasRequest(): bool { return this.$has(9); }
  get flow(): Flow { return this.$inner(10, this.flow_); }
  private flow_: Flow = new Flow();
  get hasFlow(): bool { return this.$has(10); }
  get target(): Target { return this.$inner(11, this.target_); }
  private target_: Target = new Target();
  get hasTarget(): bool { return this.$has(11); }
  get file(): File { return this.$inner(14, this.file_); }
  private file_: File = new File();
  get hasFile(): bool { return this.$has(14); }
  get done(): Done { return this.$inner(17, this.done_); }
  private done_: Done = new Done();
  get hasDone(): bool { return this.$has(17); }
  /** What the exits asked earlier at this point have changed. */
  get earlier(): DoneChanges { return this.question!.$inner(4, this.earlier_); }
  private earlier_: DoneChanges = new DoneChanges();
}

/** DoneReply is the verdict at done. */
@final
export class DoneReply extends Reply {
  /** pass has no opinion; changes count all the same. */
  static pass(): DoneReply { return new DoneReply(); }
  /** refuse says no: with a code of the closed list, a sentence for the peer, and what only the log and the catalog see. */
  static refuse(code: string, publicText: string = "", detail: string = "", again: Again = Again.AsCode): DoneReply {
    const r = new DoneReply();
    r.no(code, publicText, detail, again);
    return r;
  }

  private changes: DoneSet | null = null;
  /** What to change. */
  get set(): DoneSet {
    let s = this.changes;
    if (s === null) this.changes = s = new DoneSet();
    return s;
  }

  /** write is called by the SDK. */
  write(): i64 {
    this.head();
    const set = this.changes;
    if (set !== null) {
      const at = open(6);
      set.write();
      close(at);
    }
    return reply();
  }
}

let itsDone: ((facts: DoneFacts) => DoneReply) | null = null;
let theDoneFacts: DoneFacts | null = null;

/** onDone names the function that answers at done: when a transfer has ended, well or badly; at least once. */
export function onDone(f: (facts: DoneFacts) => DoneReply): void {
  itsDone = f;
  theDoneFacts = new DoneFacts();
  serve(27, "done", askDone);
}

function askDone(question: View): i64 { return itsDone!(theDoneFacts!.about(question)).write(); }

/** Close is the end of a session. */
@final
export class Close extends View {
  constructor() { super(2); }
  /** A refusal code; empty when the peer left in good order. */
  get reason(): string { return this.$text(1); }
  get transfers(): i64 { return this.$int(2); }
}

/** CloseFacts is what is known when a session is over. */
@final
export class CloseFacts extends View {
  private question: View | null = null;
  constructor() { super(18); }

  /** about is called by the SDK. */
  about(question: View): CloseFacts {
    this.question = question;
    return question.$inner(1, this);
  }

  /** Nanoseconds since 1970, UTC. */
  get time(): i64 { return this.$span(1); }
  get session(): string { return this.$text(2); }
  get call(): Call { return this.$inner(4, this.call_); }
  private call_: Call = new Call();
  get hasCall(): bool { return this.$has(4); }
  get claim(): Claim { return this.$inner(5, this.claim_); }
  private claim_: Claim = new Claim();
  get hasClaim(): bool { return this.$has(5); }
  get partner(): Partner { return this.$inner(6, this.partner_); }
  private partner_: Partner = new Partner();
  get hasPartner(): bool { return this.$has(6); }
  get proposed(): Term[] { return this.$list<Term>(7); }
  get terms(): Term[] { return this.$list<Term>(8); }
  get request(): TransferRequest { return this.$inner(9, this.request_); }
  private request_: TransferRequest = new TransferRequest();
  get hasRequest(): bool { return this.$has(9); }
  get close(): Close { return this.$inner(18, this.close_); }
  private close_: Close = new Close();
  get hasClose(): bool { return this.$has(18); }
}

/** CloseReply is the verdict at close. */
@final
export class CloseReply extends Reply {
  /** pass has no opinion; changes count all the same. */
  static pass(): CloseReply { return new CloseReply(); }
  /** refuse says no: with a code of the closed list, a sentence for the peer, and what only the log and the catalog see. */
  static refuse(code: string, publicText: string = "", detail: string = "", again: Again = Again.AsCode): CloseReply {
    const r = new CloseReply();
    r.no(code, publicText, detail, again);
    return r;
  }

  /** write is called by the SDK. */
  write(): i64 {
    this.head();
    return reply();
  }
}

let itsClose: ((facts: CloseFacts) => CloseReply) | null = null;
let theCloseFacts: CloseFacts | null = null;

/** onClose names the function that answers at close: when a session is over. */
export function onClose(f: (facts: CloseFacts) => CloseReply): void {
  itsClose = f;
  theCloseFacts = new CloseFacts();
  serve(28, "close", askClose);
}

function askClose(question: View): i64 { return itsClose!(theCloseFacts!.about(question)).write(); }
