import assert from "node:assert/strict";
import { test } from "node:test";
import {
  encodePageMessage,
  LAN_LINKS_IN_ALL_MAX,
  LAN_LINKS_MAX,
  LAN_PAGES_MAX,
  LAN_PAGES_PER_SOURCE_MAX,
  LAN_SIGHTINGS_MAX,
  LAN_WINDOW_BYTES,
  type NodeMessage,
  type PageMessage,
} from "@kith/core";
import { FakeClock } from "../testing/fake-clock.ts";
import { MemoryNetwork } from "../testing/memory-transport.ts";
import type { Link, LinkEnd, Transport } from "../transport.ts";
import { Air, PAGE, turns } from "../web/lan-fixture.test.ts";
import { type LanCaller, lanBridge } from "./lan-bridge.ts";
import { Far, RawPage } from "./lan-ends.test.ts";
import { LanRelay } from "./lan-relay.ts";

const DOOR = { host: "far", port: 7 };
const ADDRESSES = ["far:7"];

test("[LAN-2] pages that the node did not serve, callers from afar and names that others own are turned away", () => {
  const { bridge } = network();
  const status = (changes: Partial<LanCaller["headers"]>, address = PAGE.address): number | undefined => {
    const answer = bridge.admit({ headers: { ...PAGE.headers, ...changes }, address });
    return typeof answer === "function" ? undefined : answer.status;
  };
  assert.equal(status({}), undefined);
  for (const address of ["127.0.0.1", "::1", "fe80::1%eth0", "::ffff:10.1.2.3", "fd00::1"])
    assert.equal(status({}, address), undefined, address);
  for (const address of ["203.0.113.5", "2001:db8::1", "", "::ffff:203.0.113.5"])
    assert.equal(status({}, address), 403, address);
  const at = (host: string, origin = `http://${host}`) => ({ host, origin });
  for (const host of ["localhost", "localhost:8420", "127.0.0.1:1", "[::1]:8420", "[fe80::1]", "attic.home:8420"])
    assert.equal(status(at(host)), undefined, host);
  assert.equal(status(at("attic.home", "https://attic.home")), undefined);
  for (const host of [
    "evil.example",
    "192.168.1.2.evil.example",
    "localhost.evil.example",
    "",
    "[::1",
    "1.2.3",
    "[::1]x",
  ])
    assert.equal(status(at(host)), 421, host);
  for (const origin of [undefined, "", "null", "http://192.168.1.3:8420", "http://192.168.1.2", "https://evil.example"])
    assert.equal(status({ origin }), 403, origin);
  assert.equal(status({ origin: "http://192.168.1.2:8420/x" }), 403);
  assert.equal(status({ origin: "ftp://192.168.1.2:8420" }), 403);
});

test(`${LAN_PAGES_PER_SOURCE_MAX} pages of one source, ${LAN_PAGES_MAX} in all, and one more when one has gone`, () => {
  const { bridge } = network();
  const from = (address: string): RawPage | undefined => {
    const admitted = bridge.admit({ ...PAGE, address });
    return typeof admitted === "function" ? new RawPage(bridge, address) : undefined;
  };
  const first = Array.from({ length: LAN_PAGES_PER_SOURCE_MAX }, () => from("10.0.0.1"));
  assert.ok(first.every((page) => page !== undefined));
  assert.equal(from("10.0.0.1"), undefined);
  for (let number = 2; bridge.pageCount < LAN_PAGES_MAX; number++) assert.ok(from(`10.0.0.${number}`));
  assert.equal(from("10.0.1.1"), undefined);
  first[0]?.handlers.onClosed();
  assert.ok(from("10.0.0.1"));
});

test("[LAN-3] a page reaches whom the node sees, and nobody else", async () => {
  const { air, page, far } = network();
  await far.listen();
  page.say({ type: "dial", link: 1, addresses: ADDRESSES });
  await page.hear({ type: "end", link: 1, by: "refused" });
  air.put(DOOR);
  air.put({ host: "nobody", port: 9 });
  page.say({ type: "dial", link: 3, addresses: ["10.0.0.9:22", "far:8", ...ADDRESSES] });
  await page.hear({ type: "up", link: 3, remote: "far", address: "far:7" });
  page.say({ type: "dial", link: 5, addresses: ["nobody:9"] });
  await page.hear({ type: "end", link: 5, by: "network" });
  air.addresses.delete("far:7");
  air.put({ host: "other", port: 1 });
  page.say({ type: "dial", link: 7, addresses: ADDRESSES });
  await page.hear({ type: "end", link: 7, by: "refused" });
});

