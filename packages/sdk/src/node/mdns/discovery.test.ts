import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock } from "../../testing/fake-clock.ts";
import { formatHint } from "../../transport.ts";
import { LOOK_EVERY, type LocalAddress } from "../interfaces.ts";
import { createDiscovery, type Discovery, type DiscoveryFilter } from "./discovery.ts";
import type { Advert } from "./dns-service.ts";
import { isFromLink, type MulticastHandlers, type openMulticast } from "./multicast-socket.ts";

test("[DIS-1] two nodes see each other at their ports, changes and the goodbye; neither sees itself", async () => {
  const { clock, node } = network();
  const a = node({ eth0: "10.0.0.1" }, { advert: advert("anna") });
  const b = node({ eth0: "10.0.0.2" }, { advert: advert("bob") });
  clock.advance(3_000);
  assert.deepEqual(names(a.discovery), ["bob"]);
  assert.deepEqual(names(b.discovery), ["anna"]);
  assert.deepEqual(a.discovery.services.get()[0]?.hints.map(formatHint), ["10.0.0.2:4711"]);
  b.discovery.advertise({ ...advert("bob"), txt: { v: "1", n: "Bob" } });
  clock.advance(0);
  assert.equal(a.discovery.services.get()[0]?.txt["n"], "Bob");
  b.discovery.advertise(undefined);
  clock.advance(1_000);
  assert.deepEqual(names(a.discovery), []);
  b.discovery.advertise(advert("bob"));
  clock.advance(1_000);
  assert.deepEqual(names(a.discovery), ["bob"]);
  await b.discovery.stop();
  clock.advance(1_000);
  assert.deepEqual(names(a.discovery), []);
  await b.discovery.stop();
  await a.discovery.stop();
  assert.equal(clock.next, undefined);
});

test("new names are told with a goodbye for the old ones, so that nobody links the two", async () => {
  const { clock, node, said } = network();
  const a = node({ eth0: "10.0.0.1" }, { advert: advert("q1w2") });
  const b = node({ eth0: "10.0.0.2" });
  clock.advance(3_000);
  a.discovery.advertise(advert("e3r4"));
  const goodbye = said.length;
  clock.advance(3_000);
  assert.deepEqual(names(b.discovery), ["e3r4"]);
  for (const bytes of said.slice(goodbye)) assert.ok(!Buffer.from(bytes).includes("q1w2"));
  await stop(a, b);
});

test("[DIS-8] hidden: who advertises nothing sends nothing but questions about the type", async () => {
  const { clock, node, said } = network();
  const a = node({ eth0: "10.0.0.1" });
  clock.advance(20_000);
  assert.ok(said.length >= 3);
  for (const bytes of said) assert.ok(bytes.length === 34 && (bytes[2] ?? 0) < 0x80);
  await stop(a);
});

test("one service on two interfaces is one, with the addresses of both", async () => {
  const { clock, node } = network();
  const a = node({ eth0: "10.0.0.1", wlan0: "192.168.0.1" }, { advert: advert("anna") });
  const b = node({ eth0: "10.0.0.2", wlan0: "192.168.0.2" });
  clock.advance(3_000);
  assert.deepEqual(
    b.discovery.services.get().map(({ hints, links }) => [hints.map(({ host }) => host), links]),
    [
      [
        ["10.0.0.1", "192.168.0.1"],
        ["eth0", "wlan0"],
      ],
    ],
  );
  await stop(a, b);
});

test("a name taken on one interface is changed on all", async () => {
  const { clock, node } = network();
  const other = node({ wlan0: "192.168.0.9" }, { advert: { ...advert("anna"), host: "kith-other" } });
  clock.advance(3_000);
  const a = node({ eth0: "10.0.0.1", wlan0: "192.168.0.1" }, { advert: advert("anna") });
  const b = node({ eth0: "10.0.0.2" });
  clock.advance(5_000);
  assert.equal(a.discovery.advert.get()?.instance, "anna (2)");
  assert.deepEqual(names(b.discovery), ["anna (2)"]);
  assert.deepEqual(names(other.discovery), ["anna (2)"]);
  a.discovery.advertise({ ...advert("anna"), txt: { v: "1", x: "y" } }); // the names asked for are the same: no new round
  clock.advance(0);
  assert.equal(a.discovery.advert.get()?.instance, "anna (2)");
  assert.equal(b.discovery.services.get()[0]?.txt["x"], "y");
  await stop(a, b, other);
});

test("an interface that comes, moves or goes is followed within a few seconds", async () => {
  const { clock, node } = network();
  const a = node({}, { advert: advert("anna") });
  const b = node({ eth0: "10.0.0.2" });
  clock.advance(3_000);
  assert.deepEqual(names(b.discovery), []);
  a.move({ eth0: "10.0.0.1" });
  clock.advance(LOOK_EVERY + 3_000);
  assert.deepEqual(hosts(b.discovery), ["10.0.0.1"]);
  a.move({ eth0: "10.0.0.5" });
  clock.advance(LOOK_EVERY + 3_000);
  assert.deepEqual(hosts(b.discovery), ["10.0.0.5"]);
  a.move({});
  clock.advance(LOOK_EVERY);
  assert.deepEqual(names(a.discovery), []);
  await stop(a, b);
});

