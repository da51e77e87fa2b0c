/** Pairings as the SDK shows them: plain steps for a person, answered by id. */
import {
  type CryptoProvider,
  codeText,
  decodeQrPayload,
  encodeQrPayload,
  fingerprint,
  isQrExpired,
  type PairingRequest,
  type PairingStage,
  type PairingState,
  type PeerId,
  QR_PREFIX,
  type QrPayload,
  WireError,
} from "@kith/core";
import type {
  Pairing,
  PairingAnswer,
  PairingFailure,
  PairingMethod,
  PairingStep,
  PairingView,
  Waiting,
} from "./api.ts";
import type { Driver } from "./driver.ts";
import { EndpointError } from "./endpoint-error.ts";
import { type Observable, Subject } from "./observable.ts";
import { QrLoans } from "./qr-loans.ts";
import type { Relays } from "./relays.ts";
import type { SessionDesk } from "./session-desk.ts";
import type { SessionHandle } from "./session-handle.ts";
import type { Contact } from "./trust-api.ts";

export interface PairingParts {
  readonly driver: Driver;
  readonly provider: CryptoProvider;
  /** Where others reach us now, for the QR. */
  readonly addresses: () => readonly string[];
  readonly connect: (target: string, signal: AbortSignal | undefined) => Promise<SessionHandle>;
  readonly sessions: Pick<SessionDesk, "request">;
  readonly relays: Pick<Relays, "borrow" | "forLinks">;
  readonly contact: (peer: PeerId) => Contact | undefined;
}

export class PairingHandle implements Pairing {
  readonly #parts: PairingParts;
  readonly #all = new Subject<readonly PairingView[]>([]);
  readonly #loans = new QrLoans();
  #shownAs: { readonly id: string; readonly text: string } | undefined;

  constructor(parts: PairingParts) {
    this.#parts = parts;
  }

  get all(): Observable<readonly PairingView[]> {
    return this.#all;
  }

  async offer(method: "pin" | "qr"): Promise<string> {
    const { driver } = this.#parts;
    const { id } = driver.core.pairings.offer(method, driver.moment());
    this.#changed();
    return id;
  }

  async start(target: string, method: PairingMethod, { signal }: Waiting = {}): Promise<string> {
    const { connect } = this.#parts;
    const qr = target.startsWith(QR_PREFIX) ? this.#readQr(target) : undefined;
    if (method === "qr" && qr === undefined) {
      throw new EndpointError("ERR_ARGUMENT", "Cannot pair by QR: the text must begin with kith:pair/");
    }
    if (qr !== undefined) return this.#startByQr(qr, signal);
    const session = await connect(target, signal);
    const request =
      method === "pin"
        ? ({ method: "pin", shows: false } as const)
        : ({ method: method === "words" ? "words" : "first-use" } as const);
    return this.begin(session.id, request);
  }

