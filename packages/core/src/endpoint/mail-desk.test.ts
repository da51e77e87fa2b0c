import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { days, hours, minutes, seconds } from "../lib/time.ts";
import {
  BAD_ITEMS_BURST_MAX,
  BAD_ITEMS_LOGGED_BURST_MAX,
  DEPOSIT_RETRY_MIN,
  DEPOSIT_TIMEOUT,
  ITEMS_IN_HAND_MAX,
  MAIL_PATIENCE,
} from "../wire/mail-limits.ts";
import { person, type TestNode } from "./endpoint-fixture.test.ts";
import { type Mood, village } from "./mail-world.test.ts";

const statesOf = (node: TestNode): string[] =>
  node.of("chat").flatMap(({ event }) => (event.type === "state" ? [event.state] : []));
const write = (from: TestNode, to: TestNode, text: string): void => {
  from.endpoint.conversations.sendText(to.id, text, from.at);
};
const cardOf = (node: TestNode, other: TestNode) => node.endpoint.mail.cards.cardOf(other.id);

test("[ITEM-7] a text for a contact that is away is kept after ten seconds, and arrives when it is back", () => {
  const { ada, ben, office, run, leave, come } = village();
  leave(ben);
  write(ada, ben, "until you are back");
  run(MAIL_PATIENCE - 2_000);
  assert.equal(office.deposits, 0);
  run(4_000);
  assert.equal(office.items.length, 1);
  assert.deepEqual(statesOf(ada), ["queued", "kept"]);
  leave(ada);
  run(hours(3));
  come(ben);
  assert.deepEqual(ben.textsFrom(ada), ["until you are back"]);
  assert.equal(office.taken, 1);
  // Ada is away now: her receipt waits for her.
  run(MAIL_PATIENCE + 3_000);
  assert.equal(office.items.length, 1);
  leave(ben);
  come(ada);
  assert.deepEqual(statesOf(ada), ["queued", "kept", "stored"]);
  assert.equal(ada.endpoint.conversations.undelivered(ben.id), 0);
  run(minutes(5));
  assert.equal(office.items.length, 0);
  come(ben);
  run(seconds(30));
  assert.deepEqual(ben.textsFrom(ada), ["until you are back"]);
});

test("[ITEM-7] who is there, or back within ten seconds, is left nothing at a relay", () => {
  const { ada, ben, office, run, leave, come } = village();
  write(ada, ben, "one");
  run(seconds(30));
  leave(ben);
  write(ada, ben, "two");
  run(seconds(5));
  come(ben);
  run(seconds(30));
  assert.deepEqual(ben.textsFrom(ada), ["one", "two"]);
  assert.equal(office.deposits, 0);
});

test("[ITEM-7] a relay that fails, or says nothing, is followed by the next; after all of them, later again", () => {
  const { ada, ben, offices, run, leave } = village(3);
  const [first, second, third] = offices;
  assert.ok(first !== undefined && second !== undefined && third !== undefined);
  [first.mood, second.mood, third.mood] = ["fails", "silent", "fails"];
  leave(ben);
  write(ada, ben, "somewhere");
  run(MAIL_PATIENCE + 2_000);
  assert.deepEqual([first.deposits, second.deposits, third.deposits], [1, 1, 0]);
  run(DEPOSIT_TIMEOUT + 1_000);
  assert.deepEqual([first.deposits, second.deposits, third.deposits], [1, 1, 1]);
  third.mood = "keeps";
  run(DEPOSIT_RETRY_MIN - 5_000);
  assert.deepEqual([first.deposits, second.deposits, third.deposits], [1, 1, 1]);
  run(10_000 + DEPOSIT_TIMEOUT);
  assert.deepEqual([first.deposits, second.deposits, third.deposits], [3, 3, 2], "a copy is tried at the others");
  assert.deepEqual(statesOf(ada), ["queued", "kept"]);
});

test("[ITEM-7] what failed is tried at once when the network is another", () => {
  const { ada, ben, office, run, leave } = village();
  leave(ben);
  office.mood = "fails";
  write(ada, ben, "later");
  run(minutes(20));
  const before = office.deposits;
  assert.ok(before < 7, `${before} deposits`);
  office.mood = "keeps";
  ada.endpoint.mail.retry();
  run(1_000);
  assert.equal(office.deposits, before + 1);
  assert.equal(statesOf(ada).at(-1), "kept");
});

