import assert from "node:assert/strict";
import { test } from "node:test";
import { LABEL } from "../crypto/labels.ts";
import { nobleProvider } from "../crypto/noble-provider.ts";
import { verifyWithKey } from "../identity/signed.ts";
import { Reader } from "../lib/reader.ts";
import { minutes } from "../lib/time.ts";
import { bytesToText, textToBytes } from "../lib/utf8.ts";
import { RELAY_VERB } from "../wire/registry.ts";
import { CLAIM_CODE, type RelayGuest, RelayRig } from "./relay-server-fixture.test.ts";

const filled = (value: number): Uint8Array => new Uint8Array(32).fill(value);

function owned(): { rig: RelayRig; ada: RelayGuest; recovery: Uint8Array } {
  const rig = new RelayRig();
  const ada = rig.login();
  ada.say({ type: "claim", request: 1, code: CLAIM_CODE });
  const [done] = ada.take("done");
  assert.ok(done !== undefined);
  assert.equal(done.answer.length, 32);
  return { rig, ada, recovery: done.answer };
}

/** The answer, or why not. */
function manage(
  guest: RelayGuest,
  verb: keyof typeof RELAY_VERB | number,
  argument = new Uint8Array(0),
): Uint8Array | string {
  guest.say({ type: "manage", request: 7, verb: typeof verb === "number" ? verb : RELAY_VERB[verb], argument });
  const [[done], [failed]] = [guest.take("done"), guest.take("failed")];
  return done?.answer ?? failed?.reason ?? "nothing";
}

test("[REL-15] the first with the code owns the relay, and verbs are the owner's", () => {
  const { rig, ada } = owned();
  const ben = rig.login();
  ben.say({ type: "claim", request: 2, code: CLAIM_CODE });
  assert.deepEqual(ben.take("failed")[0]?.reason, "unknown");
  for (const verb of Object.values(RELAY_VERB)) assert.equal(manage(ben, verb), "forbidden");
  assert.equal(bytesToText(manage(ada, "status") as Uint8Array), "{}");
  assert.equal(bytesToText(manage(ada, "backup") as Uint8Array), "copy.db");
  assert.ok(
    rig.asked.every((question) => !("code" in question)),
    "no code leaves the machine",
  );
});

test("with the recovery key another becomes the owner, at once", () => {
  const { rig, ada, recovery } = owned();
  const ben = rig.login();
  ben.say({ type: "claim", request: 3, code: recovery });
  const [done] = ben.take("done");
  assert.ok(done !== undefined);
  assert.notDeepEqual(done.answer, recovery);
  assert.equal(manage(ada, "status"), "forbidden");
  assert.notEqual(manage(ben, "status"), "forbidden");
});

test("wrong codes are paused, with the time that it takes", () => {
  const rig = new RelayRig();
  const [ada, eve] = [rig.login(undefined, "198.51.100.1"), rig.login()];
  for (let request = 0; request < 5; request++) eve.say({ type: "claim", request, code: textToBytes("guess") });
  assert.ok(eve.take("failed").every(({ reason }) => reason === "unknown"));
  eve.say({ type: "claim", request: 9, code: CLAIM_CODE });
  assert.deepEqual(eve.take("failed"), [{ type: "failed", request: 9, reason: "paused", wait: minutes(10) }]);
  ada.say({ type: "claim", request: 1, code: CLAIM_CODE });
  assert.equal(ada.take("done").length, 1);
});

test("codes of mailboxes that are guessed at are paused", () => {
  const rig = new RelayRig();
  const eve = rig.login();
  for (let request = 0; request < 10; request++) eve.say({ type: "enter", request, mailbox: 50 + request });
  assert.ok(eve.take("failed").every(({ reason }) => reason === "unknown"));
  eve.say({ type: "enter", request: 11, mailbox: 1 });
  assert.deepEqual(eve.take("failed"), [{ type: "failed", request: 11, reason: "paused", wait: 30_000 }]);
});