test("[LAN-1] [LAN-5] [LAN-6] what breaks the protocol ends the page's way, and with it its links", async () => {
  const hostile: readonly (readonly [string, PageMessage | Uint8Array])[] = [
    ["a type that nobody knows", Uint8Array.of(0x7f)],
    ["a message of the node's", Uint8Array.of(0x84)],
    ["a message that is cut off", Uint8Array.of(0x10, 0, 0)],
    ["a number of the node's", { type: "dial", link: 2, addresses: ADDRESSES }],
    ["a number twice", { type: "dial", link: 1, addresses: ADDRESSES }],
    ["a packet on a link that never was", { type: "packet", link: 9, packet: new Uint8Array(1) }],
    ["an end of a link that never came", { type: "end", link: 4, by: "closed" }],
    ["more credit than the window", { type: "credit", link: 1, bytes: 1 }],
  ];
  for (const [what, message] of hostile) {
    const { page, far, air } = network();
    await far.listen();
    air.put(DOOR);
    page.say({ type: "dial", link: 1, addresses: ADDRESSES });
    await page.hear({ type: "up", link: 1, remote: "far", address: "far:7" });
    const { ended } = await far.link();
    page.handlers.onMessage(message instanceof Uint8Array ? message : encodePageMessage(message));
    assert.equal(page.closedWith, 1002, what);
    page.handlers.onClosed();
    assert.equal((await ended).by, "peer", what);
  }
});

test("[LAN-5] a page's window is all that it may have on the way, and comes back as fast as the LAN takes it", () => {
  const given: number[] = [];
  const far = { ...SILENT_LINK, room: 0 };
  let onRoom = (): void => {};
  far.start = (handlers) => {
    onRoom = () => handlers.onRoom();
  };
  const relay = new LanRelay(far, false, { sendPacket() {}, sendCredit: (bytes) => given.push(bytes), ended() {} });
  relay.start();
  const send = (length: number): void => relay.handle({ type: "packet", link: 1, packet: new Uint8Array(length) });
  for (let sent = 0; sent < LAN_WINDOW_BYTES; sent += 32_768) send(32_768);
  assert.deepEqual(given, []);
  far.room = 1;
  onRoom();
  assert.deepEqual(given, [LAN_WINDOW_BYTES]);
  far.room = 0;
  for (let sent = 0; sent < LAN_WINDOW_BYTES; sent += 32_768) send(32_768);
  assert.throws(() => send(1), { code: "ERR_LIMIT" });
});

test("[LAN-4] a stranger's packets come one at a time, as they are, until the page believes it", async () => {
  const { page, far, air } = network();
  await far.listen();
  air.put(DOOR);
  page.say({ type: "dial", link: 1, addresses: ADDRESSES });
  await page.hear({ type: "up", link: 1, remote: "far", address: "far:7" });
  const { link } = await far.link();
  link.authenticated();
  for (const byte of [1, 2, 3]) link.write([new Uint8Array(100).fill(byte)]);
  link.write([new Uint8Array(60_000).fill(4)]); // more than a stranger may
  await turns(20);
  assert.deepEqual(page.packets(), [[1, 100]]);
  page.say({ type: "credit", link: 1, bytes: 100 });
  await turns(20);
  assert.deepEqual(page.packets(), [
    [1, 100],
    [2, 100],
  ]);
  page.say({ type: "authenticated", link: 1 });
  await turns(20);
  assert.deepEqual(page.packets(), [
    [1, 100],
    [2, 100],
    [3, 100],
    [4, 60_000],
  ]);
  page.say({ type: "packet", link: 1, packet: new Uint8Array(9).fill(7) });
  await turns(5);
  assert.deepEqual(far.packets, [[7, 9]]);
});

test("[LAN-4] the limits for strangers are the node's too", async () => {
  const { page, far, air } = network();
  await far.listen();
  air.put(DOOR);
  page.say({ type: "dial", link: 1, addresses: ADDRESSES });
  const { link } = await far.link();
  link.write([new Uint8Array(5_000)]);
  await page.hear({ type: "end", link: 1, by: "violation" });
  assert.deepEqual(page.packets(), []);
});

