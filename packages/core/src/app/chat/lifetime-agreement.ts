/**
 * How long texts of a chat live, as both agreed (spec/app-chat.md §12). Plain data; {@link ChatLifetimes} stores it.
 *
 * Each accepted proposal is a candidate that both ends come to know; the one with the highest revision stands, of
 * two with the same (both accepted the other's at once) the shorter. So both ends come to the same.
 *
 * @module
 */
import type { Reader } from "../../lib/reader.ts";
import { Writer } from "../../lib/writer.ts";
import { CHAT_PROPOSALS_MAX } from "../../wire/limits.ts";
import { type ChatMessageId, chatIdToBytes, readChatId } from "./chat-id.ts";
import { type ChatLifetime, LIFETIME_OFF, readLifetime } from "./chat-term.ts";

export interface Proposal {
  readonly id: ChatMessageId;
  readonly revision: number;
  readonly lifetime: ChatLifetime;
}

export interface Agreement {
  readonly revision: number;
  readonly lifetime: ChatLifetime;
  /** Not answered, oldest first; the last one is open, those before it may have been accepted meanwhile. */
  readonly ours: readonly Proposal[];
  readonly theirs: Proposal | undefined;
}

export const NO_AGREEMENT: Agreement = { revision: 0, lifetime: LIFETIME_OFF, ours: [], theirs: undefined };

export const withOurs = (state: Agreement, proposal: Proposal): Agreement => ({
  ...state,
  ours: [...state.ours, proposal],
});

/** The newest proposal of the peer takes the place of those before. */
export const withTheirs = (state: Agreement, theirs: Proposal): Agreement => ({ ...state, theirs });

/** Our answer to theirs. */
export const answered = (state: Agreement, revision: number, isAccepted: boolean): Agreement => {
  const rest = { ...state, theirs: undefined };
  return isAccepted && state.theirs !== undefined ? settled(rest, revision, state.theirs.lifetime) : rest;
};

/** Their answer to one of ours; of others nothing is believed. */
export function withAnswer(
  state: Agreement,
  proposal: ChatMessageId,
  revision: number,
  isAccepted: boolean,
): Agreement {
  const index = state.ours.findIndex(({ id }) => id === proposal);
  const known = state.ours[index];
  if (known === undefined) return state;
  const rest = { ...state, ours: state.ours.slice(index + 1) }; // answers come in order: older ones get none
  return isAccepted ? settled(rest, revision, known.lifetime) : rest;
}

function settled(state: Agreement, revision: number, lifetime: ChatLifetime): Agreement {
  const isNewer = revision > state.revision;
  const isShorter = revision === state.revision && lengthOf(lifetime) < lengthOf(state.lifetime);
  return isNewer || isShorter ? { ...state, revision, lifetime } : state;
}

const lengthOf = (lifetime: ChatLifetime): number => (lifetime === LIFETIME_OFF ? Number.POSITIVE_INFINITY : lifetime);

export function encodeAgreement({ revision, lifetime, ours, theirs }: Agreement): Uint8Array {
  const writer = new Writer(64).u32(revision).u32(lifetime);
  for (const proposals of [ours, theirs === undefined ? [] : [theirs]]) {
    writer.varint(proposals.length);
    for (const each of proposals) writer.bytes(chatIdToBytes(each.id)).u32(each.revision).u32(each.lifetime);
  }
  return writer.finish();
}

export function readAgreement(reader: Reader): Agreement {
  const [revision, lifetime] = [reader.u32(), readLifetime(reader)];
  const proposals = (): Proposal[] =>
    Array.from({ length: Math.min(reader.varint(), CHAT_PROPOSALS_MAX) }, () => ({
      id: readChatId(reader),
      revision: reader.u32(),
      lifetime: readLifetime(reader),
    }));
  const ours = proposals();
  return { revision, lifetime, ours, theirs: proposals()[0] };
}
