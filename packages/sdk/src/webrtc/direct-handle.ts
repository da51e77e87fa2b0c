/** Offers and answers of two who share no server, and the session that comes of them. */
import {
  type CryptoProvider,
  DIRECT_CONNECT_TIMEOUT,
  type DirectEnd,
  type DirectOffer,
  type Duration,
  decodeDirectAnswer,
  decodeDirectOffer,
  directBinding,
  directOfferId,
  encodeDirectAnswer,
  encodeDirectOffer,
  isQrExpired,
  type PeerId,
  WireError,
} from "@kith/core";
import type { PairingView, Waiting } from "../api.ts";
import type { Clock } from "../clock.ts";
import type { Dialler } from "../dialler.ts";
import type { Direct, DirectAnswerCode, DirectOfferCode } from "../direct-api.ts";
import type { Driver } from "../driver.ts";
import { EndpointError } from "../endpoint-error.ts";
import type { Observable } from "../observable.ts";
import type { PairingHandle } from "../pairing-handle.ts";
import type { SessionHandle } from "../session-handle.ts";
import { DirectAttempt } from "./direct-attempt.ts";
import type { RtcIceServer, WebRtcOptions } from "./rtc-api.ts";

/** Where dials find the link that is there already; one answer is under way at a time. */
const HINT = "direct:1";

export interface DirectParts {
  readonly driver: Driver;
  readonly dialler: Dialler;
  readonly provider: CryptoProvider;
  readonly clock: Clock;
  readonly self: PeerId;
  readonly webRtc: WebRtcOptions;
  readonly iceServers: () => readonly RtcIceServer[];
  readonly pairing: PairingHandle;
  readonly connect: (peer: PeerId, hint: string, signal: AbortSignal) => Promise<SessionHandle>;
}

export class DirectHandle implements Direct {
  readonly #parts: DirectParts;
  #offered: () => void = () => {};
  #answered: () => void = () => {};

  constructor(parts: DirectParts) {
    this.#parts = parts;
  }

  async offer({ signal }: Waiting = {}): Promise<DirectOfferCode> {
    this.#offered();
    const { driver, provider, pairing } = this.#parts;
    const scope = new Scope(signal);
    let text = "";
    let answer: string | undefined;
    const attempt = this.#attempt(undefined, () => directBinding(provider, text, answer ?? ""));
    scope.onEnd(() => attempt.close());
    this.#offered = () => scope.end();
    const own = await scope.describe(attempt.own);
    const { id, shown } = driver.core.pairings.offer("qr", driver.moment());
    text = encodeDirectOffer({
      ...driver.core.answersAs(),
      secret: shown.secret,
      expires: shown.expires,
      end: own,
    });
    pairing.showAs(id, text);
    scope.onEnd(() => pairing.withdraw(id));
    scope.endAfter(this.#parts.clock, Math.max(0, shown.expires - driver.moment().wall) as Duration);
    void attempt.link.then(
      (link) => driver.addLink(link, undefined),
      () => {},
    );
    return {
      ...{ id, text, expiresAt: shown.expires, cancel: () => scope.end() },
      accept: async (given, { signal: waiting } = {}) => {
        const { offer, end } = read(() => decodeDirectAnswer(given.trim()), "answer");
        const own = directOfferId(provider, text);
        if (answer !== undefined || offer.some((byte, at) => byte !== own[at]))
          throw new EndpointError("ERR_ARGUMENT", "Cannot use the answer: it is to another code than the one shown");
        scope.check();
        answer = given.trim();
        attempt.apply(end);
        const came = this.#arrival();
        scope.onEnd(came.stop);
        scope.endAfter(this.#parts.clock, DIRECT_CONNECT_TIMEOUT);
        void attempt.link.catch(() => scope.end());
        const arrived = await scope.wait(came.id, waiting);
        scope.release(); // the link is the session's now, and the offer used up by the pairing
        return arrived;
      },
    };
  }

  async answer(given: string, { signal }: Waiting = {}): Promise<DirectAnswerCode> {
    this.#answered();
    const { driver, dialler, provider, pairing, clock, self, connect } = this.#parts;
    const offered = given.trim();
    const offer: DirectOffer = read(() => decodeDirectOffer(offered), "offer");
    const left = offer.expires - driver.moment().wall;
    if (isQrExpired(offer, driver.moment().wall))
      throw new EndpointError("ERR_ARGUMENT", "Cannot use the offer: it has expired");
    if (offer.peer === self) throw new EndpointError("ERR_ARGUMENT", "Cannot answer an offer of one's own");
    const scope = new Scope(signal);
    let text = "";
    const attempt = this.#attempt(offer.end, () => directBinding(provider, offered, text));
    scope.onEnd(() => attempt.close());
    this.#answered = () => scope.end();
    const own = await scope.describe(attempt.own);
    text = encodeDirectAnswer({ offer: directOfferId(provider, offered), end: own });
    scope.endAfter(clock, Math.max(DIRECT_CONNECT_TIMEOUT, left) as Duration);
    attempt.reach(offer.end);
    const pair = async (): Promise<string> => {
      const link = await scope.wait(attempt.link);
      const forget = dialler.addWay(HINT, async () => link);
      try {
        const session = await connect(offer.peer, HINT, scope.signal);
        const id = pairing.begin(session.id, { method: "qr", secret: offer.secret });
        scope.release();
        return id;
      } finally {
        forget();
      }
    };
    const paired = pair();
    paired.catch(() => scope.end());
    return { text, expiresAt: offer.expires, cancel: () => scope.end(), pairing: paired };
  }

  /** The endpoint closes. */
  stop(): void {
    this.#offered();
    this.#answered();
  }

  #attempt(offer: DirectOffer["end"] | undefined, binding: () => Uint8Array): DirectAttempt {
    const { clock, webRtc } = this.#parts;
    const iceServers = [...(webRtc.iceServers ?? []), ...this.#parts.iceServers()];
    return new DirectAttempt({ clock, webRtc, iceServers, offer, binding });
  }

  /** The pairing that somebody begins with us next. */
  #arrival(): { readonly id: Promise<string>; readonly stop: () => void } {
    const all: Observable<readonly PairingView[]> = this.#parts.pairing.all;
    const before = new Set(all.get().map(({ id }) => id));
    const { promise: id, resolve } = Promise.withResolvers<string>();
    const stop = all.subscribe(() => {
      const found = all.get().find((view) => !view.isOurs && view.method === "qr" && !before.has(view.id));
      if (found === undefined) return;
      stop();
      resolve(found.id);
    });
    return { id, stop };
  }
}

/** What ends together, however it ends. */
class Scope {
  readonly #controller = new AbortController();
  #ends: (() => void)[] = [];
  readonly #timers: (() => void)[] = [];