test("link-local IPv6 addresses come with the interface that leads to them, after IPv4", async () => {
  const { clock, node } = network();
  const a = node({ eth0: ["fe80::1", "10.0.0.1"] }, { advert: advert("anna") });
  const b = node({ eth0: ["fe80::2", "10.0.0.2"] });
  clock.advance(3_000);
  assert.deepEqual(hosts(b.discovery), ["10.0.0.1", "fe80::1%eth0"]);
  await stop(a, b);
});

for (const [what, filter, seen] of [
  ["denied interface", { deny: ["eth0"] }, []],
  ["interface not among the allowed", { allow: ["wlan0"] }, []],
  ["allowed interface", { allow: ["eth0"] }, ["anna"]],
  ["denied sender", { deny: ["10.0.0.1"] }, []],
  ["denied subnet", { deny: ["10.0.0.0/30"] }, []],
  ["subnet not among the allowed", { allow: ["192.168.0.0/16"] }, []],
  ["allowed subnet", { allow: ["10.0.0.0/24"] }, ["anna"]],
  ["other subnet denied", { deny: ["10.0.1.0/24"] }, ["anna"]],
] as const satisfies readonly (readonly [string, DiscoveryFilter, readonly string[]])[]) {
  test(`filter: on a ${what} it sees ${seen.length === 0 ? "nobody" : "who is there"}`, async () => {
    const { clock, node } = network();
    const a = node({ eth0: "10.0.0.1" }, { advert: advert("anna") });
    const b = node({ eth0: "10.0.0.2" }, { filter });
    clock.advance(5_000);
    assert.deepEqual(names(b.discovery), seen);
    await stop(a, b);
  });
}

test("[DIS-9] garbage on the wire changes nothing", async () => {
  const { clock, node, inject } = network();
  const a = node({ eth0: "10.0.0.1" }, { advert: advert("anna") });
  clock.advance(3_000);
  for (const hex of ["", "00", "ff".repeat(40), "0000840000000001000000000001000100000078000300"]) {
    inject("eth0", Buffer.from(hex, "hex"), "10.0.0.66");
  }
  inject("eth0", new Uint8Array(20_000), "10.0.0.66");
  assert.equal(a.discovery.advert.get()?.instance, "anna");
  await stop(a);
});

test("[DIS-5] isFromLink takes senders of the link's subnets and of its own scope, and no others", () => {
  const link = { name: "eth0", addresses: [local("eth0", "10.0.0.1"), local("eth0", "fe80::1")] };
  for (const [address, is] of [
    ["10.0.0.77", true],
    ["10.0.1.77", false],
    ["fe80::9%eth0", true],
    ["fe80::9%wlan0", false],
    ["8.8.8.8", false],
    ["2001:db8::1", false],
  ] as const) {
    assert.equal(isFromLink(address, link), is, address);
  }
});

const advert = (name: string): Advert => ({ instance: name, host: `kith-${name}`, port: 4_711, txt: { v: "1" } });

const names = (discovery: Discovery): string[] => discovery.services.get().map(({ instance }) => instance);
const hosts = (discovery: Discovery): string[] =>
  discovery.services.get().flatMap(({ hints }) => hints.map(({ host }) => host));

async function stop(...nodes: readonly { readonly discovery: Discovery }[]): Promise<void> {
  for (const { discovery } of nodes) await discovery.stop();
}

const local = (link: string, address: string): LocalAddress => ({
  link,
  address,
  family: address.includes(":") ? "ipv6" : "ipv4",
  cidr: address.includes(":") ? `${address}/64` : `${address}/24`,
  isLoopback: false,
  scope: 2,
});

/** Links on which everyone hears everyone, at once, and itself as sockets do. */
function network() {
  const clock = new FakeClock();
  const members: { readonly link: string; readonly address: string; readonly handlers: MulticastHandlers }[] = [];
  const said: Uint8Array[] = [];
  const queue: (() => void)[] = [];
  let isDraining = false;
  const inject = (link: string, bytes: Uint8Array, address: string): void => {
    for (const member of [...members]) {
      if (member.link === link) queue.push(() => member.handlers.onDatagram(bytes, { address, port: 5_353 }));
    }
    if (isDraining) return;
    isDraining = true;
    for (let deliver = queue.shift(); deliver !== undefined; deliver = queue.shift()) deliver();
    isDraining = false;
  };
  const open: typeof openMulticast = (link, handlers) => {
    const member = { link: link.name, address: link.addresses[0]?.address ?? "", handlers };
    members.push(member);
    let isOpen = true;
    return {
      send(bytes, to) {
        if (!isOpen || to !== undefined) return;
        said.push(bytes);
        inject(link.name, bytes, member.address);
      },
      async close() {
        isOpen = false;
        const at = members.indexOf(member);
        if (at >= 0) members.splice(at, 1);
      },
    };
  };
  type Addresses = Readonly<Record<string, string | readonly string[]>>;
  const node = (addresses: Addresses, options: { advert?: Advert; filter?: DiscoveryFilter } = {}) => {
    const list = (of: Addresses): LocalAddress[] =>
      Object.entries(of).flatMap(([link, some]) => [some].flat().map((address) => local(link, address)));
    let now = list(addresses);
    const discovery = createDiscovery({
      ...options,
      clock,
      open,
      look: () => now,
      random: (length) => new Uint8Array(length),
    });
    return {
      discovery,
      move(to: Addresses): void {
        now = list(to);
      },
    };
  };
  return { clock, node, said, inject };
}
