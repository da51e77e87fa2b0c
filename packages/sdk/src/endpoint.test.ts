import assert from "node:assert/strict";
import { test } from "node:test";
import { createIdentity, nobleProvider, oneTimeIdentity } from "@kith/core";
import type { Channel, Endpoint, PairingStep } from "./api.ts";
import { createEndpoint } from "./create-endpoint.ts";
import { MemoryStore } from "./memory-store.ts";
import { nodeProvider } from "./node/node-crypto.ts";
import { FakeClock } from "./testing/fake-clock.ts";
import { Lab } from "./testing/lab.ts";
import { first, until } from "./testing/until.ts";

const random = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));
const quick = { provider: nodeProvider, endOfTurn: (run: () => void) => process.nextTick(run) };
const addressOf = (endpoint: Endpoint): string => endpoint.addresses.get()[0] ?? "";
const stepAt = <A extends PairingStep["at"]>(
  endpoint: Endpoint,
  at: A,
): Promise<{ id: string; step: PairingStep & { at: A } }> =>
  until(endpoint.pairing.all, (views) => {
    for (const { id, step } of views) if (step.at === at) return { id, step: step as PairingStep & { at: A } };
    return undefined;
  });

test("connect: unreachable, unknown, oneself, an aborted wait, another key than expected", async () => {
  const lab = new Lab();
  await using ada = await lab.endpoint("Ada", quick);
  await using ben = await lab.endpoint("Ben", quick);
  await assert.rejects(ada.connect("nowhere:1"), { code: "ERR_PEER_UNREACHABLE" });
  await assert.rejects(ada.connect("who?"), { code: "ERR_PEER_UNKNOWN" });
  await assert.rejects(ada.connect(ada.id), { code: "ERR_ARGUMENT" });
  await assert.rejects(ada.connect(addressOf(ben), { signal: AbortSignal.abort() }), { name: "AbortError" });
  const somebody = createIdentity(nodeProvider, random).peerId;
  await ada.trust.add(somebody, { name: "Somebody" });
  await assert.rejects(ada.connect(addressOf(ben), { expect: somebody }), { code: "ERR_PEER_UNEXPECTED" });
  const alarm = ada.alarms.get()[0];
  assert.deepEqual([alarm?.kind, alarm?.peer, alarm?.found], ["key-changed", somebody, ben.id]);
  await ada.dismissAlarm(alarm?.id ?? "");
  assert.deepEqual(ada.alarms.get(), []);
  assert.equal((await ada.connect(addressOf(ben), { expect: ben.id })).peer, ben.id);
});

test("connect: whoever answers with rubbish failed the handshake", async () => {
  const lab = new Lab();
  await using ada = await lab.endpoint("Ada", quick);
  const liar = await lab.network.transport("liar").listen((link) => {
    link.start({ onPacket: () => link.write([Uint8Array.of(0x03, ...random(400))]), onRoom() {}, onClosed() {} });
  });
  const [hint] = liar.addresses();
  await assert.rejects(ada.connect(`${hint?.host}:${hint?.port}`), { code: "ERR_HANDSHAKE_FAILED" });
  await liar.close();
});

test("a stranger's session serves nothing but pairing; a contact's serves what is offered", async () => {
  const lab = new Lab();
  await using ada = await lab.endpoint("Ada", quick);
  await using ben = await lab.endpoint("Ben", { ...quick, protocols: ["game/1"] });
  const session = await ada.connect(addressOf(ben));
  await assert.rejects(session.open("game/1"), { code: "ERR_NOT_AUTHORIZED" });
  await assert.rejects(ada.chat.send(ben.id, "hi"), { code: "ERR_NOT_AUTHORIZED" });
  await ben.trust.add(ada.id, { name: "Ada" });
  await assert.rejects(session.open("chess/1"), { code: "ERR_CHANNEL_REFUSED" });
  await using channel = await session.open("game/1");
  assert.equal(channel.protocol, "game/1");
});

