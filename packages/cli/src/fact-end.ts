/** How an exchange of facts ended, as `kith` ends, and what to say of the other person. */
import type { ExchangeEnd } from "@kith/sdk";
import { EXIT, type ExitCode } from "./exit-code.ts";

const ENDS: Readonly<Record<ExchangeEnd, readonly [ExitCode, string]>> = {
  done: [EXIT.done, "answered"],
  declined: [EXIT.refused, "said no"],
  cancelled: [EXIT.interrupted, "was not waited for"],
  timeout: [EXIT.unfinished, "did not answer in time"],
  lost: [EXIT.unreachable, "is gone: the way was lost"],
  violation: [EXIT.unverified, "broke the protocol"],
  notOnRoll: [EXIT.refused, "does not vouch for you"],
  notIssuable: [EXIT.refused, "vouches for no such time"],
};

export const exitOfExchange = (end: ExchangeEnd): readonly [ExitCode, string] => ENDS[end];
