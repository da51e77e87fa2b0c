/**
 * One keying in use: its traffic keys and the paths numbered under it. A session has one that it
 * sends with and, for a while, the one before, which only receives (spec/session.md §3, §7).
 *
 * Path numbers are half of a nonce. The initiator of the keying gives even ones, the responder odd
 * ones, so that the two never give the same; 0 is the link of the handshake. A number that was
 * used is spent, on whatever link it appears again.
 *
 * @module
 */
import type { CryptoProvider } from "../crypto/provider.ts";
import { assert } from "../lib/assert.ts";
import type { RandomSource } from "../lib/random.ts";
import { type Instant, sooner } from "../lib/time.ts";
import { LINKS_PER_SESSION_MAX, PACKET_BYTES_MAX, PATHS_PER_KEYING_MAX, RECORD_ROOM_MIN } from "../wire/limits.ts";
import type { Keying } from "./keying.ts";
import { Path, type PathOptions, type PathOrigin } from "./path.ts";
import { ReceiveKeys, SendKeys } from "./traffic-keys.ts";

export class KeyingState {
  readonly localIndex: number;
  readonly remoteIndex: number;
  readonly send: SendKeys;
  readonly receive: ReceiveKeys;
  readonly #parity: 0 | 1; // of the numbers that we give
  readonly #paths = new Map<number, Path>();
  readonly #spent = new Set<number>();
  #nextNumber: number;
  #isDoubtful = false; // a link that we dialled ended without an answer

  /** Takes ownership of the two traffic secrets of `keying`, not of its resume secret. */
  constructor(provider: CryptoProvider, keying: Keying, now: Instant) {
    this.localIndex = keying.localIndex;
    this.remoteIndex = keying.remoteIndex;
    this.send = new SendKeys(provider, keying.sendSecret, now);
    this.receive = new ReceiveKeys(provider, keying.receiveSecret);
    this.#parity = keying.role === "initiator" ? 0 : 1;
    this.#nextNumber = keying.role === "initiator" ? 2 : 1;
  }

  get paths(): Iterable<Path> {
    return this.#paths.values();
  }

  get pathCount(): number {
    return this.#paths.size;
  }

  path(number: number): Path | undefined {
    return this.#paths.get(number);
  }

  /** Whether some path is validated. */
  get isReached(): boolean {
    for (const path of this.#paths.values()) if (path.isValidated) return true;
    return false;
  }

  /** A path was validated: the peer has these keys. */
  handleReached(): void {
    this.#isDoubtful = false;
  }

  /** A number for a link that we dial; `undefined` when this keying has no more, or the peer seems not to know it. */
  takeNumber(): number | undefined {
    if (this.#nextNumber >= PATHS_PER_KEYING_MAX || (this.#isDoubtful && !this.isReached)) return undefined;
    const number = this.#nextNumber;
    this.#nextNumber += 2;
    return number;
  }

  /** Whether a link may become path `number`. The number may be a stranger's claim. */
  canAdd(number: number): boolean {
    if (!Number.isInteger(number) || number < 0 || number >= PATHS_PER_KEYING_MAX) return false;
    if (this.#paths.has(number) || this.#spent.has(number)) return false;
    const origin = this.#originOf(number);
    // Ours are as many as we dial; which of them are too many is for the links' owner to say.
    if (origin === "local") return number < this.#nextNumber;
    // Links that have not proven anything take no place from those that have.
    let alike = 0;
    for (const path of this.#paths.values()) if (path.isSilent === (origin === "remote")) alike++;
    return alike < LINKS_PER_SESSION_MAX;
  }

  add(number: number, options: PathOptions, random: RandomSource, now: Instant): Path {
    assert(this.canAdd(number), `Cannot add path ${number}: spent, in use, not ours to give, or one too many`);
    assert(options.recordBytesMax >= RECORD_ROOM_MIN, `link for packets of ${options.recordBytesMax} bytes`);
    const recordBytesMax = Math.min(options.recordBytesMax, PACKET_BYTES_MAX);
    const path = new Path(number, this.#originOf(number), { ...options, recordBytesMax }, random, now);
    this.#paths.set(number, path);
    return path;
  }

  remove(number: number): Path | undefined {
    const path = this.#paths.get(number);
    if (path === undefined) return undefined;
    this.#paths.delete(number);
    if (path.isSpent) this.#spent.add(number); // at most PATHS_PER_KEYING_MAX
    if (this.#originOf(number) === "local" && !path.isValidated) this.#isDoubtful = true;
    return path;
  }

  /** Paths that owe an answer while the peer is heard on another: they are broken, and what they hold can go there. */
  doubted(now: Instant): number[] {
    if (this.#paths.size < 2) return [];
    return [...this.#paths.values()]
      .filter((path) => now >= (path.doubtedAt(this.paths) ?? Number.POSITIVE_INFINITY))
      .map(({ number }) => number);
  }

  nextTimeout(): Instant | undefined {
    let next: Instant | undefined;
    for (const path of this.#paths.values())
      next = sooner(next, sooner(path.nextTimeout(), path.doubtedAt(this.paths)));
    return next;
  }

  wipe(): void {
    this.send.wipe();
    this.receive.wipe();
  }

  #originOf(number: number): PathOrigin {
    if (number === 0) return "handshake";
    return number % 2 === this.#parity ? "local" : "remote";
  }
}
