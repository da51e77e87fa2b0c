/**
 * Shares of cards at relays (spec/relay-http.md §3): sealed bytes under an id that says nothing. What is in them, id and
 * link are `@kith/core/card`'s.
 *
 * @module
 */
import { bytesToHex, type Duration } from "@kith/core";
import type { Waiting } from "./channel-api.ts";
import { addressOf, callRelay, callRelayWithTicket, failure } from "./relay-calls.ts";
import type { RelayList } from "./relays-api.ts";

/** The largest share, and some for words. */
const ANSWER_BYTES_MAX = 131_072;

export interface ShareToKeep {
  /** 16 bytes: `shareId` of its secret. */
  readonly id: Uint8Array;
  /** As `sealShare` makes it. */
  readonly sealed: Uint8Array;
  /** By the relay's clock. */
  readonly lifetime: Duration;
  /** How often it may be taken; 0: not counted. */
  readonly uses: number;
}

export type TakenShare =
  | { readonly state: "given"; readonly sealed: Uint8Array }
  /** Taken as often as it may be, or taken back. */
  | { readonly state: "ended" }
  /** Its time is over, or it never was there. */
  | { readonly state: "unknown" };

/**
 * Puts a share at a relay that we are logged in to. The same again does nothing: after an error that says nothing of
 * what became of it, try again.
 * @throws {EndpointError} `ERR_RELAY`, `ERR_NOT_AUTHORIZED`, `ERR_LIMIT`, `ERR_TRY_LATER`, `ERR_ARGUMENT`
 */
export async function keepShare(
  relays: Pick<RelayList, "manage">,
  relay: string,
  { id, sealed, lifetime, uses }: ShareToKeep,
  options: Waiting = {},
): Promise<void> {
  const path = `${pathOf(id)}?lifetime=${Math.floor(lifetime / 1_000)}&uses=${uses}`;
  const body = { type: "application/octet-stream", bytes: sealed };
  const call = { relay, method: "PUT", path, body, bytesMax: ANSWER_BYTES_MAX } as const;
  const answer = await callRelayWithTicket(relays, call, options);
  if (answer.status !== 201) throw failure(addressOf(relay).host, answer);
}

/**
 * Has the relay delete a share that we put there. Who took it before has it.
 * @returns false: nothing of ours is there any more
 * @throws {EndpointError} `ERR_RELAY`, `ERR_NOT_AUTHORIZED`
 */
export async function endShare(
  relays: Pick<RelayList, "manage">,
  relay: string,
  id: Uint8Array,
  options: Waiting = {},
): Promise<boolean> {
  const call = { relay, method: "DELETE", path: pathOf(id), bytesMax: ANSWER_BYTES_MAX } as const;
  const answer = await callRelayWithTicket(relays, call, options);
  if (answer.status === 204 || answer.status === 404) return answer.status === 204;
  throw failure(addressOf(relay).host, answer);
}

/**
 * Takes a share, which counts as one use. Needs no endpoint and no account.
 * @throws {EndpointError} `ERR_RELAY`, `ERR_TRY_LATER`
 */
export async function takeShare(host: string, id: Uint8Array, options: Waiting = {}): Promise<TakenShare> {
  const call = { relay: host, method: "POST", path: pathOf(id), bytesMax: ANSWER_BYTES_MAX } as const;
  const answer = await callRelay(call, options);
  if (answer.status === 200) return { state: "given", sealed: answer.bytes };
  if (answer.status === 410) return { state: "ended" };
  if (answer.status === 404) return { state: "unknown" };
  throw failure(addressOf(host).host, answer);
}

const pathOf = (id: Uint8Array): string => `/shares/${bytesToHex(id)}`;
