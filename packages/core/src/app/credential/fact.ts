/**
 * Facts: what an issuer attests about a holder, each at a place of its own among sixteen (spec/credential.md §3).
 * A place that holds nothing has a message too, so that a proof says nothing of how many there are.
 *
 *     message = CBOR [0, 32 B secret]  [1, 32 B PeerId]  [2..6, value]  [7..15, label, value]  or [place] if empty
 *
 * @module
 */
import { type PeerId, peerIdFromBytes, peerIdToBytes } from "../../identity/peer-id.ts";
import { type CborValue, encodeCbor } from "../../lib/cbor.ts";
import { textToBytes } from "../../lib/utf8.ts";
import { WireError } from "../../lib/wire-error.ts";
import { isCleanName } from "../../trust/display-name.ts";
import { CREDENTIAL_SLOTS, FACT_LABEL_BYTES_MAX, FACT_VALUE_BYTES_MAX } from "../../wire/credential-limits.ts";

/** Places that mean the same in every credential. */
export const SLOT = { secret: 0, holder: 1, name: 2, role: 3, employeeOf: 4, attended: 5, memberOf: 6 } as const;

/** From here on a place is whatever its label says. */
export const FREE_SLOT_MIN = 7;

/** The labels of the places that have a name of ours. */
export type FactName = "name" | "role" | "employeeOf" | "attended" | "memberOf";
const NAMES: readonly FactName[] = ["name", "role", "employeeOf", "attended", "memberOf"];

export interface Fact {
  /** 2 to 15. */
  readonly slot: number;
  /** Of the places 2 to 6 their own name, of the others whatever the issuer calls it. */
  readonly label: string;
  readonly value: string;
}

export type FactFault = "slot" | "order" | "label" | "value";

/** `slot` is only for facts without a name of ours. */
export function fact(label: string, value: string, slot?: number): Fact {
  const named = NAMES.find((name) => name === label);
  return { slot: named === undefined ? (slot ?? FREE_SLOT_MIN) : SLOT[named], label, value };
}

/** The first reason why no issuer may sign `facts`; `undefined` if one may. They stand by slot, none twice. */
export function factsFault(facts: readonly Fact[]): FactFault | undefined {
  let last = SLOT.holder as number;
  for (const { slot, label, value } of facts) {
    if (!Number.isInteger(slot) || slot <= SLOT.holder || slot >= CREDENTIAL_SLOTS) return "slot";
    if (slot <= last) return "order";
    if (!isLabelOf(slot, label)) return "label";
    if (!isText(value, FACT_VALUE_BYTES_MAX)) return "value";
    last = slot;
  }
  return undefined;
}

/** A free label must not pass for one of ours. */
const isLabelOf = (slot: number, label: string): boolean =>
  slot < FREE_SLOT_MIN
    ? label === NAMES[slot - SLOT.name]
    : isText(label, FACT_LABEL_BYTES_MAX) && !NAMES.some((name) => name.toLowerCase() === label.toLowerCase());

const isText = (text: string, bytesMax: number): boolean =>
  text.length > 0 && textToBytes(text).length <= bytesMax && isCleanName(text);

/** What an issuer signs: sixteen messages, whatever the credential says. */
export function messagesOf(secret: Uint8Array, holder: PeerId, facts: readonly Fact[]): Uint8Array[] {
  const bySlot = new Map(facts.map((each) => [each.slot, each]));
  return Array.from({ length: CREDENTIAL_SLOTS }, (_, slot) => {
    if (slot === SLOT.secret) return encodeCbor([slot, secret]);
    if (slot === SLOT.holder) return holderMessage(holder);
    const known = bySlot.get(slot);
    return known === undefined ? encodeCbor([slot]) : factMessage(known);
  });
}

export const holderMessage = (holder: PeerId): Uint8Array => encodeCbor([SLOT.holder, peerIdToBytes(holder)]);

export const factMessage = (each: Fact): Uint8Array => encodeCbor(factToCbor(each));

export const factToCbor = ({ slot, label, value }: Fact): CborValue =>
  slot < FREE_SLOT_MIN ? [slot, value] : [slot, label, value];

export interface ReadFacts {
  /** If that is among them. */
  readonly holder?: PeerId;
  /** As they stand there. */
  readonly facts: readonly Fact[];
}

/** Looks at their form alone: see {@link checkFacts}. @throws {WireError} */
export function factsFromCbor(items: CborValue | undefined): ReadFacts {
  if (!Array.isArray(items)) throw new WireError("ERR_VALUE", "facts that are no list");
  const [first, ...rest]: readonly CborValue[] = items;
  const isHolder = Array.isArray(first) && first[0] === SLOT.holder;
  const facts = (isHolder ? rest : (items as readonly CborValue[])).map(factFromCbor);
  return isHolder ? { holder: holderFromCbor(first), facts } : { facts };
}

/** @throws {WireError} on facts that no issuer signs. */
export function checkFacts(facts: readonly Fact[]): void {
  const fault = factsFault(facts);
  if (fault === "label" || fault === "value") throw new WireError("ERR_TEXT", `fact with a ${fault} that is not taken`);
  if (fault !== undefined) throw new WireError("ERR_VALUE", `facts with a fault of ${fault}`);
}

function factFromCbor(item: CborValue): Fact {
  const [slot, ...texts]: readonly CborValue[] = Array.isArray(item) ? item : [];
  if (typeof slot !== "number") throw new WireError("ERR_VALUE", "fact without a slot");
  const [one, two] = texts;
  if (slot < FREE_SLOT_MIN) {
    if (texts.length === 1 && typeof one === "string")
      return { slot, label: NAMES[slot - SLOT.name] ?? "", value: one };
  } else if (texts.length === 2 && typeof one === "string" && typeof two === "string") {
    return { slot, label: one, value: two };
  }
  throw new WireError("ERR_VALUE", "fact of another form");
}

function holderFromCbor(item: readonly CborValue[]): PeerId {
  const [, key] = item;
  if (item.length !== 2 || !(key instanceof Uint8Array)) throw new WireError("ERR_VALUE", "holder of another form");
  return peerIdFromBytes(key);
}
