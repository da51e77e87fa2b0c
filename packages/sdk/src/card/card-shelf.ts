/**
 * What is kept of cards: ours, those of others, links that we made, photos by hash. What is in memory is what is in the
 * store: a change is written first, in one transaction, and one change is made at a time.
 *
 *     "cards/own/<id>"   "cards/entry/<id>"   "cards/link/<id>"   "cards/photo/<hash>"
 *
 * @module
 */
import { type StoreEntry, WireError } from "@kith/core";
import {
  type CardEntry,
  type CardField,
  decodeCardEntry,
  decodeGivenLink,
  decodeOwnCard,
  encodeCardEntry,
  encodeGivenLink,
  encodeOwnCard,
  type GivenLink,
  type OwnCard,
} from "@kith/core/card";
import type { KeyValueStore } from "../storage.ts";

export type ShelfChange =
  | { readonly kind: "own"; readonly id: string; readonly value: OwnCard | undefined }
  | { readonly kind: "entry"; readonly id: string; readonly value: CardEntry | undefined }
  | { readonly kind: "link"; readonly id: string; readonly value: GivenLink | undefined };

/** A photo that one of the changes names. */
export interface ShelvedPhoto {
  readonly hash: string;
  readonly bytes: Uint8Array;
}

const PREFIX = "cards/";
const keyOf = (kind: ShelfChange["kind"] | "photo", id: string): string => `${PREFIX}${kind}/${id}`;

export class CardShelf {
  readonly own: Map<string, OwnCard> = new Map();
  readonly entries: Map<string, CardEntry> = new Map();
  readonly links: Map<string, GivenLink> = new Map();
  readonly #store: KeyValueStore;
  readonly #changed: () => void;
  #last: Promise<unknown> = Promise.resolve();

  constructor(store: KeyValueStore, changed: () => void) {
    [this.#store, this.#changed] = [store, changed];
  }

  /** Reads what is kept. `note` is told of what cannot be read; that stays where it is. */
  async load(note: (code: string) => void): Promise<void> {
    const read = async (kind: ShelfChange["kind"], take: (id: string, value: Uint8Array) => void): Promise<void> => {
      for (const { key, value } of await this.#store.list(keyOf(kind, ""))) {
        try {
          take(key.slice(keyOf(kind, "").length), value);
        } catch (error) {
          if (!(error instanceof WireError)) throw error;
          note(`cards-${kind}-unreadable`);
        }
      }
    };
    await read("own", (id, value) => this.own.set(id, decodeOwnCard(value)));
    await read("entry", (id, value) => this.entries.set(id, decodeCardEntry(id, value)));
    await read("link", (id, value) => this.links.set(id, decodeGivenLink(value)));
    this.#changed();
  }

  photo(hash: string): Promise<Uint8Array | undefined> {
    return /^[0-9a-f]{64}$/.test(hash) ? this.#store.get(keyOf("photo", hash)) : Promise.resolve(undefined);
  }

  /**
   * Makes one change after the other: `decide` sees what all before it left.
   * @throws what `decide` does, and {EndpointError} `ERR_STORAGE`: then nothing is changed
   */
  change<T>(
    decide: () => {
      readonly changes: readonly ShelfChange[];
      readonly photos?: readonly ShelvedPhoto[];
      readonly result: T;
    },
  ): Promise<T> {
    const turn = this.#last.then(async () => {
      const { changes, photos = [], result } = decide();
      await this.#write(changes, photos);
      return result;
    });
    this.#last = turn.catch(() => {});
    return turn;
  }

  async #write(changes: readonly ShelfChange[], photos: readonly ShelvedPhoto[]): Promise<void> {
    if (changes.length === 0) return;
    const puts: StoreEntry[] = photos.map(({ hash, bytes }) => ({ key: keyOf("photo", hash), value: bytes }));
    const deletes: string[] = [];
    for (const change of changes) {
      const key = keyOf(change.kind, change.id);
      if (change.value === undefined) deletes.push(key);
      else puts.push({ key, value: encodeChange(change) });
    }
    for (const hash of this.#orphans(changes)) deletes.push(keyOf("photo", hash));
    await this.#store.batch(puts, deletes);
    for (const change of changes) this.#apply(change);
    this.#changed();
  }

  #apply(change: ShelfChange): void {
    const { kind, id, value } = change;
    if (value === undefined) (kind === "own" ? this.own : kind === "entry" ? this.entries : this.links).delete(id);
    else if (kind === "own") this.own.set(id, value);
    else if (kind === "entry") this.entries.set(id, value);
    else this.links.set(id, value);
  }

  /** Photos that nothing names any more when the changes are made. */
  #orphans(changes: readonly ShelfChange[]): ReadonlySet<string> {
    const left = new Set<string>();
    const changed = new Set<string>();
    for (const { kind, id } of changes) {
      changed.add(keyOf(kind, id));
      for (const hash of this.#photosOf(kind, id)) left.add(hash);
    }
    if (left.size === 0) return left;
    for (const { value } of changes) if (value !== undefined) for (const hash of photosIn(value)) left.delete(hash);
    for (const [id, card] of this.own)
      if (!changed.has(keyOf("own", id))) for (const hash of photosIn(card)) left.delete(hash);
    for (const [id, entry] of this.entries)
      if (!changed.has(keyOf("entry", id))) for (const hash of photosIn(entry)) left.delete(hash);
    return left;
  }

  #photosOf(kind: ShelfChange["kind"], id: string): readonly string[] {
    const value = kind === "own" ? this.own.get(id) : kind === "entry" ? this.entries.get(id) : undefined;
    return value === undefined ? [] : photosIn(value);
  }
}

function encodeChange(change: ShelfChange & { readonly value: object | undefined }): Uint8Array {
  switch (change.kind) {
    case "own":
      return change.value === undefined ? NOTHING : encodeOwnCard(change.value);
    case "entry":
      return change.value === undefined ? NOTHING : encodeCardEntry(change.value);
    case "link":
      return change.value === undefined ? NOTHING : encodeGivenLink(change.value);
  }
}
const NOTHING = new Uint8Array(0);

function photosIn(value: OwnCard | CardEntry | GivenLink): readonly string[] {
  if ("text" in value) return [];
  const fields: readonly CardField[] =
    "revisions" in value
      ? value.fields.map(({ field }) => field)
      : [...value.fields, ...value.cards.flatMap(({ card }) => card.content.fields)];
  return fields.flatMap((field) => (field.kind === "photo" ? [field.hash] : []));
}
