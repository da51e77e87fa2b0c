/** Endpoints over different crypto providers shake hands and resume with one another. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type CryptoProvider,
  createIdentity,
  HandshakeInitiator,
  type HandshakeOptions,
  HandshakeResponder,
  instant,
  type Keying,
  nobleProvider,
  ResumeBook,
} from "@kith/core";
import { createNodeProvider, nodeProvider } from "./node-crypto.ts";

const NOW = instant(0);
const random = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));
const PROVIDERS: Record<string, CryptoProvider> = {
  noble: nobleProvider,
  node: nodeProvider,
  "seeded node": createNodeProvider({ isSeeded: true }),
};

for (const [one, initiators] of Object.entries(PROVIDERS)) {
  for (const [two, responders] of Object.entries(PROVIDERS)) {
    test(`${one} shakes hands with ${two}, and either resumes`, () => {
      const [a, b] = [optionsOf(initiators), optionsOf(responders)];
      const keyings = shakeHands(a, b);
      assertSame(...keyings);
      assert.equal(keyings[0].peer, b.identity.peerId);
      assert.equal(keyings[1].peer, a.identity.peerId);
      assertSame(...resume(a, b, ...shakeHands(a, b)));
      assertSame(...resume(b, a, ...reversed(shakeHands(a, b))));
    });
  }
}

function optionsOf(provider: CryptoProvider): HandshakeOptions {
  return {
    provider,
    random,
    identity: createIdentity(provider, random),
    staticKeys: provider.x25519Generate(random),
    incarnation: random(16),
    localIndex: 7,
    now: NOW,
  };
}

function shakeHands(a: HandshakeOptions, b: HandshakeOptions): [Keying, Keying] {
  const initiator = new HandshakeInitiator(a);
  const responder = new HandshakeResponder(b);
  responder.handleMessage(packetOf(initiator), NOW);
  initiator.handleMessage(packetOf(responder), NOW);
  responder.handleMessage(packetOf(initiator), NOW);
  const [ours, theirs] = [initiator.poll(), responder.poll()];
  assert.ok(ours?.type === "done" && theirs?.type === "done");
  return [ours.keying, theirs.keying];
}

function resume(a: HandshakeOptions, b: HandshakeOptions, of: Keying, and: Keying): [Keying, Keying] {
  const [asking, answering] = [a, b].map(
    ({ provider, identity }) => new ResumeBook({ provider, random, self: identity.peerId }),
  );
  assert.ok(asking !== undefined && answering !== undefined);
  asking.hold(of);
  answering.hold(and);
  const initiator = asking.begin(of.resumeId, { localIndex: 8, now: NOW });
  assert.ok(initiator !== undefined);
  const verdict = answering.answer(packetOf(initiator), { localIndex: 9, received: random(5), now: NOW });
  assert.ok(verdict.type === "answered");
  initiator.handleMessage(verdict.bytes, NOW);
  const done = initiator.poll();
  assert.ok(done?.type === "done");
  return [done.keying, verdict.keying];
}

function assertSame(a: Keying, b: Keying): void {
  assert.deepEqual([...a.sendSecret.reveal()], [...b.receiveSecret.reveal()]);
  assert.deepEqual([...a.receiveSecret.reveal()], [...b.sendSecret.reveal()]);
  assert.deepEqual([...a.resumeSecret.reveal()], [...b.resumeSecret.reveal()]);
  assert.deepEqual([...a.transcript], [...b.transcript]);
  assert.equal(a.resumeId, b.resumeId);
}

const reversed = ([a, b]: [Keying, Keying]): [Keying, Keying] => [b, a];

function packetOf(machine: { poll(): { readonly type: string; readonly bytes?: Uint8Array } | undefined }): Uint8Array {
  const output = machine.poll();
  assert.ok(output?.type === "transmit" && output.bytes !== undefined);
  return output.bytes;
}
