/**
 * Calls to relays by HTTP (spec/relay-http.md), with `fetch`, in a page and in Node alike. What one must be logged in
 * for shows a ticket, which the relay gives over the connection that is there; it is asked for again when it is over.
 *
 * @module
 */
import { boundedSignal } from "./bounded-signal.ts";
import type { Waiting } from "./channel-api.ts";
import { EndpointError, type EndpointErrorCode } from "./endpoint-error.ts";
import { parseRelayAddress } from "./relay-address.ts";
import type { RelayList } from "./relays-api.ts";

/** For a whole call. */
const CALL_TIME_MS = 20_000;

export interface RelayCall {
  /** Host or address of the relay. */
  readonly relay: string;
  readonly method: "GET" | "PUT" | "POST" | "DELETE";
  /** With its query. */
  readonly path: string;
  readonly body?: { readonly type: string; readonly bytes: Uint8Array };
  /** Of an answer that is read; a longer one is none. */
  readonly bytesMax: number;
}

export interface RelayCallAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Uint8Array;
}

/** Those that a relay gave, until it refuses them. */
const tickets = new WeakMap<object, Map<string, string>>();

/** As {@link callRelay}, by who is logged in there. @throws {EndpointError} `ERR_NOT_AUTHORIZED`, and what *manage* throws */
export async function callRelayWithTicket(
  relays: Pick<RelayList, "manage">,
  call: RelayCall,
  options: Waiting = {},
): Promise<RelayCallAnswer> {
  const { host } = addressOf(call.relay);
  const known = tickets.get(relays) ?? new Map<string, string>();
  tickets.set(relays, known);
  const before = known.get(host);
  if (before !== undefined) {
    const answer = await callRelay(call, options, before);
    if (answer.status !== 401) return answer;
  }
  const { ticket } = await relays.manage(call.relay, { type: "ticket" }, options);
  known.set(host, ticket);
  const answer = await callRelay(call, options, ticket);
  if (answer.status === 401) throw failure(host, answer);
  return answer;
}

/** @throws {EndpointError} `ERR_ARGUMENT`, `ERR_RELAY` where nobody answers; what `signal` is aborted with */
export async function callRelay(call: RelayCall, { signal }: Waiting = {}, ticket?: string): Promise<RelayCallAnswer> {
  const { host, url } = addressOf(call.relay);
  const headers: Record<string, string> = {
    ...(ticket !== undefined && { Authorization: `Bearer ${ticket}` }),
    ...(call.body !== undefined && { "Content-Type": call.body.type }),
  };
  const time = AbortSignal.timeout(CALL_TIME_MS);
  try {
    const response = await fetch(new URL(call.path, url), {
      ...{ method: call.method, headers, body: call.body?.bytes.slice() ?? null },
      // Nothing of the page goes along, and no other host is followed to.
      ...{ credentials: "omit", referrerPolicy: "no-referrer", cache: "no-store", redirect: "error" },
      signal: boundedSignal(time, signal),
    });
    return { status: response.status, headers: response.headers, bytes: await readBytes(response, call.bytesMax) };
  } catch (cause) {
    signal?.throwIfAborted();
    throw new EndpointError("ERR_RELAY", `Cannot ask the relay ${host}: it does not answer`, { cause });
  }
}

/** What a refusal is to a program. */
export function failure(host: string, { status, headers, bytes }: RelayCallAnswer): EndpointError {
  const wait = headers.get("Retry-After");
  const again = wait === null ? "" : `; again in ${wait} s`;
  return new EndpointError(CODES[status] ?? "ERR_RELAY", `The relay ${host} says no: ${wordsOf(bytes)}${again}`);
}

const CODES: Readonly<Record<number, EndpointErrorCode>> = {
  400: "ERR_ARGUMENT",
  401: "ERR_NOT_AUTHORIZED",
  409: "ERR_ARGUMENT",
  413: "ERR_TOO_LARGE",
  429: "ERR_TRY_LATER",
  507: "ERR_LIMIT",
};

/** Of a stable set: nothing that a relay writes is shown. */
function wordsOf(bytes: Uint8Array): string {
  try {
    const answer: unknown = JSON.parse(new TextDecoder().decode(bytes));
    if (typeof answer === "object" && answer !== null && "code" in answer && /^[a-z-]{1,32}$/.test(String(answer.code)))
      return String(answer.code);
  } catch {
    // told below
  }
  return "it does not say why";
}

export function addressOf(relay: string): { readonly host: string; readonly url: string } {
  const address = parseRelayAddress(relay);
  if (address === undefined) throw new EndpointError("ERR_ARGUMENT", "Cannot ask a relay without an address");
  return { host: address.host, url: `${address.address.replace(/^ws/, "http")}/` };
}

async function readBytes(response: Response, max: number): Promise<Uint8Array> {
  const reader = response.body?.getReader();
  const bytes = new Uint8Array(max);
  let length = 0;
  for (let part = await reader?.read(); part?.value !== undefined; part = await reader?.read()) {
    if (length + part.value.length > max) {
      await reader?.cancel();
      throw new Error(`an answer of more than ${max} bytes`);
    }
    bytes.set(part.value, length);
    length += part.value.length;
  }
  return bytes.slice(0, length);
}
