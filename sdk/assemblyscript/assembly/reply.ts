// What the replies of all points have in common.

import { begin, putInt, putFlag, putText } from "./write";

const PASS = 1;
const ALLOW = 2;
const REFUSE = 3;

/** Again says whether a refused peer may try again; AsCode: as the refusal's code says. */
export enum Again { AsCode, Yes, No }

/** Reply is a verdict. */
export class Reply {
  verdict: i32 = PASS;
  /** Of a refusal: a code of the closed list, in words; exit.refused if empty. */
  code: string = "";
  /** Of a refusal: said to the peer, at most 254 characters of ASCII; the code's own if empty. */
  publicText: string = "";
  /** Of a refusal: for the log and the catalog, never for the peer. */
  detail: string = "";
  again: Again = Again.AsCode;

  protected yes(): void { this.verdict = ALLOW; }

  protected no(code: string, publicText: string, detail: string, again: Again): void {
    this.verdict = REFUSE;
    this.code = code;
    this.publicText = publicText;
    this.detail = detail;
    this.again = again;
  }

  /** head writes all but the changes. */
  protected head(): void {
    begin();
    putInt(1, this.verdict);
    putText(2, this.code);
    if (this.again != Again.AsCode) putFlag(3, this.again == Again.Yes, true);
    putText(4, this.publicText);
    putText(5, this.detail);
  }
}