test("[ITEM-7] as long as a path is up nothing is left, whether or not it is of use", () => {
  const { ada, ben, office, run, net } = village();
  net.nodes.splice(net.nodes.indexOf(ben), 1); // frozen: its links stay
  write(ada, ben, "hello?");
  run(MAIL_PATIENCE + 2_000);
  assert.equal(ada.endpoint.stateOf(ben.id), "open");
  assert.equal(office.deposits, 0);
  run(minutes(1));
  assert.notEqual(ada.endpoint.stateOf(ben.id), "open");
  assert.equal(office.deposits, 1);
});

test("[ITEM-8] who was killed before the relay's answer leaves the same item again", () => {
  const { ada, ben, office, run, leave, come } = village();
  office.mood = "keeps and says nothing";
  leave(ben);
  write(ada, ben, "once");
  run(MAIL_PATIENCE + 1_000);
  assert.equal(office.items.length, 1);
  leave(ada);
  come(ada);
  office.mood = "keeps";
  run(MAIL_PATIENCE + 1_000);
  assert.equal(office.deposits, 2);
  assert.equal(office.items.length, 1);
  assert.equal(statesOf(ada).at(-1), "kept");
});

test("[ITEM-2] cards are given once, again when they change, and again after a start", () => {
  const { ada, ben, offices, run, meet, leave, come, net } = village(2);
  assert.deepEqual(
    cardOf(ada, ben)?.relays.map(({ address }) => address),
    ["wss://relay0.example/", "wss://relay1.example/"],
  );
  const [first] = offices;
  assert.ok(first !== undefined);
  ben.endpoint.mail.cards.setRelays([first.placeOf(ben)], net.at);
  run(1_000);
  assert.equal(cardOf(ada, ben)?.relays.length, 1);
  ben.endpoint.mail.cards.setRelays([], net.at);
  run(1_000);
  assert.deepEqual(cardOf(ada, ben), { relays: [], prekey: undefined });
  leave(ben);
  come(ben);
  meet();
  assert.equal(cardOf(ada, ben)?.relays.length, 2);
  leave(ada);
  come(ada);
  assert.equal(cardOf(ada, ben)?.relays.length, 2, "kept over a restart");
});

test("[ITEM-2] a card is given when the secret half of its prekey is durable, and not before", () => {
  const { ada, ben, offices, run, leave, net } = village(2);
  const [first] = offices;
  assert.ok(first !== undefined);
  const before = cardOf(ada, ben);
  const tell = ben.endpoint.handleStored.bind(ben.endpoint);
  const waiting: Parameters<typeof tell>[] = [];
  ben.endpoint.handleStored = (...answer) => void waiting.push(answer);
  ben.endpoint.mail.cards.setRelays([first.placeOf(ben)], net.at);
  run(2_000);
  assert.deepEqual(cardOf(ada, ben), before);
  for (const answer of waiting.splice(0)) tell(...answer);
  run(2_000);
  assert.equal(cardOf(ada, ben)?.relays.length, 1);
  leave(ben);
});

test("[ITEM-2] a prekey is another after a week, is told in a session, and the old one opens for two weeks more", () => {
  const { ada, ben, office, run, leave, come, net } = village();
  const before = cardOf(ada, ben)?.prekey?.mark;
  leave(ben);
  write(ada, ben, "sealed to the first");
  run(MAIL_PATIENCE + 1_000);
  leave(ada);
  net.now += days(8);
  come(ben);
  assert.deepEqual(ben.textsFrom(ada), ["sealed to the first"]);
  come(ada);
  run(seconds(30));
  assert.notEqual(cardOf(ada, ben)?.prekey?.mark, before);
  assert.equal(office.items.length, 0);
  assert.equal([...ben.store.keys()].filter((key) => key.startsWith("mail-prekey/")).length, 2);
  net.now += days(14);
  run(hours(2));
  assert.ok(![...ben.store.keys()].includes("mail-prekey/1"));
  for (const [key, value] of ben.store)
    if (key.startsWith("mail-prekey/")) assert.ok(!Buffer.from(value).includes(Buffer.from(ben.id, "hex")), "sealed");
});