test("finish waits until the other side has everything, not until it finishes too", async () => {
  const lab = new Lab();
  const [ada, ben] = await lab.pair({ ...quick, protocols: ["echo/1"] });
  await using session = await ada.connect(addressOf(ben));
  const there = first(ben.sessions).then((peer) => first(peer.channels));
  const channel = await session.open("echo/1");
  await channel.send(Uint8Array.of(1));
  await channel.finish();
  const incoming = await there;
  assert.deepEqual(await first(incoming.messages), Uint8Array.of(1));
  await incoming.send(Uint8Array.of(2));
  assert.deepEqual(await first(channel.messages), Uint8Array.of(2));
  await Promise.all([ada, ben].map((endpoint) => endpoint.close()));
});

test("a channel full of large messages goes on over the next link, whoever dialled it", async () => {
  const lab = new Lab();
  const [ada, ben] = await lab.pair({ ...quick, protocols: ["sink/1"] });
  const notes: string[] = [];
  for (const [from, to] of [
    [ada, ben],
    [ben, ada],
  ] as const) {
    await ada.connect(addressOf(ben));
    await until(ben.openSessions, ([session]) => session?.path);
    const session = await from.connect(to.id);
    const there = (await to.connect(from.id)).channels;
    const channel = await session.open("sink/1", { class: "bulk" });
    const incoming = await first(there);
    const message = new Uint8Array(60_000);
    for (let i = 0; i < 30; i++) void channel.send(message);
    lab.network.break("ada", "ben");
    let received = 0;
    for await (const batch of incoming.batches) {
      received += batch.length;
      if (received === 10) lab.network.break("ada", "ben");
      if (received >= 30) break;
    }
    channel.reset();
  }
  for (const endpoint of [ada, ben]) {
    const entries = await endpoint.audit.entries({ limit: 1_000 });
    notes.push(...entries.filter(({ event }) => event === "misbehaved").map(({ detail }) => detail ?? ""));
    await endpoint.close();
  }
  assert.deepEqual(notes, []);
});

test("channels carry messages in order both ways, end, and say so", async () => {
  const lab = new Lab();
  const [ada, ben] = await lab.pair({ ...quick, protocols: ["echo/1"] });
  await using session = await ada.connect(addressOf(ben));
  const there = first(ben.sessions).then((peer) => first(peer.channels));
  const channel = await session.open("echo/1", { class: "bulk" });
  const echo = (async () => {
    const incoming = await there;
    for await (const message of incoming.messages) await incoming.send(message);
    await incoming.finish();
  })();
  const sent = Array.from({ length: 500 }, (_, i) => new Uint8Array(i * 7).fill(i));
  const heard: Uint8Array[] = [];
  const reading = (async () => {
    for await (const message of channel.messages) heard.push(message.slice());
  })();
  for (const message of sent) await channel.send(message);
  await channel.finish();
  await Promise.all([reading, echo]);
  assert.deepEqual(heard, sent);
  assert.deepEqual(await channel.closed, { by: "peer", reason: "done" });
  await assert.rejects(channel.send(new Uint8Array(1)), { code: "ERR_CHANNEL_CLOSED" });
  await ada.close();
  await ben.close();
});

test("a channel that nobody reads makes the sender wait, and memory stays bounded", async () => {
  const lab = new Lab();
  const [ada, ben] = await lab.pair({ ...quick, protocols: ["sink/1"] });
  const session = await ada.connect(addressOf(ben));
  const there = first(ben.sessions).then((peer) => first(peer.channels));
  const channel = await session.open("sink/1");
  let taken = 0;
  const pouring = (async () => {
    for (; taken < 400; taken++) await channel.send(new Uint8Array(65_536));
  })();
  const incoming = await there;
  for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve));
  assert.ok(taken > 8 && taken < 80, `${taken} of 64 KiB were taken without a reader`);
  let read = 0;
  for await (const batch of incoming.batches) {
    read += batch.length;
    if (read === 400) break;
  }
  await pouring;
  await ada.close();
  await ben.close();
});

