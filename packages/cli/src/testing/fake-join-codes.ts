/** Join codes that go through their steps as the real ones do: scripted, at once, without a relay. */
import { formatJoinCode, readJoinCode } from "@kith/core";
import {
  type Contact,
  EndpointError,
  type JoinCodeAnswer,
  type JoinCodePurpose,
  type JoinCodeStep,
  type JoinCodes,
  type JoinCodeView,
  Subject,
  type TransferView,
} from "@kith/sdk";
import { FAKE_NOW, fakeContact, fakeFingerprint, fakePeer } from "./fake-people.ts";

export interface FakeJoinCodePlan {
  /** What the other side is called. */
  readonly name?: string;
  /** What a typed code is for. */
  readonly leadsTo?: JoinCodePurpose["for"];
  /** How it ends instead of `done`. */
  readonly ends?: Extract<JoinCodeStep, { at: "failed" }>["reason"];
  /** What making or typing one is answered with. */
  readonly refused?: "ERR_RELAY" | "ERR_JOIN_CODE";
  readonly isLonger?: boolean;
  /** Nobody comes. */
  readonly isLonely?: boolean;
}

const PEER = fakePeer("d0da");
const LIFETIME_MS = 600_000;

export class FakeJoinCodes implements JoinCodes {
  readonly all: Subject<readonly JoinCodeView[]> = new Subject<readonly JoinCodeView[]>([]);
  readonly #plan: FakeJoinCodePlan;
  readonly #paired: (contact: Contact) => void;
  #count = 0;

  constructor(plan: FakeJoinCodePlan, paired: (contact: Contact) => void) {
    this.#plan = plan;
    this.#paired = paired;
  }

  async create(purpose: JoinCodePurpose, options: Parameters<JoinCodes["create"]>[1] = {}): Promise<string> {
    this.#refuse();
    const isLonger = this.#plan.isLonger === true;
    const words = ["acorn", "canyon", ...(isLonger ? ["tiger"] : [])];
    const code = formatJoinCode({ mailbox: 7, words, host: options.relay });
    const expiresAt = FAKE_NOW + (options.lifetimeMs ?? LIFETIME_MS);
    const id = this.#begin(true, { at: "show", code, expiresAt, isLonger }, purpose.for);
    if (this.#plan.isLonely !== true) setTimeout(() => this.#meet(id), 5);
    return id;
  }

  async join(code: string): Promise<string> {
    this.#refuse();
    if ("faults" in readJoinCode(code)) throw new EndpointError("ERR_ARGUMENT", "Cannot use the code");
    const id = this.#begin(false, { at: "meeting" }, undefined);
    setTimeout(() => this.#meet(id), 5);
    return id;
  }

  async answer(id: string, { accept, role = "member", directory = "/inbox" }: JoinCodeAnswer): Promise<void> {
    const { step } = this.#view(id);
    if (!accept) return this.#go(id, { at: "failed", reason: "denied" });
    if (step.at === "consent") {
      const contact = fakeContact(PEER, step.name, { verifiedBy: "code", role });
      this.#paired(contact);
      return this.#go(id, { at: "done", contact });
    }
    if (step.at !== "offered") throw new EndpointError("ERR_PAIRING_STEP", "Cannot answer: nothing is asked");
    this.#move(id, { ...step.transfer, directory });
  }

  async cancel(id: string): Promise<void> {
    this.#go(id, { at: "failed", reason: "cancelled" });
  }

  /** The other one came, and has the same code, or another. */
  #meet(id: string): void {
    const { ends, name = "Dora", leadsTo = "contact" } = this.#plan;
    const { isOurs, for: own, step } = this.#view(id);
    if (step.at === "failed") return;
    this.#go(id, { at: "meeting" });
    if (ends !== undefined) return this.#go(id, { at: "failed", reason: ends });
    const purpose = own ?? leadsTo;
    this.#change(id, { for: purpose });
    if (purpose === "contact")
      this.#go(id, { at: "consent", peer: PEER, fingerprint: fakeFingerprint(PEER), name, asks: ["member"] });
    else if (purpose === "room") this.#go(id, isOurs ? { at: "done" } : { at: "done", invitation: "kith://join#AQEx" });
    else if (isOurs) this.#move(id, transfer(true));
    else this.#go(id, { at: "offered", transfer: transfer(false) });
  }

  #move(id: string, view: TransferView): void {
    const bytesDone = view.bytesTotal / 2;
    this.#go(id, { at: "moving", transfer: { ...view, state: "active", bytesDone, bytesPerSecond: 1_000_000 } });
    setTimeout(() => {
      this.#go(id, { at: "done", transfer: { ...view, state: "done", bytesDone: view.bytesTotal } });
    }, 5);
  }

  #refuse(): void {
    const { refused } = this.#plan;
    if (refused === "ERR_RELAY") throw new EndpointError("ERR_RELAY", "Cannot meet: no relay is set");
    if (refused === "ERR_JOIN_CODE")
      throw new EndpointError("ERR_JOIN_CODE", "Cannot meet: nobody waits with this code");
  }

  #begin(isOurs: boolean, step: JoinCodeStep, purpose: JoinCodePurpose["for"] | undefined): string {
    const id = `code-${++this.#count}`;
    this.all.set([...this.all.get(), { id, isOurs, ...(purpose !== undefined && { for: purpose }), step }]);
    return id;
  }

  #view(id: string): JoinCodeView {
    const view = this.all.get().find((one) => one.id === id);
    if (view === undefined) throw new EndpointError("ERR_PAIRING_STEP", "Cannot answer: no such code is in use");
    return view;
  }

  #go(id: string, step: JoinCodeStep): void {
    this.#change(id, { step });
  }

  #change(id: string, change: Partial<JoinCodeView>): void {
    this.all.set(this.all.get().map((view) => (view.id === id ? { ...view, ...change } : view)));
  }
}

const transfer = (isOutgoing: boolean): TransferView => ({
  id: "5f0d",
  peer: PEER,
  isOutgoing,
  state: "offered",
  names: ["letter.txt"],
  fileCount: 1,
  bytesTotal: 2_000_000,
  bytesDone: 0,
  bytesPerSecond: 0,
  startedAt: FAKE_NOW,
});