test("[ITEM-6] nothing is left for less than an hour: the prekey is nearly over, or the text", () => {
  const { ada, ben, office, run, leave, net } = village();
  leave(ben);
  net.now += days(21) - minutes(50);
  write(ada, ben, "too late");
  run(minutes(5));
  assert.equal(office.deposits, 0);
  assert.deepEqual(statesOf(ada), ["queued"]);
});

test("[ITEM-6] an item lives no longer than the prekey that it is sealed to", () => {
  const { ada, ben, run, leave, net } = village();
  leave(ben);
  net.now += days(20);
  write(ada, ben, "for a day");
  run(MAIL_PATIENCE + 1_000);
  const [order] = ada.of("deposit");
  assert.ok(order !== undefined && order.lifetime < days(1) && order.lifetime > hours(23));
});

test("[ITEM-5] what a stranger, or somebody blocked, left counts for nothing and is taken", () => {
  const { ada, ben, office, run, leave, come, net } = village();
  leave(ben);
  write(ada, ben, "not any more");
  run(MAIL_PATIENCE + 1_000);
  leave(ada);
  ben.restart();
  net.nodes.push(ben);
  ben.endpoint.trust.block(ada.id, net.at);
  run(10);
  office.enter(ben);
  run(100);
  assert.deepEqual(ben.textsFrom(ada), []);
  assert.equal(office.taken, 1);
  assert.equal(cardOf(ben, ada), undefined);
  assert.deepEqual(
    [...ben.store.keys()].filter((key) => key.startsWith("mail/") || key.startsWith("chat/")),
    [],
  );
  come(ada);
});

test("[ITEM-4] whatever else a relay hands out is taken and counts for nothing, at most 64 at a time", () => {
  const { ada, ben, office, run, leave, net } = village();
  leave(ben);
  write(ada, ben, "real");
  run(MAIL_PATIENCE + 1_000);
  leave(ada);
  ben.restart();
  net.nodes.push(ben);
  const [item] = office.items;
  assert.ok(item !== undefined);
  const name = { relay: 7, from: item.from, id: item.id };
  for (const bad of [
    new Uint8Array(0),
    item.sealed.subarray(1),
    new Uint8Array(2_048).fill(1),
    item.sealed.slice().fill(9, 100, 101),
  ])
    ben.endpoint.mail.handleItem(name, bad, net.at);
  for (let index = 0; index < ITEMS_IN_HAND_MAX + 10; index++) ben.endpoint.mail.handleItem(name, item.sealed, net.at);
  run(100);
  assert.equal(ben.of("itemTaken").length, 4 + ITEMS_IN_HAND_MAX);
  assert.deepEqual(ben.textsFrom(ada), ["real"]);
});

test("an item that a relay kept although it was taken says nothing again, the next day or after the prekey is gone", () => {
  const { ada, ben, office, run, leave, come, net } = village();
  leave(ben);
  write(ada, ben, "once");
  run(MAIL_PATIENCE + 1_000);
  const kept = [...office.items];
  assert.equal(kept.length, 1);
  leave(ada);
  come(ben);
  assert.deepEqual(ben.textsFrom(ada), ["once"]);
  for (const later of [days(1), days(14), days(16), days(31), days(60)]) {
    net.now += later;
    for (const { from, id, sealed } of kept) ben.endpoint.mail.handleItem({ relay: 1, from, id }, sealed, net.at);
    run(1_000);
    leave(ben);
    for (const { from, id, sealed } of kept) ben.endpoint.mail.handleItem({ relay: 1, from, id }, sealed, net.at);
    come(ben);
    for (const { from, id, sealed } of kept) ben.endpoint.mail.handleItem({ relay: 1, from, id }, sealed, net.at);
    run(1_000);
    assert.deepEqual(ben.textsFrom(ada), ["once"], `${later} later`);
  }
});