test("a batch is lent until the next is asked for, a single message is given", async () => {
  const lab = new Lab();
  const [ada, ben] = await lab.pair({ ...quick, protocols: ["sink/1"] });
  const session = await ada.connect(addressOf(ben));
  const offered = (await first(ben.sessions)).channels[Symbol.asyncIterator]();
  const read = async (how: (incoming: Channel) => AsyncIterable<Uint8Array | readonly Uint8Array[]>) => {
    const channel = await session.open("sink/1");
    const { value: incoming } = await offered.next();
    assert.ok(incoming !== undefined);
    const kept: Uint8Array[] = [];
    for (const size of [60_000, 200_000]) await channel.send(new Uint8Array(size).fill(7));
    await channel.finish();
    for await (const next of how(incoming)) kept.push(...(next instanceof Uint8Array ? [next] : next));
    return kept.map((message) => [message.length, message[0]]);
  };
  const [gone, kept] = [await read(({ batches }) => batches), await read(({ messages }) => messages)];
  assert.deepEqual(gone, [
    [0, undefined],
    [0, undefined],
  ]);
  assert.deepEqual(kept, [
    [60_000, 7],
    [200_000, 7],
  ]);
  await ada.close();
  await ben.close();
});

test("a cap on the send rate holds bulk back and lets messages pass", async () => {
  const lab = new Lab();
  const [ada, ben] = await lab.pair({ ...quick, protocols: ["sink/1"], sendRateMax: 1_000 });
  const session = await ada.connect(addressOf(ben));
  const incoming = first(ben.sessions).then(async (peer) => {
    const channels = [];
    for await (const channel of peer.channels) if (channels.push(channel) === 2) break;
    return channels;
  });
  const bulk = await session.open("sink/1", { class: "bulk" });
  const talk = await session.open("sink/1");
  await bulk.send(new Uint8Array(500_000));
  await talk.send(Uint8Array.of(7));
  const [slow, fast] = await incoming;
  assert.ok(slow !== undefined && fast !== undefined);
  const race = await Promise.race([
    first(fast.messages).then(() => "message"),
    first(slow.messages).then(() => "bulk"),
  ]);
  assert.equal(race, "message");
  await ada.close();
  await ben.close();
});

test("pairing by words: both see the same five, and both must say so", async () => {
  const lab = new Lab();
  await using ada = await lab.endpoint("Ada", quick);
  await using ben = await lab.endpoint("Ben", quick);
  const id = await ada.pairing.start(addressOf(ben), "words");
  const [ours, theirs] = await Promise.all([stepAt(ada, "compare"), stepAt(ben, "compare")]);
  assert.equal(ours.step.words.length, 5);
  assert.deepEqual(ours.step.words, theirs.step.words);
  await assert.rejects(ada.pairing.answer(id, { type: "code", code: "123456" }), { code: "ERR_PAIRING_STEP" });
  await ada.pairing.answer(id, { type: "match", same: true });
  await ben.pairing.answer(theirs.id, { type: "match", same: true });
  const asked = await stepAt(ben, "consent");
  await ben.pairing.answer(asked.id, { type: "consent", accept: true });
  await stepAt(ada, "consent");
  await ada.pairing.answer(id, { type: "consent", accept: true, role: "guest" });
  await Promise.all([stepAt(ada, "done"), stepAt(ben, "done")]);
  assert.deepEqual([ada.trust.contacts.get()[0]?.role, ben.trust.contacts.get()[0]?.verifiedBy], ["guest", "words"]);
});