test("the owner invites: a pass is counted, and shown to the state as a hash", () => {
  const { rig, ada } = owned();
  assert.deepEqual(manage(ada, "policy", Uint8Array.of(2)), new Uint8Array(0));
  const pass = manage(ada, "admit", Uint8Array.of(0, 0, 0, 1, 0, 0, 1, 0));
  assert.ok(pass instanceof Uint8Array && pass.length === 16);
  const asked = rig.asked.find(({ type }) => type === "admit");
  assert.ok(asked?.type === "admit");
  assert.deepEqual(asked.pass, nobleProvider.sha256(pass));
  assert.equal(asked.until - asked.wall, 256_000);
  const [ben, eve] = [rig.connect(), rig.connect()];
  ben.login(filled(3), pass);
  assert.equal(ben.take("ready").length, 1);
  eve.login(filled(4), pass);
  assert.equal(eve.take("refused")[0]?.reason, "unwelcome");
});

test("verbs and arguments that do not exist are unknown", () => {
  const { ada } = owned();
  for (const [verb, argument] of [
    [0, []],
    [99, []],
    [RELAY_VERB.status, [1]],
    [RELAY_VERB.policy, []],
    [RELAY_VERB.policy, [3]],
    [RELAY_VERB.admit, [0, 0]],
    [RELAY_VERB.drain, [0, 0, 0, 9, 5, 1]],
  ] as const)
    assert.equal(manage(ada, verb, Uint8Array.from(argument)), "unknown");
  assert.equal(ada.closing, undefined);
});

test("the next key is signed by this one", () => {
  const { rig, ada } = owned();
  const answer = manage(ada, "rotate");
  assert.ok(answer instanceof Uint8Array);
  const [next, signature] = [answer.subarray(0, 32), answer.subarray(32)];
  assert.ok(verifyWithKey(nobleProvider, rig.server.relayKey, LABEL.relaySuccessor, signature, next));
  const asked = rig.asked.find(({ type }) => type === "rotate");
  assert.ok(asked?.type === "rotate");
  assert.deepEqual(nobleProvider.ed25519PublicKey(asked.seed), next);
});

test("[REL-13] the owner drains it", () => {
  const { rig, ada } = owned();
  const ben = rig.login();
  manage(ada, "drain", Uint8Array.of(0, 0, 0, 30, 3, 0x61, 0x2e, 0x62));
  assert.deepEqual(ben.take("draining"), [{ type: "draining", left: 30_000, other: "a.b" }]);
  rig.pass(minutes(1));
  assert.deepEqual([ada.closing, ben.closing, rig.isDrained], [1001, 1001, true]);
});

test("[MEE-11] a key is forgotten when it asks, the owner's not", () => {
  const { rig, ada } = owned();
  const ben = rig.login(filled(6));
  for (const guest of [ada, ben]) guest.say({ type: "purge", request: 1 });
  assert.equal(ada.take("failed")[0]?.reason, "forbidden");
  assert.equal(ben.take("done").length, 1);
  rig.drop(ben);
  const again = rig.connect();
  again.login(filled(6));
  assert.equal(again.take("ready")[0]?.flags, 4);
});

test("a credential for TURN names nobody and ends in twelve hours", () => {
  const rig = new RelayRig();
  const ada = rig.login();
  const users = [1, 2].map((request) => {
    ada.say({ type: "turn", request });
    const [done] = ada.take("done");
    assert.ok(done !== undefined);
    const reader = new Reader(done.answer);
    const [user, password, lifetime] = [reader.text(255), reader.text(255), reader.u32()];
    assert.deepEqual([password, lifetime, reader.u8(), reader.text(255)], ["secret", 43_200, 1, "turn:192.0.2.9:3478"]);
    reader.end();
    assert.match(user, /^\d+:[0-9a-f]{16}$/);
    assert.equal(Number(user.split(":")[0]), Math.floor(rig.at.wall / 1_000) + 43_200);
    return user;
  });
  assert.notEqual(users[0], users[1]);
});
