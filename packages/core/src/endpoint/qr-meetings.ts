/**
 * By which QR codes of pairing two meet at relays (spec/pairing.md §8): the one that we show, under which whoever scanned
 * it comes, and those that we scanned, until the other has had time to show, and as long as we pair with it.
 *
 * @module
 */
import type { CryptoProvider } from "../crypto/provider.ts";
import type { Secret } from "../crypto/secret.ts";
import type { PeerId } from "../identity/peer-id.ts";
import { after, type Instant, sooner } from "../lib/time.ts";
import { type QrPayload, qrMeetingSecret } from "../trust/qr-payload.ts";
import { PAIRING_MEET_TIMEOUT, PAIRINGS_MAX } from "../wire/limits.ts";
import type { Pairings } from "./pairings.ts";

export interface QrMeetingSecret {
  readonly secret: Secret;
  /** Whose code it is; `undefined`: it is ours. */
  readonly whom: PeerId | undefined;
}

interface Scanned {
  readonly secret: Secret;
  /** Somebody waits until then. */
  readonly until: Instant;
  isAwaited: boolean;
}

export class QrMeetings {
  readonly #provider: CryptoProvider;
  readonly #setHope: (peer: PeerId, isHoped: boolean) => void;
  #shown: { readonly of: Secret; readonly secret: Secret } | undefined;
  readonly #scanned = new Map<PeerId, Scanned>(); // at most PAIRINGS_MAX, the newest last
  #version = 0;

  /** `setHope`: who asks for that peer waits until it shows, or no longer. */
  constructor(provider: CryptoProvider, setHope: (peer: PeerId, isHoped: boolean) => void) {
    [this.#provider, this.#setHope] = [provider, setHope];
  }

  /** Another after each change of {@link secrets}. */
  get version(): number {
    return this.#version;
  }

  *secrets(): Iterable<QrMeetingSecret> {
    for (const [whom, { secret }] of this.#scanned) yield { secret, whom };
    if (this.#shown !== undefined) yield { secret: this.#shown.secret, whom: undefined };
  }

  /** We scanned this code, and are about to connect: where it names a relay, its maker may show there. */
  scan({ peer, secret: qrSecret, relays }: Pick<QrPayload, "peer" | "secret" | "relays">, now: Instant): void {
    if (relays.length === 0) return;
    this.#forget(peer);
    const [oldest] = this.#scanned.size >= PAIRINGS_MAX ? this.#scanned.keys() : [];
    if (oldest !== undefined) this.#forget(oldest);
    const secret = qrMeetingSecret(this.#provider, qrSecret);
    this.#scanned.set(peer, { secret, until: after(now, PAIRING_MEET_TIMEOUT), isAwaited: true });
    this.#setHope(peer, true);
    this.#version += 1;
  }

  /** Once a turn. A code is watched for while it is shown, and while we pair by it: links may end, and come again. */
  settle(pairings: Pick<Pairings, "shownQr" | "isPairingByQr">): void {
    const { shownQr } = pairings;
    if (shownQr !== undefined && shownQr !== this.#shown?.of) {
      this.#shown?.secret.wipe();
      this.#shown = { of: shownQr, secret: qrMeetingSecret(this.#provider, shownQr) };
      this.#version += 1;
    } else if (shownQr === undefined && this.#shown !== undefined && !pairings.isPairingByQr(undefined)) {
      this.#shown.secret.wipe();
      this.#shown = undefined;
      this.#version += 1;
    }
    for (const [peer, { isAwaited }] of [...this.#scanned])
      if (!isAwaited && !pairings.isPairingByQr(peer)) this.#forget(peer);
  }

  handleTimeout(now: Instant): void {
    for (const [peer, scanned] of this.#scanned) if (now >= scanned.until) this.#giveUp(peer, scanned);
  }

  nextTimeout(): Instant | undefined {
    let next: Instant | undefined;
    for (const { isAwaited, until } of this.#scanned.values()) if (isAwaited) next = sooner(next, until);
    return next;
  }

  #giveUp(peer: PeerId, scanned: Scanned): void {
    if (!scanned.isAwaited) return;
    scanned.isAwaited = false;
    this.#setHope(peer, false);
  }

  #forget(peer: PeerId): void {
    const scanned = this.#scanned.get(peer);
    if (scanned === undefined) return;
    this.#giveUp(peer, scanned);
    scanned.secret.wipe();
    this.#scanned.delete(peer);
    this.#version += 1;
  }
}
