/**
 * Items that a relay keeps in memory, and what they may amount to (spec/relay-meeting.md §4).
 *
 * @module
 */
import { bytesEqual } from "../lib/bytes.ts";
import { bytesToHex } from "../lib/hex.ts";
import type { WallTime } from "../lib/time.ts";
import {
  RELAY_ITEMS_BYTES_MAX,
  RELAY_ITEMS_BYTES_PER_PAIR_MAX,
  RELAY_ITEMS_BYTES_PER_SENDER_MAX,
  RELAY_ITEMS_MAX,
  RELAY_ITEMS_PER_SENDER_MAX,
} from "../wire/relay-limits.ts";
import type { ItemName } from "./relay-message.ts";
import type { KeptItem, RelayQuestions } from "./relay-state.ts";

interface Shelved extends KeptItem {
  readonly until: WallTime;
}

export class ItemShelf {
  readonly #bytesMax: number;
  readonly #byReceiver = new Map<string, Shelved[]>(); // in order of place
  readonly #bytesBySender = new Map<string, number>();
  #bytes = 0;
  #lastPlace = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** Of all items that are kept. */
  get bytes(): number {
    return this.#bytes;
  }

  deposit({ from, to, id, sealed, until, wall }: RelayQuestions["deposit"]): "kept" | "full" {
    const receiver = bytesToHex(to);
    this.#keep(receiver, (item) => wall < item.until);
    const items = this.#byReceiver.get(receiver) ?? [];
    if (items.some((item) => isNamed(item, { from, id }))) return "kept";
    const ofSender = items.filter((item) => bytesEqual(item.from, from));
    const bytesOfSender = (this.#bytesBySender.get(bytesToHex(from)) ?? 0) + sealed.length;
    const isFull =
      items.length >= RELAY_ITEMS_MAX ||
      bytesOf(items) + sealed.length > RELAY_ITEMS_BYTES_MAX ||
      ofSender.length >= RELAY_ITEMS_PER_SENDER_MAX ||
      bytesOf(ofSender) + sealed.length > RELAY_ITEMS_BYTES_PER_PAIR_MAX ||
      bytesOfSender > RELAY_ITEMS_BYTES_PER_SENDER_MAX ||
      this.#bytes + sealed.length > this.#bytesMax;
    if (isFull) return "full";
    this.#lastPlace += 1;
    this.#byReceiver.set(receiver, [...items, { from, id, sealed, wall, until, place: this.#lastPlace }]);
    this.#count(from, sealed.length);
    return "kept";
  }

  after({ key, after, count, bytes, wall }: RelayQuestions["items"]): { items: KeptItem[]; more: boolean } {
    const all = (this.#byReceiver.get(bytesToHex(key)) ?? []).filter(
      ({ place, until }) => place > after && wall < until,
    );
    const items: KeptItem[] = [];
    let taken = 0;
    for (const { until: _, ...item } of all) {
      taken += item.sealed.length;
      if (items.length >= count || (items.length > 0 && taken > bytes)) return { items, more: true };
      items.push(item);
    }
    return { items, more: false };
  }

  taken(key: Uint8Array, names: readonly ItemName[]): void {
    this.#keep(bytesToHex(key), (item) => !names.some((name) => isNamed(item, name)));
  }

  /** Forgets what is for or from that key. */
  purge(name: string): void {
    this.#keep(name, () => false);
    for (const receiver of this.#byReceiver.keys()) this.#keep(receiver, ({ from }) => bytesToHex(from) !== name);
  }

  sweep(wall: WallTime): void {
    for (const receiver of this.#byReceiver.keys()) this.#keep(receiver, ({ until }) => wall < until);
  }

  #keep(receiver: string, isKept: (item: Shelved) => boolean): void {
    const items = this.#byReceiver.get(receiver);
    if (items === undefined) return;
    const kept = items.filter((item) => {
      if (isKept(item)) return true;
      this.#count(item.from, -item.sealed.length);
      return false;
    });
    if (kept.length === 0) this.#byReceiver.delete(receiver);
    else if (kept.length < items.length) this.#byReceiver.set(receiver, kept);
  }

  #count(from: Uint8Array, bytes: number): void {
    const name = bytesToHex(from);
    const after = (this.#bytesBySender.get(name) ?? 0) + bytes;
    if (after === 0) this.#bytesBySender.delete(name);
    else this.#bytesBySender.set(name, after);
    this.#bytes += bytes;
  }
}

const bytesOf = (items: readonly Shelved[]): number => items.reduce((sum, { sealed }) => sum + sealed.length, 0);

const isNamed = (item: ItemName, { from, id }: ItemName): boolean =>
  bytesEqual(item.id, id) && bytesEqual(item.from, from);