test("[LAN-7] for a page that does not read nothing is read, and it costs its socket's room and a packet a link", async () => {
  const { page, far, air } = network();
  await far.listen();
  air.put(DOOR);
  const links: Link[] = [];
  for (let id = 1; id < 9; id += 2) {
    page.say({ type: "dial", link: id, addresses: ADDRESSES });
    links.push((await far.link()).link);
    await page.hear({ type: "up", link: id, remote: "far", address: "far:7" });
    page.say({ type: "authenticated", link: id });
  }
  page.room = 10_000;
  for (let round = 0; round < 40; round++) {
    for (const link of links) if (link.room > 0) link.write([new Uint8Array(60_000)]);
    await turns(3);
  }
  assert.ok(page.isPaused);
  assert.ok(page.packets().length <= links.length, `${page.packets().length} packets`);
  page.room = 262_144;
  page.handlers.onRoom();
  await turns(10);
  assert.ok(!page.isPaused);
  assert.ok(page.packets().length > links.length);
});

test(`[LAN-6] a page has ${LAN_LINKS_MAX} links that it dialled; a dial that failed keeps its place for a second`, async () => {
  const { page, far, air, clock } = network();
  await far.listen();
  air.put(DOOR);
  air.put({ host: "nobody", port: 9 });
  let id = -1;
  const dial = (addresses: readonly string[]): number => {
    id += 2;
    page.say({ type: "dial", link: id, addresses });
    return id;
  };
  for (let number = 1; number < LAN_LINKS_MAX; number++)
    await page.hear({ type: "up", link: dial(ADDRESSES), remote: "far", address: "far:7" });
  await page.hear({ type: "end", link: dial(["nobody:9"]), by: "network" });
  await page.hear({ type: "end", link: dial(ADDRESSES), by: "full" });
  clock.advance(1_000);
  await page.hear({ type: "up", link: dial(ADDRESSES), remote: "far", address: "far:7" });
  await page.hear({ type: "end", link: dial(ADDRESSES), by: "full" });
  page.say({ type: "end", link: 1, by: "closed" });
  await page.hear({ type: "up", link: dial(ADDRESSES), remote: "far", address: "far:7" });
});

test(`[LAN-6] all pages together have ${LAN_LINKS_IN_ALL_MAX} links, and one more when one has gone`, async () => {
  const { bridge, far, air } = network();
  await far.listen();
  air.put(DOOR);
  const up = (link: number): NodeMessage => ({ type: "up", link, remote: "far", address: "far:7" });
  const dial = (page: RawPage, link: number): void => page.say({ type: "dial", link, addresses: ADDRESSES });
  const pages = Array.from(
    { length: LAN_LINKS_IN_ALL_MAX / LAN_LINKS_MAX },
    (_, number) => new RawPage(bridge, `10.0.0.${number + 1}`),
  );
  for (const page of pages) for (let number = 0; number < LAN_LINKS_MAX; number++) dial(page, 2 * number + 1);
  for (const page of pages) await page.hear(up(2 * LAN_LINKS_MAX - 1));
  const late = new RawPage(bridge, "10.0.1.1");
  dial(late, 1);
  await late.hear({ type: "end", link: 1, by: "full" });
  pages[0]?.handlers.onClosed();
  await turns(5);
  dial(late, 3);
  await late.hear(up(3));
});

test("[LAN-8] a page's port: others dial it, strangers yield when it is full, and it closes with the page", async () => {
  const { page, memory, air, bridge } = network();
  page.say({ type: "listen" });
  const listening = await page.hearSome("listening");
  assert.deepEqual(listening.hosts, ["node"]);
  const hint = { host: "node", port: listening.port };
  const dialer = memory.transport("caller");
  const call = async (): Promise<{ readonly ended: Promise<LinkEnd> }> => {
    const link = await dialer.dial([hint]);
    const ended = new Promise<LinkEnd>((resolve) => link.start({ onPacket() {}, onRoom() {}, onClosed: resolve }));
    return { ended };
  };
  const first = await call();
  await page.hear({ type: "up", link: 2, remote: "caller", address: "" });
  page.say({ type: "authenticated", link: 2 });
  const second = await call();
  for (let number = 2; number < LAN_LINKS_MAX; number++) await call();
  await page.hear({ type: "up", link: 2 * LAN_LINKS_MAX, remote: "caller", address: "" });
  await call();
  await page.hear({ type: "end", link: 4, by: "full" });
  assert.equal((await second.ended).by, "peer"); // the oldest that nobody believes; not the first
  await page.hear({ type: "up", link: 2 * LAN_LINKS_MAX + 2, remote: "caller", address: "" });
  page.say({ type: "announce", name: "Ada", hints: [] });
  await turns(2);
  assert.equal(air.discover().nearby.get().length, 1);
  page.handlers.onClosed();
  assert.equal((await first.ended).by, "peer");
  await bridge.close();
  assert.equal(air.discover().nearby.get().length, 0);
  await assert.rejects(dialer.dial([hint]), { code: "ERR_PEER_UNREACHABLE" });
});