  /** By any way that leads there. */
  async #startByQr(qr: QrPayload, signal: AbortSignal | undefined): Promise<string> {
    const { driver, sessions, relays } = this.#parts;
    const giveBack = relays.borrow(qr.relays);
    try {
      const session = await sessions.request(signal, (request, at) => {
        driver.core.qrCodes.scan(qr, at.now);
        driver.core.connect(qr, request, at);
      });
      const id = this.begin(session.id, { method: "qr", secret: qr.secret });
      this.#loans.begin(id, giveBack, session);
      return id;
    } catch (error) {
      await giveBack(false);
      throw error;
    }
  }

  /** With the peer of a session. @throws {EndpointError} `ERR_SESSION_CLOSED` */
  begin(session: SessionHandle["id"], request: PairingRequest): string {
    const { driver } = this.#parts;
    const entry = driver.core.session(session);
    const id = entry === undefined ? undefined : driver.core.pairings.start(entry, request, driver.moment());
    if (id === undefined)
      throw new EndpointError("ERR_SESSION_CLOSED", "Cannot pair: the session ended, or too many pairings go on");
    this.#changed();
    return id;
  }

  async answer(id: string, answer: PairingAnswer): Promise<void> {
    const { driver } = this.#parts;
    const { pairings } = driver.core;
    const { now } = driver.moment();
    const step = this.#all.get().find((view) => view.id === id)?.step;
    if (step === undefined) throw new EndpointError("ERR_PAIRING_STEP", "Cannot answer: no such pairing goes on");
    if (answer.type === "cancel") pairings.cancel(id, now);
    else if (answer.type === "code" && step.at === "enter-code") {
      if (!pairings.enterCode(id, answer.code, now)) {
        throw new EndpointError("ERR_ARGUMENT", "Cannot take the code: it has six digits");
      }
    } else if (answer.type === "match" && step.at === "compare") pairings.match(id, answer.same, now);
    else if (answer.type === "consent" && step.at === "consent") {
      const choice = answer.accept
        ? ({ accept: true, role: answer.role ?? "member", remember: true } as const)
        : ({ accept: false } as const);
      pairings.consent(id, choice, now);
    } else throw new EndpointError("ERR_PAIRING_STEP", `Cannot answer so: the pairing is at "${step.at}"`);
    this.#changed();
  }

  /** The offer `id` is shown as `text`, which leads to us in another way than addresses. */
  showAs(id: string, text: string): void {
    this.#shownAs = { id, text };
    this.#changed();
  }

  /** No longer shown. */
  withdraw(id: string): void {
    const { driver } = this.#parts;
    driver.core.pairings.cancel(id, driver.moment().now);
    this.#changed();
  }

  /** Makes the views anew from the core. */
  refresh(): void {
    const { driver } = this.#parts;
    this.#all.set(driver.core.pairings.states(driver.moment().now).map((state) => this.#view(state)));
    this.#loans.settle(this.#all.get());
  }

  #view({ id, isOurs, method, peer, stage }: PairingState): PairingView {
    const asks = stage.at === "consent" ? stage.asks : stage.at === "done" ? stage.paired : undefined;
    const shown = asks?.peer ?? peer;
    return {
      id,
      isOurs,
      method: method === "code" ? "pin" : method,
      ...(shown !== undefined && { peer: shown, fingerprint: fingerprint(this.#parts.provider, shown) }),
      ...(asks !== undefined && { name: asks.name }),
      step: this.#step(id, stage),
    };
  }

  #step(id: string, stage: PairingStage): PairingStep {
    switch (stage.at) {
      case "show-code": {
        const { shown } = stage;
        if (shown.method === "qr") return { at: "show-qr", uri: this.#qrText(id, shown), expiresAt: shown.expires };
        const code = shown.secret.isWiped ? "" : codeText(shown);
        return { at: "show-code", code, expiresAt: shown.expires, triesLeft: shown.triesLeft };
      }
      case "enter-code":
        return { at: "enter-code", triesLeft: stage.triesLeft };
      case "consent":
        return { at: "consent", asks: [`role ${stage.asks.roleAsked}`] };
      case "done": {
        const contact = this.#parts.contact(stage.paired.peer);
        return contact === undefined ? { at: "waiting" } : { at: "done", contact };
      }
      case "failed":
        return { at: "failed", reason: failure(stage.reason) };
      default:
        return stage;
    }
  }

  #qrText(id: string, shown: Extract<PairingStage, { at: "show-code" }>["shown"]): string {
    const { driver, addresses, relays } = this.#parts;
    if (shown.secret.isWiped) return "";
    if (this.#shownAs?.id === id) return this.#shownAs.text;
    return encodeQrPayload({
      ...driver.core.answersAs(),
      secret: shown.secret,
      expires: shown.expires,
      hints: addresses(),
      relays: relays.forLinks,
    });
  }

  #readQr(text: string): QrPayload {
    const { driver } = this.#parts;
    try {
      const payload = decodeQrPayload(text);
      if ([driver.core.identity.peerId, driver.core.answersAs().peer].includes(payload.peer))
        throw new EndpointError("ERR_ARGUMENT", "Cannot pair with oneself");
      if (!isQrExpired(payload, driver.moment().wall)) return payload;
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      throw new EndpointError("ERR_ARGUMENT", "Cannot read the pairing code: it is damaged or of another version", {
        cause: error,
      });
    }
    throw new EndpointError("ERR_ARGUMENT", "Cannot use the pairing code: it has expired, ask for a new one");
  }

  #changed(): void {
    this.#parts.driver.touch();
    this.refresh();
  }
}

function failure(reason: Extract<PairingStage, { at: "failed" }>["reason"]): PairingFailure {
  if (reason === "unavailable") return "expired";
  return reason === "closed" ? "unreachable" : reason;
}
