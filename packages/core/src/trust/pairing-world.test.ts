/** Two ends of a pairing over an ordered pipe, with room for somebody in between. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Secret } from "../crypto/secret.ts";
import type { LocalIdentity } from "../identity/keys.ts";
import { AttemptLimits } from "./attempt-limits.ts";
import { PairingMachine } from "./pairing.ts";
import type { PairingOptions, PairingOutput, PairingRequest } from "./pairing-options.ts";
import { ShownCode } from "./shown-code.ts";
import { type at, Disk, NOW, person, provider, seeded, WALL } from "./trust-fixture.test.ts";

export const TRANSCRIPT = new Uint8Array(32).fill(0x77);
export const YES = { accept: true, role: "member", remember: true } as const;

/** One end of a pairing: its machine, and all that it put out. */
export class End {
  readonly machine: PairingMachine;
  readonly outputs: PairingOutput[] = [];
  readonly disk = new Disk();
  readonly limits = new AttemptLimits([], NOW, WALL);

  constructor(
    side: "initiator" | "responder",
    identity: LocalIdentity,
    remote: LocalIdentity,
    more: Partial<PairingOptions>,
  ) {
    this.machine = new PairingMachine({
      provider,
      random: seeded(side === "initiator" ? 11 : 12),
      side,
      identity,
      remote: remote.peerId,
      transcript: TRANSCRIPT,
      name: side === "initiator" ? "Ada" : "Bob",
      source: side === "initiator" ? "10.0.0.2" : "10.0.0.1",
      isKnown: false,
      attempts: this.limits,
      isBlocked: () => false,
      now: NOW,
      ...more,
    });
  }

  /** Stores what is to be stored, and gives back what goes over the wire. */
  take(now = NOW): Uint8Array[] {
    const wire: Uint8Array[] = [];
    for (let output = this.machine.poll(); output !== undefined; output = this.machine.poll()) {
      this.outputs.push(output);
      if (output.type === "transmit") wire.push(output.bytes);
      if (output.type !== "store") continue;
      this.disk.keep([output]);
      if (output.token > 0) this.machine.handleStored(output.token, now);
    }
    return wire;
  }

  get step(): Extract<PairingOutput, { type: "step" }>["step"] | undefined {
    return this.outputs.findLast((output) => output.type === "step")?.step;
  }
  get paired() {
    return this.outputs.find((output) => output.type === "done")?.paired;
  }
  get failure() {
    return this.outputs.find((output) => output.type === "failed")?.reason;
  }
  get code(): string {
    assert.equal(this.step?.at, "show-code");
    const shown = this.step?.at === "show-code" ? this.step.shown : undefined;
    return Buffer.from(shown!.secret.reveal()).toString();
  }
}

export interface Pair {
  readonly ada: End;
  readonly bob: End;
  readonly wire: Uint8Array[];
  /** Carries messages both ways, in order, until neither says anything; `change` is who sits in between. */
  run(now?: ReturnType<typeof at>, change?: (bytes: Uint8Array, from: End) => Uint8Array | undefined): void;
}

export function pair(ours: Partial<PairingOptions> = {}, theirs: Partial<PairingOptions> = {}): Pair {
  const [one, two] = [ours.identity ?? person(1), theirs.identity ?? person(2)];
  const ada = new End("initiator", one, two, ours);
  const bob = new End("responder", two, one, theirs);
  const wire: Uint8Array[] = [];
  return {
    ada,
    bob,
    wire,
    run(now = NOW, change = (bytes) => bytes) {
      for (let isBusy = true; isBusy; ) {
        isBusy = false;
        for (const [from, to] of [
          [ada, bob],
          [bob, ada],
        ] as const) {
          for (const bytes of from.take(now)) {
            isBusy = true;
            const changed = change(bytes, from);
            if (changed === undefined) continue;
            wire.push(changed);
            to.machine.handleMessage(changed, now, WALL);
          }
        }
      }
    },
  };
}

export function started(
  request: PairingRequest,
  ours: Partial<PairingOptions> = {},
  theirs: Partial<PairingOptions> = {},
): Pair {
  const made = pair(ours, theirs);
  made.ada.machine.start(request, NOW, WALL);
  made.run();
  return made;
}

export function agree({ ada, bob, run }: Pair): void {
  assert.equal(bob.step?.at, "consent");
  bob.machine.consent({ accept: true, role: "guest", remember: false }, NOW);
  run();
  assert.equal(ada.step?.at, "consent");
  ada.machine.consent(YES, NOW);
  run();
}

export const wrongCode = (right: string): string => (right === "123456" ? "654321" : "123456");

export function assertPaired({ ada, bob }: Pair, verifiedBy: string): void {
  assert.deepEqual(ada.paired, {
    peer: person(2).peerId,
    name: "Bob",
    contactKey: person(2).contactPublicKey,
    roleAsked: "member",
    verifiedBy,
    role: "member",
    roleGiven: "guest",
    remember: true,
    leadsTo: "contacts",
  });
  assert.equal(bob.paired?.peer, person(1).peerId);
  assert.equal(bob.paired?.role, "guest");
  assert.equal(bob.paired?.remember, false);
  assert.ok(ada.machine.isOver && bob.machine.isOver);
  assert.equal(ada.machine.nextTimeout(), undefined);
}

export const qr = (secret: number): Secret => new Secret(new Uint8Array(16).fill(secret));
export const shownQr = (): ShownCode =>
  new ShownCode({ method: "qr", secret: qr(9), random: seeded(5), now: NOW, wall: WALL });

test("the pipe carries a whole pairing", () => {
  const made = started({ method: "first-use" });
  agree(made);
  assertPaired(made, "first-use");
});
