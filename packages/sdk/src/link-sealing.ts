/**
 * Seals what leaves by a link and opens what comes, at once or later, and keeps the order either way: where a record
 * overtook another, the session would take the gap for a loss. Holds no protocol rule.
 *
 * @module
 */
import type { CryptoProvider, OpenJob, SealJob } from "@kith/core";
import type { BulkAead } from "./bulk-aead.ts";
import { LINK_WRITE_BYTES_MAX, type Link } from "./transport.ts";

/** Bytes that are being sealed at most: enough that the platform's threads are never without work. */
const SEALING_BYTES_MAX = 262_144;
/** Bytes that are being opened before the link is told to wait; one that keeps its bounds never has more under way. */
const OPENING_BYTES_MAX: number = LINK_WRITE_BYTES_MAX;

export interface LinkSealingOptions {
  readonly link: Link;
  readonly provider: CryptoProvider;
  /** Without one everything is done at once. */
  readonly bulk: BulkAead | undefined;
  /** There is room again, which {@link LinkSealing.room} had denied. */
  readonly onRoom: () => void;
}

export class LinkSealing {
  readonly #options: LinkSealingOptions;
  readonly #sealing = new InOrder();
  readonly #opening = new InOrder();
  #sealingBytes = 0;
  #openingBytes = 0;
  /** How much of the room must be there again for it to be told. */
  #wanted: "none" | "half" | "all" = "none";
  #isPaused = false;

  constructor(options: LinkSealingOptions) {
    this.#options = options;
  }

  /** Bytes that may be sealed now. */
  get room(): number {
    const { room } = this.#options.link;
    if (this.#sealingBytes === 0) return room;
    const left = Math.min(room, SEALING_BYTES_MAX) - this.#sealingBytes;
    // What is left may be too little for the session's next record: whoever asked is told when all of it is there again.
    this.#wanted = left <= 0 ? "half" : this.#wanted === "none" ? "all" : this.#wanted;
    return Math.max(0, left);
  }

  /** Seals, and writes it. */
  send({ key, nonce, header, plaintext }: SealJob): void {
    const { link, provider, bulk } = this.#options;
    const { length } = plaintext;
    const later = bulk && length >= bulk.bytesMin ? bulk.seal(key, nonce, header, plaintext) : undefined;
    if (later === undefined) return this.write([header, ...provider.seal(key, nonce, header, plaintext)]);
    this.#sealingBytes += length;
    this.#sealing.add(later, (sealed) => {
      this.#sealingBytes -= length;
      if (sealed !== undefined) link.write([header, sealed]);
      const due = this.#wanted === "half" ? SEALING_BYTES_MAX / 2 : 0;
      if (this.#wanted === "none" || this.#sealingBytes > due) return;
      this.#wanted = "none";
      this.#options.onRoom();
    });
  }

  /** What is not sealed here. */
  write(parts: readonly Uint8Array[]): void {
    this.#sealing.run(() => this.#options.link.write(parts));
  }

  /** After what is written. */
  close(): void {
    this.#sealing.run(() => this.#options.link.close());
  }

  /** Gives the plaintext, or `undefined` if the tag does not match, to `use`. */
  open({ key, nonce, header, sealed }: OpenJob, use: (plaintext: Uint8Array | undefined) => void): void {
    const { provider, bulk } = this.#options;
    const { length } = sealed;
    const later = bulk && length >= bulk.bytesMin ? bulk.open(key, nonce, header, sealed) : undefined;
    if (later === undefined) {
      const plaintext = provider.open(key, nonce, header, sealed);
      return this.#opening.run(() => use(plaintext));
    }
    this.#addOpening(length);
    this.#opening.add(later, (plaintext) => {
      this.#addOpening(-length);
      use(plaintext);
    });
  }

  /** Runs it when everything that came before is opened. */
  afterOpening(run: () => void): void {
    this.#opening.run(run);
  }

  #addOpening(bytes: number): void {
    this.#openingBytes += bytes;
    const { link } = this.#options;
    if (!this.#isPaused && this.#openingBytes > OPENING_BYTES_MAX) {
      this.#isPaused = true;
      link.pause();
    } else if (this.#isPaused && 2 * this.#openingBytes <= OPENING_BYTES_MAX) {
      this.#isPaused = false;
      link.resume();
    }
  }
}

/** Things to be done one after the other, of which some wait for an answer. */
class InOrder {
  readonly #waiting: { run: (() => void) | undefined }[] = []; // bounded by who adds

  /** At once, if nothing waits. */
  run(run: () => void): void {
    if (this.#waiting.length === 0) run();
    else this.#waiting.push({ run });
  }

  add<Answer>(answer: Promise<Answer>, use: (answer: Answer) => void): void {
    const place: { run: (() => void) | undefined } = { run: undefined };
    this.#waiting.push(place);
    void answer.then((given) => {
      place.run = () => use(given);
      this.#runDue();
    });
  }

  #runDue(): void {
    for (let run = this.#waiting[0]?.run; run !== undefined; run = this.#waiting[0]?.run) {
      try {
        run(); // before its place is given up: what it adds comes last
      } finally {
        this.#waiting.shift();
      }
    }
  }
}
