/**
 * Decides, before any costly work, whether a handshake may begin (spec/handshake.md §6).
 * A link that arrives gets a ticket and has `HANDSHAKE_TIMEOUT` to become a session.
 *
 *     silent ──admit: go──▶ half-open ──release──▶ gone      (done, failed or closed)
 *        │   ──admit: retry, refuse──▶ silent
 *        └──────────────┴──timeout──▶ gone, and out comes "expired"
 *
 * - Silent links: so many in all and from one source; the oldest gives way to a new one.
 * - Half-open ones: `HALF_OPEN_MAX` in all, `HALF_OPEN_PER_SOURCE_MAX` from one source; from
 *   `HALF_OPEN_COOKIE_FROM` on a stranger first proves that it hears what we send to its source.
 * - Who shows the contact tag of one we know skips all of this, once per tag.
 *
 * The cookie costs us nothing to remember: HMAC(secret, source, ephemeral key), under a secret
 * that is renewed and whose predecessor still counts.
 *
 * @module
 */
import { LABEL, labelBytes } from "../crypto/labels.ts";
import type { CryptoProvider } from "../crypto/provider.ts";
import { bytesEqual } from "../lib/bytes.ts";
import { bytesToHex } from "../lib/hex.ts";
import type { RandomSource } from "../lib/random.ts";
import { after, type Instant } from "../lib/time.ts";
import { textToBytes } from "../lib/utf8.ts";
import { encodeRefuse, encodeRetry, type Hello } from "../wire/handshake-packet.ts";
import {
  COOKIE_SECRET_LIFETIME,
  HALF_OPEN_COOKIE_FROM,
  HALF_OPEN_MAX,
  HALF_OPEN_PER_SOURCE_MAX,
  HANDSHAKE_TIMEOUT,
  RECENT_TAGS_MAX,
  SILENT_LINKS_MAX,
  SILENT_LINKS_PER_SOURCE_MAX,
} from "../wire/limits.ts";
import { REFUSAL } from "../wire/registry.ts";

const COOKIE_BYTES = 16;
const EPHEMERAL_BYTES = 32;

export type Ticket = number;

export type GateVerdict =
  /** Make the responder. {@link HandshakeGate.release} the ticket when the handshake is over. */
  | { readonly answer: "go" }
  /** Send `bytes` and wait for the hello to come again with the cookie. */
  | { readonly answer: "retry"; readonly bytes: Uint8Array }
  /** Send `bytes` and close the link. */
  | { readonly answer: "refuse"; readonly bytes: Uint8Array };

/** Close that link and forget its ticket, which is released already. */
export type GateOutput = { readonly type: "expired"; readonly ticket: Ticket; readonly reason: "timeout" | "crowded" };

interface Waiting {
  readonly source: string;
  readonly deadline: Instant;
  /** Those of known peers are not counted against strangers. */
  standing: "silent" | "half-open" | "known";
  knownAs: string | undefined;
}

export class HandshakeGate {
  readonly #provider: CryptoProvider;
  readonly #random: RandomSource;
  readonly #waiting = new Map<Ticket, Waiting>(); //      oldest first, and so are the deadlines
  readonly #recentTags = new Set<string>(); //            oldest first
  readonly #outputs: GateOutput[] = [];
  #nextTicket: Ticket = 1;
  #secret: Uint8Array;
  #previousSecret: Uint8Array | undefined;
  #renewAt: Instant;

  constructor(options: { provider: CryptoProvider; random: RandomSource; now: Instant }) {
    this.#provider = options.provider;
    this.#random = options.random;
    this.#secret = options.random(32);
    this.#renewAt = after(options.now, COOKIE_SECRET_LIFETIME);
  }

  get halfOpen(): number {
    return this.#count("half-open");
  }

  /** A link came in from `source` (see `sourceOf`). Always gets a ticket; an older silent link may pay for it. */
  arrive(source: string, now: Instant): Ticket {
    if (this.#count("silent", source) >= SILENT_LINKS_PER_SOURCE_MAX) this.#evict(source);
    else if (this.#count("silent") >= SILENT_LINKS_MAX) this.#evict();
    const ticket = this.#nextTicket++;
    this.#waiting.set(ticket, {
      source,
      deadline: after(now, HANDSHAKE_TIMEOUT),
      standing: "silent",
      knownAs: undefined,
    });
    return ticket;
  }