test("a relay that makes up items is not listened to for long, and does not fill the log", () => {
  const { ada, ben, office, run, leave, net } = village();
  leave(ben);
  write(ada, ben, "real");
  run(MAIL_PATIENCE + 1_000);
  leave(ada);
  ben.restart();
  net.nodes.push(ben);
  run(10);
  const [item] = office.items;
  assert.ok(item !== undefined);
  const lines = (): number => [...ben.store.keys()].filter((key) => key.startsWith("audit/")).length;
  const before = lines();
  const name = { relay: 7, from: item.from, id: new Uint8Array(16) };
  for (let index = 0; index < 500; index++)
    ben.endpoint.mail.handleItem(name, item.sealed.slice().fill(index, 500), net.at);
  office.enter(ben);
  run(100);
  assert.equal(ben.of("itemTaken").length, BAD_ITEMS_BURST_MAX);
  assert.ok(lines() - before <= BAD_ITEMS_LOGGED_BURST_MAX, `${lines() - before} lines`);
  assert.deepEqual(ben.textsFrom(ada), []);
  run(minutes(2));
  office.enter(ben);
  run(100);
  assert.deepEqual(ben.textsFrom(ada), ["real"]);
});

test("an item of a contact that is revoked before it is durable does not stay in hand", () => {
  const { ada, ben, office, run, leave, net } = village();
  leave(ben);
  write(ada, ben, "gone");
  run(MAIL_PATIENCE + 1_000);
  leave(ada);
  ben.restart();
  const [item] = office.items;
  assert.ok(item !== undefined);
  ben.endpoint.mail.handleItem({ relay: 7, from: item.from, id: item.id }, item.sealed, net.at);
  ben.endpoint.trust.revoke(ada.id, net.at);
  net.nodes.push(ben);
  run(100);
  assert.equal(ben.of("itemTaken").length, 1);
  assert.deepEqual(ben.textsFrom(ada), []);
  assert.deepEqual(
    [...ben.store.keys()].filter((key) => key.startsWith("chat/")),
    [],
  );
});

test("an identity for one time has no card, and its texts wait at no relay", () => {
  const { ada, net } = village();
  const once = net.node("once", { identity: { ...person("once"), isOneTime: true } });
  once.endpoint.mail.cards.setRelays(
    [{ address: "wss://x/", relayKey: new Uint8Array(32), ownKey: new Uint8Array(32) }],
    net.at,
  );
  net.run(100);
  assert.equal(once.endpoint.mail.cards.keys.latest, undefined);
  assert.equal(ada.endpoint.mail.cards.cardOf(once.id), undefined);
});

test("[CHAT-10] texts arrive once, whoever comes and goes and whatever the relay does", () => {
  const act = fc.record({
    what: fc.constantFrom("write", "leave", "come", "wait", "mood", "kill"),
    who: fc.boolean(),
    mood: fc.constantFrom<Mood>("keeps", "fails", "silent", "keeps and says nothing"),
  });
  fc.assert(
    fc.property(fc.array(act, { minLength: 5, maxLength: 25 }), (acts) => {
      const { net, ada, ben, offices, run, leave, come, meet } = village(2);
      const written = new Map<TestNode, string[]>([
        [ada, []],
        [ben, []],
      ]);
      for (const [index, { what, who, mood }] of acts.entries()) {
        const [node, other] = who ? [ada, ben] : [ben, ada];
        const isThere = net.nodes.includes(node);
        if (what === "write" && isThere) {
          write(node, other, `text ${index}`);
          written.get(node)?.push(`text ${index}`);
          run(1); // durable
        } else if (what === "leave" && isThere) leave(node);
        else if (what === "come" && !isThere) come(node);
        else if (what === "kill" && isThere) node.restart();
        else if (what === "wait") run(20_000);
        else if (what === "mood") for (const office of offices.slice(who ? 0 : 1)) office.mood = mood;
      }
      for (const office of offices) office.mood = "keeps";
      for (const node of [ada, ben]) if (!net.nodes.includes(node)) come(node);
      run(minutes(2));
      meet();
      for (const office of offices) for (const node of [ada, ben]) office.enter(node);
      run(minutes(1));
      for (const [from, to] of [
        [ada, ben],
        [ben, ada],
      ] as const) {
        assert.deepEqual(to.textsFrom(from).sort(), written.get(from)?.sort());
        assert.equal(from.endpoint.conversations.undelivered(to.id), 0);
      }
    }),
    { numRuns: 15 },
  );
});
