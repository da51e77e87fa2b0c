/**
 * What was said, and what was heard: the memory of a simulated world, which no host can lose. It
 * holds the endpoints to their promises while the world runs, and settles accounts at the end.
 *
 * @module
 */
import { Conversations, type PeerId, readChatArchive, Transfers } from "@kith/core";
import type { SimHost } from "./sim-host.ts";

/** A promise was broken. Everything else that is thrown is a bug as well. */
export class Violation extends Error {
  override readonly name = "Violation";
}

/** In every text, name and file: it must never be seen on a cable. */
export const PLAINTEXT_MARK = "kith-plaintext-mark";

export interface Stream {
  readonly number: number;
  readonly from: SimHost;
  readonly to: SimHost;
  /** Processes that it runs between. */
  readonly lives: readonly [number, number];
  readonly count: number;
  sent: number;
  heard: number;
  isOver: boolean;
}

export interface Offer {
  readonly from: SimHost;
  readonly to: SimHost;
  readonly key: string;
  readonly contents: readonly Uint8Array[];
  /** Somebody gave it up: it may end in any way. */
  isGivenUp: boolean;
}

export class Ledger {
  readonly offers: Offer[] = [];
  readonly streams: Map<number, Stream> = new Map();
  readonly #said = new Map<string, number>();
  readonly #heard = new Map<string, number>();
  readonly #heardIds = new Set<string>();
  texts = 0;

  /** The next text from one to another. */
  nextText(from: SimHost, to: SimHost, padding: number): string {
    const number = (this.#said.get(pairOf(from, to)) ?? 0) + 1;
    this.#said.set(pairOf(from, to), number);
    return `${PLAINTEXT_MARK} ${number} ${from.name}>${to.name} ${"x".repeat(padding)}`;
  }

  /** A text came out of an endpoint: once, and after those before it. */
  hear(at: SimHost, from: SimHost, id: string, text: string): void {
    this.texts += 1;
    if (!from.isHonest) return;
    const [mark, numeral, names] = text.split(" ");
    if (mark !== PLAINTEXT_MARK || names !== `${from.name}>${at.name}`) throw new Violation(`${at.name} hears ${text}`);
    const known = `${at.name} ${from.name} ${id}`;
    if (at.wasRolledBack) return;
    if (this.#heardIds.has(known)) throw new Violation(`${at.name} hears text ${numeral} of ${from.name} twice`);
    this.#heardIds.add(known);
    const [number, before] = [Number(numeral), this.#heard.get(pairOf(from, at)) ?? 0];
    if (number <= before && !from.wasRolledBack && !from.relayed.leftMail)
      throw new Violation(`${at.name} hears ${number} of ${from.name} after ${before}`);
    this.#heard.set(pairOf(from, at), Math.max(number, before));
  }

  /** A message of a stream came out of a channel. */
  hearStream(at: SimHost, from: PeerId, number: number, count: number): void {
    const stream = this.streams.get(number);
    if (stream === undefined || stream.to !== at || stream.from.id !== from) {
      throw new Violation(`${at.name} hears a stream ${number} that nobody sent it`);
    }
    if (count !== stream.heard) throw new Violation(`stream ${number}: message ${count} after ${stream.heard}`);
    stream.heard += 1;
  }

  /** Streams that must still arrive: their processes live, their sessions were not closed. */
  get openStreams(): Stream[] {
    return [...this.streams.values()].filter(
      ({ isOver, from, to, lives, heard, count }) =>
        !isOver && heard < count && from.lives === lives[0] && to.lives === lives[1] && from.canAnswer && to.canAnswer,
    );
  }

  /** Both disks agree about the chat of `from` to `to`: everything durable there is here, once, in order. */
  settleChat(from: SimHost, to: SimHost): void {
    const heard = logOf(to, from).filter(({ direction }) => direction === "in");
    const ids = new Set(heard.map(({ id }) => id));
    const said = logOf(from, to).filter(
      ({ id, direction, state, mark }) =>
        direction === "out" && state !== "expired" && (!mark.isDeleted || ids.has(id)), // deleted before it left: it never does
    );
    if (ids.size < heard.length) throw new Violation(`${to.name} has a text of ${from.name} twice on its disk`);
    if (from.wasRolledBack || to.wasRolledBack) return;
    const [a, b] = [said, heard].map((log) => log.map(({ id }) => id));
    const isSame = from.relayed.leftMail ? `${a?.sort()}` === `${b?.sort()}` : `${a}` === `${b}`;
    if (!isSame) {
      throw new Violation(
        `${from.name} said ${said.length} texts to ${to.name}, who has ${heard.length}, or in another order`,
      );
    }
    const open = said.find(({ state }) => state !== "stored" && state !== "read");
    if (open !== undefined) throw new Violation(`a text of ${from.name} to ${to.name} is still ${open.state}`);
  }

  settleOffer({ from, to, key, contents, isGivenUp }: Offer): void {
    const id = key.slice(key.lastIndexOf("/") + 1);
    const placed = to.disk.placed.get(`${from.id}/in/${id}`) ?? [];
    if (placed.length > 1 && !to.wasRolledBack) throw new Violation(`${to.name} placed an offer of ${from.name} twice`);
    for (const [index, content] of contents.entries()) {
      for (const one of placed) {
        if (Buffer.compare(one.contents[index] ?? new Uint8Array(0), content) !== 0) {
          throw new Violation(`file ${index} of ${from.name} is not the same at ${to.name}`);
        }
      }
    }
    const isKept = from.store.get(`${Transfers.storePrefix(to.id)}out/${id}`) !== undefined;
    if (isKept && !isGivenUp && !from.wasRolledBack && !to.wasRolledBack) {
      throw new Violation(`an offer of ${from.name} to ${to.name} never ended`);
    }
  }
}

const pairOf = (from: SimHost, to: SimHost): string => `${from.name}>${to.name}`;

const logOf = (host: SimHost, peer: SimHost): ReturnType<typeof readChatArchive>["log"] =>
  readChatArchive(host.store.under(Conversations.storePrefix(peer.id))).log;