  /**
   * Decides about a hello. `knownAs` says whose contact tag it shows, if anyone's. What a link asks
   * after a refusal, or while its handshake runs, is refused. A `resume` packet needs no leave: it
   * is answered at once or not at all, and `ResumeBook` does nothing costly for who lacks the secret.
   */
  admit(ticket: Ticket, request: { hello: Hello; knownAs: string | undefined }, now: Instant): GateVerdict {
    const waiting = this.#waiting.get(ticket);
    if (waiting === undefined || waiting.standing !== "silent") return refuse();
    const { hello, knownAs } = request;
    if (knownAs !== undefined && this.#isWelcome(knownAs, hello)) {
      waiting.standing = "known";
      waiting.knownAs = knownAs;
      return { answer: "go" };
    }
    const halfOpen = this.halfOpen;
    const isCrowded = halfOpen >= HALF_OPEN_MAX || this.#count("half-open", waiting.source) >= HALF_OPEN_PER_SOURCE_MAX;
    if (isCrowded) return refuse();
    if (halfOpen >= HALF_OPEN_COOKIE_FROM && !this.#isOurs(hello, waiting.source, now)) {
      return { answer: "retry", bytes: encodeRetry(this.#cookie(this.#secret, hello, waiting.source)) };
    }
    waiting.standing = "half-open";
    return { answer: "go" };
  }

  /** The handshake is over, or its link: the place is free. A second call does nothing. */
  release(ticket: Ticket): void {
    this.#waiting.delete(ticket);
  }

  handleTimeout(now: Instant): void {
    for (const [ticket, { deadline }] of this.#waiting) {
      if (now < deadline) break;
      this.#expire(ticket, "timeout");
    }
  }

  nextTimeout(): Instant | undefined {
    for (const { deadline } of this.#waiting.values()) return deadline;
    return undefined;
  }

  poll(): GateOutput | undefined {
    return this.#outputs.shift();
  }

  /**
   * Whether a contact is let in past the limits: not with a tag shown before, which anyone may have
   * heard on the network, and not more often at once than a stranger.
   */
  #isWelcome(peer: string, hello: Hello): boolean {
    let count = 0;
    for (const each of this.#waiting.values()) if (each.knownAs === peer) count++;
    return count < HALF_OPEN_PER_SOURCE_MAX && this.#isNewTag(bytesToHex(hello.tag));
  }

  #isNewTag(tag: string): boolean {
    if (this.#recentTags.has(tag)) return false;
    if (this.#recentTags.size >= RECENT_TAGS_MAX) {
      for (const oldest of this.#recentTags) {
        this.#recentTags.delete(oldest);
        break;
      }
    }
    this.#recentTags.add(tag);
    return true;
  }

  #isOurs(hello: Hello, source: string, now: Instant): boolean {
    this.#renew(now);
    if (bytesEqual(hello.cookie, this.#cookie(this.#secret, hello, source))) return true;
    const previous = this.#previousSecret;
    return previous !== undefined && bytesEqual(hello.cookie, this.#cookie(previous, hello, source));
  }

  /** A predecessor of more than one lifetime ago counts no more, however long nobody came. */
  #renew(now: Instant): void {
    if (now < this.#renewAt) return;
    this.#previousSecret = now < after(this.#renewAt, COOKIE_SECRET_LIFETIME) ? this.#secret : undefined;
    this.#secret = this.#random(32);
    this.#renewAt = after(now, COOKIE_SECRET_LIFETIME);
  }

  #cookie(secret: Uint8Array, hello: Hello, source: string): Uint8Array {
    const ephemeral = hello.noise.subarray(0, EPHEMERAL_BYTES); // of one length, so that what follows is not ambiguous
    const mac = this.#provider.hmacSha256(secret, labelBytes(LABEL.cookie), ephemeral, textToBytes(source));
    return mac.slice(0, COOKIE_BYTES);
  }

  #count(standing: Waiting["standing"], source?: string): number {
    let count = 0;
    for (const each of this.#waiting.values()) {
      if (each.standing === standing && (source === undefined || each.source === source)) count++;
    }
    return count;
  }

  #evict(source?: string): void {
    for (const [ticket, each] of this.#waiting) {
      if (each.standing !== "silent" || (source !== undefined && each.source !== source)) continue;
      this.#expire(ticket, "crowded");
      return;
    }
  }

  #expire(ticket: Ticket, reason: "timeout" | "crowded"): void {
    this.#waiting.delete(ticket);
    this.#outputs.push({ type: "expired", ticket, reason });
  }
}

const refuse = (): GateVerdict => ({ answer: "refuse", bytes: encodeRefuse(REFUSAL.busy) });
