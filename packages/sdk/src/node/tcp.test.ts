// Real sockets on the loopback interface: what the kernel does between two ends cannot be faked.
import assert from "node:assert/strict";
import { connect, type Socket } from "node:net";
import { test } from "node:test";
import { WireError } from "@kith/core";
import { FakeClock } from "../testing/fake-clock.ts";
import { transportSuite } from "../testing/transport-suite.ts";
import { formatHint, type Link, type LinkEnd, parseHint } from "../transport.ts";
import { isNear } from "./address.ts";
import { LOOK_EVERY } from "./interfaces.ts";
import { TCP_INCOMING_MAX, type TcpOptions, tcpTransport } from "./tcp.ts";

for (const reusesBuffers of [true, false]) {
  transportSuite(reusesBuffers ? "tcp" : "tcp (plain reads)", ({ clock }) => {
    const transport = tcpTransport({ reusesBuffers, ...(clock === undefined ? {} : { clock }) });
    return {
      dialer: transport,
      listener: transport,
      deadHint: { host: "127.0.0.1", port: 1 },
      hint: (port) => ({ host: "127.0.0.1", port }),
    };
  });
}

test("TcpTransport: a link whose own address is gone ends at once, at both ends", async () => {
  const clock = new FakeClock();
  const loopback = {
    link: "lo",
    address: "127.0.0.1",
    family: "ipv4",
    cidr: "127.0.0.1/8",
    isLoopback: true,
    scope: 0,
  } as const;
  const other = { ...loopback, link: "eth0", address: "192.0.2.1" };
  let addresses: (typeof other)[] = [loopback, other];
  const transport = tcpTransport({ clock, look: () => addresses });
  const ends: LinkEnd["by"][] = [];
  const start = (link: Link): void => link.start({ onPacket() {}, onRoom() {}, onClosed: ({ by }) => ends.push(by) });
  await using listener = await transport.listen(start);
  start(await transport.dial([{ host: "127.0.0.1", port: listener.port }]));
  await new Promise((resolve) => setTimeout(resolve, 20));
  addresses = [loopback];
  clock.advance(LOOK_EVERY + 1);
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.deepEqual(ends, [], "another one went");
  addresses = [];
  clock.advance(LOOK_EVERY + 1);
  while (ends.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(ends[0], "network");
});

test("TcpTransport: a stream cut byte by byte gives the same packets", async () => {
  await withListener({}, async ({ socket, link, packets }) => {
    const { far } = await link;
    far.authenticated();
    for (const byte of Buffer.from("00000001aa00000003bbccdd", "hex")) {
      socket.write(Uint8Array.of(byte));
      await new Promise((resolve) => setImmediate(resolve));
    }
    socket.end();
    assert.equal((await (await link).ended).by, "peer");
    assert.deepEqual(packets, ["aa", "bbccdd"]);
  });
});

for (const [what, bytes] of [
  ["length 0", "00000000"],
  ["a length of 2^31", "80000000"],
  ["a stranger's length one over its limit", "00001001"],
  ["HTTP", Buffer.from("GET / HTTP/1.1\r\n\r\n").toString("hex")],
] as const) {
  test(`TcpTransport: ${what} ends the link as a violation, before any byte of it is kept`, async () => {
    await withListener({}, async ({ socket, link, packets }) => {
      socket.write(Buffer.from(bytes, "hex"));
      const end = await (await link).ended;
      assert.equal(end.by, "violation");
      assert.ok(end.cause instanceof WireError);
      assert.deepEqual(packets, []);
    });
  });
}

test("TcpTransport: a reset is the network's doing, with its cause", async () => {
  await withListener({}, async ({ socket, link }) => {
    const { ended } = await link;
    socket.resetAndDestroy();
    const end = await ended;
    assert.equal(end.by, "network");
    assert.equal((end.cause as NodeJS.ErrnoException).code, "ECONNRESET");
  });
});

test("TcpTransport: a peer that reads nothing costs the room and no more, and close still ends it", async () => {
  const clock = new FakeClock();
  await withListener({ clock }, async ({ socket, link }) => {
    socket.pause();
    const { far, ended } = await link;
    far.authenticated();
    let sent = 0;
    for (let idle = 0; idle < 20; idle++) {
      for (; far.room > 0; sent += 60_000, idle = 0) far.write([new Uint8Array(60_000)]);
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.ok(sent < 64 * 1_048_576, `${sent} bytes queued`); // ours and the kernel's buffers
    far.close();
    await new Promise((resolve) => setImmediate(resolve));
    clock.advance(2_000);
    assert.equal((await ended).by, "us");
  });
});

test("TcpTransport: IPv6 and IPv4 reach one port; mapped addresses read as IPv4", async () => {
  const seen: string[] = [];
  const transport = tcpTransport();
  const listener = await transport.listen((link) => {
    seen.push(link.remote);
    link.close();
    link.start({ onPacket() {}, onRoom() {}, onClosed() {} });
  });
  for (const host of ["127.0.0.1", "::1", "localhost"]) {
    const link = await transport.dial([{ host, port: listener.port }]);
    await new Promise<void>((resolve) => link.start({ onPacket() {}, onRoom() {}, onClosed: () => resolve() }));
  }
  await listener.close();
  assert.deepEqual(seen.slice(0, 2), ["127.0.0.1", "::1"]);
  assert.ok(listener.addresses().every(({ host }) => !host.includes("%") && host !== "127.0.0.1"));
});

test("TcpTransport: a port in use says so, coded", async () => {
  const listener = await tcpTransport({ host: "127.0.0.1" }).listen(() => {});
  await assert.rejects(
    tcpTransport({ host: "127.0.0.1", port: listener.port }).listen(() => {}),
    { code: "ERR_ADDRESS" },
  );
  await listener.close();
});

test("TcpTransport takes TCP_INCOMING_MAX links, closes the next unanswered, and takes one again after an end", async () => {
  const refused: string[] = [];
  const links: Link[] = [];
  let arrived = (): void => {};
  let told = (): void => {};
  const listener = await tcpTransport({ host: "127.0.0.1", onRefused: (_address, why) => refused.push(why) }).listen(
    (link) => {
      link.start({ onPacket() {}, onRoom() {}, onClosed: () => told() });
      links.push(link);
      arrived();
    },
  );
  const dial = (): Socket =>
    connect({ host: "127.0.0.1", port: listener.port })
      .on("error", () => {})
      .resume();
  const sockets: Socket[] = [];
  for (let i = 0; i < TCP_INCOMING_MAX; i++) {
    const here = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    sockets.push(dial());
    await here;
  }
  const extra = dial();
  await new Promise((resolve) => extra.once("close", resolve));
  assert.deepEqual(refused, ["too-many"]);
  const ended = new Promise<void>((resolve) => {
    told = resolve;
  });
  links[0]?.close();
  await ended;
  const again = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  sockets.push(dial());
  await again;
  for (const socket of sockets) socket.destroy();
  await listener.close();
});

test("TcpTransport at its limit: who was told to go and stays makes room for the next", async () => {
  const links: Link[] = [];
  let arrived = (): void => {};
  const listener = await tcpTransport({ host: "127.0.0.1" }).listen((link) => {
    link.start({ onPacket() {}, onRoom() {}, onClosed() {} });
    links.push(link);
    arrived();
  });
  const sockets: Socket[] = [];
  const come = async (): Promise<void> => {
    const here = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    sockets.push(connect({ host: "127.0.0.1", port: listener.port, allowHalfOpen: true }).on("error", () => {}));
    await here;
  };
  for (let i = 0; i < TCP_INCOMING_MAX; i++) await come();
  links[7]?.close();
  await come();
  assert.equal(links.length, TCP_INCOMING_MAX + 1);
  for (const socket of sockets) socket.destroy();
  await listener.close();
});

test("isNear knows private, link-local and loopback ranges and our own subnets, and nothing else", () => {
  for (const address of [
    "10.1.2.3",
    "192.168.0.9",
    "172.31.0.1",
    "169.254.1.1",
    "127.0.0.1",
    "::1",
    "fe80::1%eth0",
    "fd00::1",
    "::ffff:10.0.0.1",
  ]) {
    assert.equal(isNear(address, []), true, address);
  }
  for (const address of ["8.8.8.8", "172.32.0.1", "2001:db8::1", "::ffff:8.8.8.8", "not an address", ""]) {
    assert.equal(isNear(address, []), false, address);
  }
  assert.equal(isNear("2001:db8::7", ["2001:db8::/64"]), true);
  assert.equal(isNear("2001:db8:0:1::7", ["2001:db8::/64", "nonsense", "1.2.3.4/99"]), false);
});

test("a hint reads as it is written; nothing else is one", () => {
  for (const hint of [
    { host: "192.168.1.2", port: 4_000 },
    { host: "fe80::1%eth0", port: 1 },
    { host: "kitchen.local", port: 65_535 },
  ]) {
    assert.deepEqual(parseHint(formatHint(hint)), hint);
  }
  for (const text of [
    "",
    "host",
    "host:0",
    "host:65536",
    "::1:80",
    "[::1]",
    "a b:1",
    "host:1x",
    `${"h".repeat(256)}:1`,
  ]) {
    assert.equal(parseHint(text), undefined, text);
  }
});

/** A listening transport, a raw socket that dials it, and the link that came of it. */
async function withListener(
  options: TcpOptions,
  run: (parts: {
    socket: Socket;
    packets: string[];
    link: Promise<{ far: Link; ended: Promise<LinkEnd> }>;
  }) => Promise<void>,
): Promise<void> {
  const packets: string[] = [];
  let arrive = (_link: { far: Link; ended: Promise<LinkEnd> }): void => {};
  const link = new Promise<{ far: Link; ended: Promise<LinkEnd> }>((resolve) => {
    arrive = resolve;
  });
  const listener = await tcpTransport({ ...options, host: "127.0.0.1" }).listen((far) => {
    const ended = new Promise<LinkEnd>((resolve) => {
      far.start({
        onPacket: (packet) => packets.push(Buffer.from(packet).toString("hex")),
        onRoom() {},
        onClosed: resolve,
      });
    });
    arrive({ far, ended });
  });
  const socket = connect({ host: "127.0.0.1", port: listener.port, noDelay: true }).on("error", () => {});
  try {
    await run({ socket, packets, link });
  } finally {
    socket.destroy();
    await listener.close();
  }
}
