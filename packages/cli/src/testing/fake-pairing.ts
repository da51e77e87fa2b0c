/** Pairings that go through their steps as the real ones do: scripted, at once, without a network. */
import {
  type Contact,
  EndpointError,
  type Pairing,
  type PairingAnswer,
  type PairingMethod,
  type PairingStep,
  type PairingView,
  Subject,
} from "@kith/sdk";
import { FAKE_NOW, fakeFingerprint, fakePeer } from "./fake-people.ts";

export const FAKE_CODE = "123456";
export const FAKE_WORDS: readonly string[] = ["maple", "orbit", "velvet", "canoe", "tiger"];
const EXPIRES_AT = FAKE_NOW + 120_000;

export interface FakePairingPlan {
  /** What the other side is called. */
  readonly name: string;
  /** Whether the other side shows the code (then ours types it). */
  readonly theyShow?: boolean;
  /** How it ends instead of `done`. */
  readonly ends?: Extract<PairingStep, { at: "failed" }>["reason"];
}

export class FakePairing implements Pairing {
  readonly all: Subject<readonly PairingView[]> = new Subject<readonly PairingView[]>([]);
  readonly #plan: FakePairingPlan;
  readonly #paired: (contact: Contact) => void;
  #tries = 3;
  #count = 0;

  constructor(plan: FakePairingPlan, paired: (contact: Contact) => void) {
    this.#plan = plan;
    this.#paired = paired;
  }

  async offer(method: "pin" | "qr"): Promise<string> {
    const offer = this.#begin(method, true, method === "pin" ? this.#showCode() : showQr());
    setTimeout(() => this.#takeOffer(offer, method), 5); // they type it
    return offer;
  }

  async start(_target: string, method: PairingMethod): Promise<string> {
    const id = this.#begin(method, true, this.#firstStep(method));
    setTimeout(() => this.proceed(id), 5);
    return id;
  }

  /** Somebody comes to us. Returns the pairing's id. */
  arrive(method: PairingMethod): string {
    return this.#begin(method, false, this.#firstStep(method));
  }

  /** The other side did its part. */
  proceed(id: string): void {
    const { at } = this.#view(id).step;
    if (at === "show-code" || at === "show-qr") this.#go(id, this.#afterProof());
  }

  async answer(id: string, answer: PairingAnswer): Promise<void> {
    const { step } = this.#view(id);
    if (answer.type === "cancel") this.#go(id, { at: "failed", reason: "cancelled" });
    else if (step.at === "enter-code" && answer.type === "code") this.#tryCode(id, answer.code);
    else if (step.at === "compare" && answer.type === "match") {
      this.#go(id, answer.same ? this.#afterProof() : { at: "failed", reason: "mismatch" });
    } else if (step.at === "consent" && answer.type === "consent") this.#finish(id, answer.accept, answer.role);
    else throw new EndpointError("ERR_PAIRING_STEP", `Cannot answer ${answer.type} at ${step.at}`);
  }

  /** Who takes an offer gets a pairing of their own; the offer goes once it is used. */
  #takeOffer(offer: string, method: PairingMethod): void {
    if (this.#view(offer).step.at === "failed") return;
    this.#begin(method, false, { at: "waiting" });
    const wrong = this.all.get().at(-1)?.id ?? "";
    this.#go(wrong, { at: "failed", reason: "wrong-code" });
    this.#begin(method, false, { at: "waiting" });
    const right = this.all.get().at(-1)?.id ?? "";
    this.all.set(this.all.get().filter(({ id }) => id !== offer));
    this.#go(right, this.#afterProof());
  }

  #firstStep(method: PairingMethod): PairingStep {
    this.#tries = 3;
    if (method === "words") return { at: "compare", words: FAKE_WORDS };
    if (method === "first-use" || method === "qr") return this.#afterProof();
    return this.#plan.theyShow === true ? { at: "enter-code", triesLeft: this.#tries } : this.#showCode();
  }

  #showCode(): PairingStep {
    return { at: "show-code", code: FAKE_CODE, expiresAt: EXPIRES_AT, triesLeft: this.#tries };
  }

  #afterProof(): PairingStep {
    const { ends } = this.#plan;
    return ends === undefined ? { at: "consent", asks: ["chat", "send files"] } : { at: "failed", reason: ends };
  }

  #tryCode(id: string, code: string): void {
    this.#tries--;
    if (code === FAKE_CODE) this.#go(id, this.#afterProof());
    else if (this.#tries > 0) this.#go(id, { at: "enter-code", triesLeft: this.#tries });
    else this.#go(id, { at: "failed", reason: "wrong-code" });
  }

  #finish(id: string, accept: boolean, role: Contact["role"] = "member"): void {
    if (!accept) return void this.#go(id, { at: "failed", reason: "denied" });
    const { method } = this.#view(id);
    const peer = fakePeer("b0b1");
    const verifiedBy = method ?? "first-use";
    const contact: Contact = {
      peer,
      fingerprint: fakeFingerprint(peer),
      name: this.#plan.name,
      verifiedBy,
      verifiedAt: FAKE_NOW,
      role,
      notes: "",
      isBlocked: false,
      session: "open",
      grants: [],
    };
    this.#paired(contact);
    this.#go(id, { at: "done", contact });
  }

  #begin(method: PairingMethod, isOurs: boolean, step: PairingStep): string {
    this.#count++;
    const id = `pairing-${this.#count}`;
    this.all.set([...this.all.get(), { id, method, isOurs, step }]);
    return id;
  }

  #view(id: string): PairingView {
    const view = this.all.get().find((one) => one.id === id);
    if (view === undefined) throw new EndpointError("ERR_PAIRING_STEP", "Cannot answer: the pairing is over");
    return view;
  }

  #go(id: string, step: PairingStep): void {
    const known =
      step.at === "consent" ? { name: this.#plan.name, fingerprint: fakeFingerprint(fakePeer("b0b1")) } : {};
    this.all.set(this.all.get().map((view) => (view.id === id ? { ...view, ...known, step } : view)));
  }
}

const showQr = (): PairingStep => ({ at: "show-qr", uri: "kith:pair/AQIDBAUGBwg", expiresAt: EXPIRES_AT });