  constructor(signal: AbortSignal | undefined) {
    signal?.throwIfAborted();
    const end = (): void => this.end(signal?.reason);
    signal?.addEventListener("abort", end, { once: true });
    this.onEnd(() => signal?.removeEventListener("abort", end));
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  check(): void {
    this.signal.throwIfAborted();
  }

  onEnd(run: () => void): void {
    this.#ends.push(run);
  }

  endAfter(clock: Clock, time: Duration): void {
    this.#timers.push(clock.schedule(time, () => this.end()));
  }

  /** `promise`, unless this ends before, or the caller waits no longer, which ends it. */
  async wait<T>(promise: Promise<T>, caller?: AbortSignal): Promise<T> {
    this.check();
    const over = Promise.withResolvers<never>();
    const end = (): void => over.reject(this.signal.reason);
    const give = (): void => this.end(caller?.reason);
    this.signal.addEventListener("abort", end, { once: true });
    if (caller?.aborted === true) give();
    caller?.addEventListener("abort", give, { once: true });
    try {
      return await Promise.race([promise, over.promise]);
    } finally {
      this.signal.removeEventListener("abort", end);
      caller?.removeEventListener("abort", give);
    }
  }

  async describe(own: DirectAttempt["own"]): Promise<DirectEnd> {
    const end = await this.wait(own);
    if (end !== undefined) return end;
    const error = new EndpointError(
      "ERR_PEER_UNREACHABLE",
      "Cannot make a connection: WebRTC is not there, or of another kind",
    );
    this.end(error);
    throw error;
  }

  end(reason: unknown = unreachable()): void {
    if (this.signal.aborted) return;
    this.#controller.abort(reason);
    for (const cancel of this.#timers) cancel();
    for (const run of this.#ends.splice(0)) run();
  }

  /** It came to what it was for: what it held goes on without it. */
  release(): void {
    this.#ends = [];
    for (const cancel of this.#timers) cancel();
  }
}

const unreachable = (): EndpointError =>
  new EndpointError("ERR_PEER_UNREACHABLE", "Cannot reach the other side: no way leads from one to the other");

function read<T>(decode: () => T, what: string): T {
  try {
    return decode();
  } catch (cause) {
    if (!(cause instanceof WireError)) throw cause;
    throw new EndpointError("ERR_ARGUMENT", `Cannot read the ${what}: it is damaged, cut off or of another version`, {
      cause,
    });
  }
}