test("pairing by QR: one text, once, and a damaged one is refused before anything is sent", async () => {
  const lab = new Lab();
  await using ada = await lab.endpoint("Ada", quick);
  await using ben = await lab.endpoint("Ben", quick);
  await ben.pairing.offer("qr");
  const { step } = await stepAt(ben, "show-qr");
  await assert.rejects(ada.pairing.start(`${step.uri.slice(0, -4)}AAAA!`, "qr"), { code: "ERR_ARGUMENT" });
  const id = await ada.pairing.start(step.uri, "qr");
  const asked = await stepAt(ben, "consent");
  await ben.pairing.answer(asked.id, { type: "consent", accept: true });
  await stepAt(ada, "consent");
  await ada.pairing.answer(id, { type: "consent", accept: true });
  await Promise.all([stepAt(ada, "done"), stepAt(ben, "done")]);
  const again = await ada.pairing.start(step.uri, "qr");
  const failed = await until(ada.pairing.all, (views) => {
    const view = views.find((each) => each.id === again);
    return view?.step.at === "failed" ? view.step.reason : undefined;
  });
  assert.equal(failed, "expired");
});

test("a denied pairing leaves no contact on either side", async () => {
  const lab = new Lab();
  await using ada = await lab.endpoint("Ada", quick);
  await using ben = await lab.endpoint("Ben", quick);
  await ada.pairing.start(addressOf(ben), "first-use");
  const asked = await stepAt(ben, "consent");
  await ben.pairing.answer(asked.id, { type: "consent", accept: false });
  const { step } = await stepAt(ada, "failed");
  assert.equal(step.reason, "denied");
  assert.deepEqual([ada.trust.contacts.get(), ben.trust.contacts.get()], [[], []]);
});

test("chat waits for an absent contact, survives a restart from the store, and arrives once", async () => {
  const lab = new Lab();
  const store = new MemoryStore();
  store.close = async () => {}; // what is on a disk outlives the endpoint
  const identity = createIdentity(nodeProvider, random);
  const ben = await lab.endpoint("Ben", quick);
  const before = await lab.endpoint("Ada", { ...quick, store, identity });
  await before.trust.add(ben.id, { name: "Ben" });
  await ben.trust.add(before.id, { name: "Ada" });
  const message = await before.chat.send(ben.id, "are you there?");
  assert.equal(message.state, "queued");
  await before.close();

  const events = ben.chat.watch({ peer: before.id });
  const heard = first(events);
  const ada = await lab.endpoint("Ada", { ...quick, store, identity });
  assert.deepEqual(
    (await ada.chat.history(ben.id)).map(({ text, state }) => [text, state]),
    [["are you there?", "queued"]],
  );
  await ada.connect(addressOf(ben));
  const event = await heard;
  assert.ok(event.type === "message" && event.message.text === "are you there?" && event.message.id === message.id);
  assert.equal(ben.chat.unread.get().length, 1);
  await ben.chat.markRead(before.id, [message.id]);
  assert.equal(ben.chat.unread.get().length, 0);
  for await (const change of ada.chat.watch()) if (change.type === "state" && change.state === "read") break;
  assert.deepEqual(
    (await ada.chat.history(ben.id)).map(({ state }) => state),
    ["read"],
  );
  assert.equal((await ada.audit.verify()).isIntact, true);
  await ada.close();
  await ben.close();
});

test("revoking ends sessions, blocking keeps the key out, unblocking lets it in as a stranger", async () => {
  const lab = new Lab();
  const [ada, ben] = await lab.pair(quick);
  const session = await ada.connect(addressOf(ben));
  await first(ben.sessions); // it opens here a packet later
  await ben.trust.revoke(ada.id);
  assert.deepEqual(await session.closed, { by: "peer", reason: "revoked" });
  await assert.rejects(session.open("x/1"), { code: "ERR_SESSION_CLOSED" });
  await ben.trust.block(ada.id);
  const blocked = await ada.connect(addressOf(ben)).then(
    (again) => again.closed.then(() => "closed"),
    () => "refused",
  );
  assert.ok(blocked === "closed" || blocked === "refused");
  await ben.trust.unblock(ada.id);
  assert.deepEqual(ben.trust.blocked.get(), []);
  await ada.close();
  await ben.close();
});

