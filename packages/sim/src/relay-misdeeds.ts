/**
 * What a relay could do to those who use it, one misdeed at a time: it has what they sent, says what it likes to whom it
 * likes, and keeps everything. It has none of their keys.
 *
 * @module
 */
import type { SimRandom } from "./sim-random.ts";
import type { Misdeed, SimRelay } from "./sim-relay.ts";

/** First bytes of a relay's messages (core `RELAY_MESSAGE`), and where what it could change stands in them. */
const [READY, FORWARDED, WINDOW, AWAY, ARRIVED, LEFT, ITEM, DONE] = [0x83, 0x90, 0x91, 0x92, 0x93, 0x94, 0xb0, 0xc0];
const KEY_BYTES = 32;
const [FROM_AT, ARRIVED_KEY_AT, SEALED_AT] = [1, 17, 57];
const KEPT_MAX = 200;

/** A relay's hand and its memory. `done`: how often it did something that an honest one would not. */
export class HostileHand {
  readonly name: string;
  readonly random: SimRandom;
  /** What was to be sent before, and to which connection. */
  readonly heard: { readonly message: Uint8Array; readonly to: number }[] = [];
  /** Keys that logged in, as others were told of them. */
  readonly keys: Uint8Array[] = [];
  readonly connections: Set<number> = new Set();
  held: Uint8Array | undefined;
  done = 0;

  constructor(name: string, random: SimRandom) {
    [this.name, this.random] = [name, random];
  }

  /** To be given to a relay. */
  readonly misdeed: Misdeed = (message: Uint8Array, to: number, relay: SimRelay): readonly Uint8Array[] => {
    const what = MISDEEDS[this.name]?.(message, to, this, relay);
    if (what !== undefined) this.done += 1;
    if (message[0] === ARRIVED) this.keys.push(message.slice(ARRIVED_KEY_AT, ARRIVED_KEY_AT + KEY_BYTES));
    if (message[0] === READY) this.connections.add(to);
    if (message[0] === FORWARDED || message[0] === ITEM) this.heard.push({ message: message.slice(), to });
    if (this.heard.length > KEPT_MAX) this.heard.splice(this.random.below(KEPT_MAX), 1);
    return what ?? [message];
  };

  anyKey(): Uint8Array {
    return (
      (this.random.chance(0.7) ? this.keys[this.random.below(this.keys.length)] : undefined) ??
      this.random.bytes(KEY_BYTES)
    );
  }

  anyOne(): number {
    return [...this.connections][this.random.below(this.connections.size)] ?? 0;
  }
}

type Deed = (message: Uint8Array, to: number, hand: HostileHand, relay: SimRelay) => readonly Uint8Array[] | undefined;

const isOf = (message: Uint8Array, ...types: readonly number[]): boolean => types.includes(message[0] ?? 0);

function withBytes(message: Uint8Array, at: number, bytes: Uint8Array): Uint8Array {
  const changed = message.slice();
  changed.set(bytes, at);
  return changed;
}

function flippedAfter(message: Uint8Array, from: number, random: SimRandom): Uint8Array {
  const changed = message.slice();
  const at = from + random.below(Math.max(1, message.length - from));
  changed[at] = (changed[at] ?? 0) ^ (1 << random.below(8));
  return changed;
}

/** `undefined`: it is sent as it is. */
export const MISDEEDS: Readonly<Record<string, Deed>> = {
  /** Says that somebody else sent it. */
  "swaps the sender": (message, _to, hand) =>
    isOf(message, FORWARDED, ITEM) && hand.random.chance(0.3)
      ? [withBytes(message, FROM_AT, hand.anyKey())]
      : undefined,
  /** Says that somebody else is there. */
  "swaps who arrived": (message, _to, hand) =>
    isOf(message, ARRIVED, LEFT) && hand.random.chance(0.5)
      ? [withBytes(message, ARRIVED_KEY_AT, hand.anyKey())]
      : undefined,
  /** Names ten keys for each that is there. */
  "makes up arrivals": (message, _to, hand) =>
    isOf(message, ARRIVED)
      ? [message, ...Array.from({ length: 10 }, () => withBytes(message, ARRIVED_KEY_AT, hand.random.bytes(KEY_BYTES)))]
      : undefined,
  "tells of nobody": (message) => (isOf(message, ARRIVED, LEFT, AWAY) ? [] : undefined),
  drops: (message, _to, hand) => (isOf(message, FORWARDED) && hand.random.chance(0.3) ? [] : undefined),
  "drops everything forwarded": (message) => (isOf(message, FORWARDED) ? [] : undefined),
  "gives no window back": (message) => (isOf(message, WINDOW) ? [] : undefined),
  "gives back what was not taken": (message) => (isOf(message, WINDOW) ? [message, message.slice()] : undefined),
  duplicates: (message, _to, hand) =>
    isOf(message, FORWARDED, ITEM, ARRIVED) && hand.random.chance(0.5) ? [message, message.slice()] : undefined,
  /** The second before the first. */
  reorders: (message, _to, hand) => {
    if (!isOf(message, FORWARDED)) return undefined;
    const held = hand.held;
    hand.held = held === undefined ? message.slice() : undefined;
    return held === undefined ? [] : [message, held];
  },
  /** Anything that ever went to somebody, again. */
  replays: (message, to, hand) => {
    const mine = hand.heard.filter((each) => each.to === to);
    const old = mine[hand.random.below(Math.max(1, mine.length))];
    return old !== undefined && hand.random.chance(0.4) ? [message, old.message.slice()] : undefined;
  },
  /** What was for one, to another. */
  misdelivers: (message, to, hand, relay) => {
    const other = hand.anyOne();
    if (!isOf(message, FORWARDED, ITEM) || other === to || hand.random.chance(0.5)) return undefined;
    relay.say(other, message.slice());
    return hand.random.chance(0.5) ? [] : [message];
  },
  "changes payloads": (message, _to, hand) =>
    isOf(message, FORWARDED) && hand.random.chance(0.2)
      ? [flippedAfter(message, FROM_AT + KEY_BYTES, hand.random)]
      : undefined,
  "changes items": (message, _to, hand) =>
    isOf(message, ITEM) && hand.random.chance(0.7) ? [flippedAfter(message, SEALED_AT, hand.random)] : undefined,
  /** Acknowledges what it never gives to anybody. */
  "keeps nothing": (message) => (isOf(message, ITEM) ? [] : undefined),
  /** Gives items that were taken again, with every word that it says. */
  "keeps what should be gone": (_message, to, hand, relay) => {
    const items = hand.heard.filter((each) => each.message[0] === ITEM);
    const old = items[hand.random.below(Math.max(1, items.length))];
    if (old === undefined) return undefined;
    relay.say(hand.random.chance(0.8) ? to : hand.anyOne(), old.message.slice());
    return [_message];
  },
  "talks nonsense": (message, _to, hand) =>
    hand.random.chance(0.02) ? [message, hand.random.bytes(hand.random.between(0, 200))] : undefined,
  "answers what nobody asked": (message, _to, hand) =>
    hand.random.chance(0.02) ? [message, Uint8Array.of(DONE, 0, 0, 0, 99, 0)] : undefined,
};
