/**
 * Wallet passes: what a pass must name, and the signature over its manifest (spec/relay-http.md §4). The relay sees file
 * names and hashes; the pass is made here.
 *
 * @module
 */
import type { Waiting } from "./channel-api.ts";
import { EndpointError } from "./endpoint-error.ts";
import { addressOf, callRelay, callRelayWithTicket, failure, type RelayCallAnswer } from "./relay-calls.ts";
import type { RelayList } from "./relays-api.ts";

const PATH = "/sign-pass";
const ANSWER_BYTES_MAX = 65_536;

/** What a pass must name for that relay's signature: Wallet compares it with the certificate. */
export interface PassIssuer {
  readonly passTypeIdentifier: string;
  readonly teamIdentifier: string;
  readonly organizationName: string;
  /** `test`: no Wallet takes what it signs, and a person must be told. */
  readonly certificate: "given" | "test";
}

export interface PassSignature {
  /** Detached CMS, DER: the file `signature` of the pass. */
  readonly signature: Uint8Array;
  readonly certificate: PassIssuer["certificate"];
}

/** @throws {EndpointError} `ERR_PASS_SIGNING`, `ERR_PASS_CERTIFICATE`, `ERR_RELAY` */
export async function passIssuer(relay: string, options: Waiting = {}): Promise<PassIssuer> {
  const answer = await callRelay({ relay, method: "GET", path: PATH, bytesMax: ANSWER_BYTES_MAX }, options);
  const { host } = addressOf(relay);
  if (answer.status !== 200) throw refusal(host, answer);
  const said = objectIn(answer.bytes);
  const text = (name: string): string => {
    const value = said[name];
    if (typeof value !== "string" || value.length > 256) throw unreadable(host);
    return value;
  };
  const names = { passTypeIdentifier: text("passTypeIdentifier"), teamIdentifier: text("teamIdentifier") };
  return { ...names, organizationName: text("organizationName"), certificate: kindOf(said["certificate"], host) };
}

/**
 * Has the relay sign the exact bytes of `manifest.json`.
 * @throws {EndpointError} `ERR_ARGUMENT`: it is none that is signed; `ERR_PASS_SIGNING`, `ERR_PASS_CERTIFICATE`, `ERR_RELAY`,
 * `ERR_NOT_AUTHORIZED`, `ERR_TRY_LATER`
 */
export async function signPass(
  relays: Pick<RelayList, "manage">,
  relay: string,
  manifest: Uint8Array,
  options: Waiting = {},
): Promise<PassSignature> {
  const body = { type: "application/json", bytes: manifest };
  const call = { relay, method: "POST", path: PATH, body, bytesMax: ANSWER_BYTES_MAX } as const;
  const answer = await callRelayWithTicket(relays, call, options);
  const { host } = addressOf(relay);
  if (answer.status !== 200 || answer.bytes.length === 0) throw refusal(host, answer);
  return { signature: answer.bytes, certificate: kindOf(answer.headers.get("Kith-Pass-Certificate"), host) };
}

/** What another relay would mend is told from what this one's operator would. */
function refusal(host: string, answer: RelayCallAnswer): EndpointError {
  if (answer.status === 404) return new EndpointError("ERR_PASS_SIGNING", `The relay ${host} signs no passes`);
  if (answer.status !== 503) return failure(host, answer);
  return new EndpointError(
    "ERR_PASS_CERTIFICATE",
    `The relay ${host} cannot sign passes now: its certificate has ended, or cannot be used`,
  );
}

function kindOf(said: unknown, host: string): PassIssuer["certificate"] {
  if (said !== "given" && said !== "test") throw unreadable(host);
  return said;
}

const unreadable = (host: string): EndpointError =>
  new EndpointError("ERR_RELAY", `Cannot read what the relay ${host} answered`);

function objectIn(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    if (typeof value === "object" && value !== null) return { ...value };
  } catch {
    // then there is nothing in it
  }
  return {};
}
