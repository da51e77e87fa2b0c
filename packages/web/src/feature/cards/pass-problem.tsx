/** Why there is no pass, and what to do about it. */
import type { GivingFailure } from "@kith/core/card";
import type { EndpointError } from "@kith/sdk";
import type { JSX } from "preact";
import { linkTo } from "../../store/route.ts";
import { type PassProblemKind, usePassWords } from "./pass-words.ts";

export interface PassTrouble {
  readonly kind: PassProblemKind | "other";
  /** In the words of the endpoint, where there are no better ones. */
  readonly message: string;
}

/** Where it is mended, if that is a place of the app. */
const PLACES: Partial<Record<PassProblemKind, string>> = { none: "you", away: "why" };

export function PassProblem({ kind, message }: PassTrouble): JSX.Element {
  const words = usePassWords();
  if (kind === "other") return <p>{message}</p>;
  const place = PLACES[kind];
  return (
    <p>
      {words.problems[kind]} {place === undefined ? words.fixes[kind] : <a href={linkTo(place)}>{words.fixes[kind]}</a>}
    </p>
  );
}

const KINDS: Partial<Record<EndpointError["code"], PassProblemKind>> = {
  ERR_RELAY: "away",
  ERR_PASS_SIGNING: "unsigned",
  ERR_PASS_CERTIFICATE: "ended",
  ERR_TRY_LATER: "busy",
  ERR_NOT_AUTHORIZED: "refused",
  ERR_LIMIT: "links",
  ERR_TOO_LARGE: "large",
};

export const troubleOf = ({ code, message }: EndpointError): PassTrouble => ({ kind: KINDS[code] ?? "other", message });

/** For the ways that are left: none of these is mended by the same try again. */
export const failureOf = ({ kind }: PassTrouble): GivingFailure =>
  kind === "none" || kind === "away" ? "unreachable" : kind === "large" ? "too-large" : "failed";