test("[LAN-10] a page is shown under its own name and the node's port, at most once a second; its goodbye is at once", async () => {
  const { page, air, clock } = network();
  const shown = () =>
    air
      .discover()
      .nearby.get()
      .map(({ name, addresses, presence }) => [name, addresses, presence.length]);
  page.say({ type: "announce", name: "Early", hints: [] });
  await turns(3);
  assert.deepEqual(shown(), []); // nobody could reach it yet
  page.say({ type: "listen" });
  const { port } = await page.hearSome("listening");
  await turns(3);
  assert.deepEqual(shown(), [["Early", [`node:${port}`], 0]]);
  const before = air.shows;
  for (let number = 0; number < 50; number++)
    page.say({ type: "announce", name: `Ada\u202e ${number}`, hints: [new Uint8Array(8)] });
  assert.equal(air.shows, before);
  clock.advance(1_000);
  assert.deepEqual(shown(), [["Ada 49", [`node:${port}`], 1]]);
  assert.equal(air.shows, before + 1);
  page.say({ type: "hush" });
  await turns(1);
  assert.deepEqual(shown(), []);
});

test("a page is told who is there, what changes and who goes, and not of itself", async () => {
  const { page, air } = network();
  page.say({ type: "listen" });
  await page.hearSome("listening");
  page.say({ type: "announce", name: "Myself", hints: [] });
  const [ben, cem] = [{}, {}];
  air.show(ben, { key: "ben", name: "Ben", addresses: ["far:7"], presence: [new Uint8Array(8).fill(3)] });
  air.show(cem, { key: "cem" });
  await turns(5);
  const told = (): unknown[] =>
    page.heard.flatMap((each) =>
      each.type === "seen" ? [each.sighting.key, each.sighting.name] : each.type === "lost" ? [`-${each.key}`] : [],
    );
  assert.deepEqual(told(), ["ben", "Ben", "cem", ""]);
  air.show(ben, { key: "ben", name: "Benno", addresses: ["far:7"] });
  await turns(5);
  air.show(cem, undefined);
  await turns(5);
  assert.deepEqual(told(), ["ben", "Ben", "cem", "", "ben", "Benno", "-cem"]);
  for (let number = 0; number < LAN_SIGHTINGS_MAX + 10; number++) air.show({}, { key: `x${number}` });
  await turns(5);
  const keys = new Set(page.heard.flatMap((each) => (each.type === "seen" ? [each.sighting.key] : [])));
  assert.equal(keys.size - 1, LAN_SIGHTINGS_MAX); // all but Cem, who has gone
});

test("[LAN-10] questions about others are asked at a pace, whoever asks", async () => {
  const { page, air, clock } = network();
  for (let number = 0; number < 20; number++) page.say({ type: number % 2 === 0 ? "refresh" : "doubt", key: "ben" });
  assert.deepEqual(air.asked, ["refresh"]);
  clock.advance(250);
  page.say({ type: "doubt", key: "ben" });
  assert.deepEqual(air.asked, ["refresh", "doubt ben"]);
  page.say({ type: "ping" });
  await page.hear({ type: "pong" });
});

/** A link of the LAN that does nothing. */
const SILENT_LINK: { -readonly [Key in keyof Link]: Link[Key] } = {
  ...{
    kind: "memory",
    isOutgoing: true,
    remote: "far",
    hint: undefined,
    recordBytesMax: 66_560,
    ordered: true,
    room: 0,
  },
  ...{ start() {}, write() {}, authenticated() {}, pause() {}, resume() {}, close() {} },
};

/** A bridge on the machine `node` of a network in memory, one page at it, and a machine `far`. */
function network() {
  const clock = new FakeClock();
  const memory = new MemoryNetwork({ clock });
  const air = new Air("node");
  let port = 100;
  const transport: Transport = {
    ...memory.transport("node"),
    listen: (onLink) => memory.transport("node", { port: ++port }).listen(onLink),
  };
  const bridge = lanBridge({
    ...{ clock, transport, discover: () => air.discover(), names: ["Attic.home"], watch: () => () => {} },
  });
  return { clock, memory, air, bridge, page: new RawPage(bridge), far: new Far(memory.transport("far", { port: 7 })) };
}