test("grants permit one thing beyond the role, and end", async () => {
  const lab = new Lab();
  await using ada = await lab.endpoint("Ada", quick);
  await using ben = await lab.endpoint("Ben", { ...quick, protocols: ["game/1"] });
  await ben.trust.add(ada.id, { name: "Ada", role: "guest" });
  await ada.trust.add(ben.id, { name: "Ben" });
  const session = await ada.connect(addressOf(ben));
  await assert.rejects(session.open("game/1"), { code: "ERR_NOT_AUTHORIZED" });
  const grant = await ben.trust.grant(ada.id, { operation: "game/1", limits: { count: 2 } });
  const channel = await session.open("game/1");
  await ben.trust.revokeGrant(ada.id, grant.id);
  assert.equal((await channel.closed).reason, "reset");
  await assert.rejects(session.open("game/1"), { code: "ERR_NOT_AUTHORIZED" });
});

test("transfers: unknown ids, wrong states, no access to files", async () => {
  const lab = new Lab();
  const [ada, ben] = await lab.pair(quick);
  await assert.rejects(ada.files.cancel("x"), { code: "ERR_TRANSFER_UNKNOWN" });
  await assert.rejects(ada.files.send(ben.id, ["/etc/hostname"]), { code: "ERR_FILE" });
  await ada.close();
  await ben.close();
});

test("an endpoint that was closed says so, twice closing is fine, a one-time identity is not exported", async () => {
  const lab = new Lab();
  const ada = await lab.endpoint("Ada", { ...quick, identity: oneTimeIdentity(nodeProvider, random) });
  await assert.rejects(ada.exportIdentity("correct horse"), { code: "ERR_IDENTITY" });
  await ada.close();
  await ada.close();
  await assert.rejects(ada.connect("ben:1"), { code: "ERR_ENDPOINT_CLOSED" });
  await assert.rejects(createEndpoint({ name: "\u202e", transports: [] }), { code: "ERR_ARGUMENT" });
});

test("two providers make one session: noble here, node:crypto there", async () => {
  const lab = new Lab();
  await using ada = await lab.endpoint("Ada", { ...quick, provider: nobleProvider });
  await using ben = await lab.endpoint("Ben", quick);
  assert.equal((await ada.connect(addressOf(ben))).peer, ben.id);
});

test("after the machine slept, sessions go on over new links, without a new session and with nothing lost", async () => {
  const lab = new Lab();
  const clock = new FakeClock();
  const ben = await lab.endpoint("Ben", quick);
  const ada = await lab.endpoint("Ada", { ...quick, clock });
  await ada.trust.add(ben.id, { name: "Ben" });
  await ben.trust.add(ada.id, { name: "Ada" });
  const session = await ada.connect(addressOf(ben));
  const heard = (async () => {
    const texts: string[] = [];
    for await (const event of ben.chat.watch()) {
      if (event.type === "message" && texts.push(event.message.text) === 2) return texts;
    }
    return texts;
  })();
  await ada.chat.send(ben.id, "good night");
  await until(ada.openSessions, ([view]) => (view?.path?.kind === "memory" ? true : undefined));
  let wasLinkless = false;
  session.path.subscribe(() => {
    wasLinkless ||= session.path.get() === undefined;
  });
  clock.setWall(clock.wall() + 8 * 3_600_000); // the lid was closed: only the wall clock went on
  clock.advance(5_000);
  await ada.chat.send(ben.id, "good morning");
  const ticking = setInterval(() => clock.advance(100), 5);
  assert.deepEqual(await heard, ["good night", "good morning"]);
  clearInterval(ticking);
  assert.ok(wasLinkless, "the link from before was given up");
  const open = await Promise.race([session.closed.then(() => "closed"), Promise.resolve("open")]);
  assert.equal(open, "open");
  await ada.close();
  await ben.close();
});
