/** The control socket between two real processes' worth of code: server and client over a Unix socket. */
import assert from "node:assert/strict";
import { chmodSync, lstatSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { ChatEvent } from "@kith/sdk";
import { verdictOf } from "../exit-code.ts";
import { FAKE_ANSWER, FAKE_OFFER } from "../testing/fake-direct.ts";
import { FakeKith } from "../testing/fake-kith.ts";
import { BOB, fakeContact, fakeMessage, fakeNearby } from "../testing/fake-people.ts";
import { VERSION } from "../version.ts";
import { CONNECTIONS_MAX, encodeHello, REQUEST_BYTES_MAX, REQUESTS_MAX } from "./control-message.ts";
import { type ControlServer, serveControl } from "./control-server.ts";
import { LineSplitter } from "./line-splitter.ts";
import { connectControl, type RemoteKith } from "./remote-kith.ts";
import { controlSocketPath } from "./socket-path.ts";

const homes: string[] = [];
after(() => {
  for (const home of homes) rmSync(home, { recursive: true, force: true });
});
function newHome(): string {
  const home = mkdtempSync(join(tmpdir(), "kith-control-"));
  homes.push(home);
  return home;
}

interface Pair extends AsyncDisposable {
  readonly home: string;
  readonly kith: FakeKith;
  readonly server: ControlServer;
  readonly remote: RemoteKith;
}

async function open(kith = new FakeKith({ contacts: [fakeContact(BOB, "Bob", { session: "open" })] })): Promise<Pair> {
  const home = newHome();
  const server = await serveControl(kith, home);
  const remote = await connectControl(home);
  assert.ok(remote);
  const dispose = async (): Promise<void> => {
    await remote.close();
    await server[Symbol.asyncDispose]();
  };
  return { home, kith, server, remote, [Symbol.asyncDispose]: dispose };
}

const codeOf = (error: unknown): string => verdictOf(error).code;
const rejectsWith = (work: Promise<unknown>, code: string): Promise<void> =>
  assert.rejects(work, (error) => codeOf(error) === code);

test("a remote node looks like a local one", async () => {
  const kith = new FakeKith({
    contacts: [fakeContact(BOB, "Bob")],
    nearby: [fakeNearby("n", "Bob", { peer: BOB })],
    unread: [fakeMessage("a", BOB, "hi")],
  });
  await using pair = await open(kith);
  const { remote } = pair;
  for (const key of ["id", "fingerprint", "name", "isOneTime"] as const) assert.equal(remote[key], kith[key]);
  assert.deepEqual(remote.trust.contacts.get(), kith.contacts.get());
  assert.deepEqual(remote.nearby.get(), kith.nearby.get());
  assert.deepEqual(remote.chat.unread.get(), kith.unread.get());
  assert.deepEqual(remote.addresses.get(), kith.addresses.get());
  assert.deepEqual(await remote.audit.export(), await kith.audit.export());
  assert.deepEqual(await remote.connect(BOB), { peer: BOB });
});

test("what is done to messages and agreed in a chat goes over the socket", async () => {
  await using pair = await open(
    new FakeKith({ contacts: [fakeContact(BOB, "Bob")], lifetime: { agreed: "off", asked: 60 } }),
  );
  const { chat } = pair.remote;
  const { id } = await chat.send(BOB, "one");
  await chat.edit(BOB, id, "two");
  await chat.react(BOB, id, "+1");
  const [message] = await chat.history(BOB);
  assert.deepEqual([message?.text, message?.reactions], ["two", [{ isOurs: true, symbol: "+1" }]]);
  await chat.delete(BOB, id);
  assert.equal((await chat.history(BOB))[0]?.isDeleted, true);
  await rejectsWith(chat.edit(BOB, "ff".repeat(16), "three"), "ERR_ARGUMENT");
  assert.deepEqual(await chat.lifetime(BOB), { agreed: "off", asked: 60 });
  await chat.answerLifetime(BOB, true);
  await chat.proposeLifetime(BOB, "until-closed");
  assert.deepEqual(await chat.lifetime(BOB), { agreed: 60, proposed: "until-closed" });
  await rejectsWith(chat.answerLifetime(BOB, true), "ERR_ARGUMENT");
  await chat.close(BOB);
});

test("two meet without a server by codes that the node shows", async () => {
  await using pair = await open(new FakeKith());
  const { direct } = pair.remote;
  assert.ok(direct);
  const offer = await direct.offer();
  assert.equal(offer.text, FAKE_OFFER);
  await rejectsWith(offer.accept("kith:rtc/AQEwrong"), "ERR_ARGUMENT");
  assert.match(await offer.accept(FAKE_ANSWER), /./);
  const answer = await direct.answer(FAKE_OFFER);
  assert.match(await answer.pairing, /./);
  await rejectsWith(direct.answer("kith:rtc/"), "ERR_ARGUMENT");
  await using without = await open(new FakeKith({ hasWebRtc: false }));
  assert.ok(without.remote.direct);
  await rejectsWith(without.remote.direct.offer(), "ERR_NO_WEBRTC");
});

test("the socket and its folder are the owner's alone", async () => {
  await using pair = await open();
  const { mode } = lstatSync(pair.server.path);
  assert.equal(mode & 0o777, 0o600);
});

test("a folder that others can write to is refused", async () => {
  const home = newHome();
  chmodSync(home, 0o777);
  await rejectsWith(serveControl(new FakeKith(), home), "ERR_CONTROL");
});

test("a file in the socket's place is not taken for a node", async () => {
  const home = newHome();
  writeFileSync(controlSocketPath(home), "");
  await rejectsWith(connectControl(home), "ERR_CONTROL");
});

test("who has the answer has also seen what it changed", async () => {
  await using pair = await open();
  const { remote } = pair;
  await remote.trust.setRole(BOB, "guest");
  assert.equal(remote.trust.contacts.get()[0]?.role, "guest");
  await remote.setPrivacy("hidden");
  assert.equal(remote.privacy.get(), "hidden");
  await remote.trust.block(BOB);
  assert.deepEqual([remote.trust.contacts.get(), remote.trust.blocked.get()], [[], [BOB]]);
});

test("states come when they change, the latest last", async () => {
  await using pair = await open();
  const seen: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  pair.remote.addresses.subscribe(() => {
    seen.push(pair.remote.addresses.get().join());
    if (seen.at(-1) === "c") resolve();
  });
  for (const address of ["a", "b", "c"]) pair.kith.addresses.set([address]);
  await promise;
  assert.equal(seen.at(-1), "c");
});

test("errors keep their code across the socket", async () => {
  await using pair = await open();
  await rejectsWith(pair.remote.files.cancel("nothing"), "ERR_TRANSFER_UNKNOWN");
  await rejectsWith(pair.remote.pairing.answer("nothing", { type: "cancel" }), "ERR_PAIRING_STEP");
  await rejectsWith(pair.remote.chat.send(BOB, "x".repeat(16_385)), "ERR_ARGUMENT");
});

test("a stream brings items in order and ends with its reader", async () => {
  await using pair = await open();
  const { remote, kith } = pair;
  const leaving = new AbortController();
  const items: ChatEvent[] = [];
  const reading = (async (): Promise<void> => {
    for await (const event of remote.chat.watch({ signal: leaving.signal })) {
      items.push(event);
      if (items.length === 500) break;
    }
  })();
  await remote.audit.verify(); // the stream was asked for before this, so it runs now
  for (let at = 0; at < 500; at++) kith.events.push({ type: "state", id: String(at), state: "sent" });
  await reading;
  assert.deepEqual(
    items.map((event) => event.type === "state" && event.id),
    Array.from({ length: 500 }, (_, at) => String(at)),
  );
});

test("cancelling a call reaches the node", async () => {
  const kith = new FakeKith();
  const cancelled = Promise.withResolvers<unknown>();
  kith.connect = (_target, { signal } = {}) =>
    new Promise((_, reject) => {
      signal?.addEventListener("abort", () => {
        cancelled.resolve(signal.reason);
        reject(signal.reason);
      });
    });
  await using pair = await open(kith);
  const stop = new AbortController();
  const connecting = pair.remote.connect("10.0.0.1:1", { signal: stop.signal });
  await pair.remote.audit.verify();
  stop.abort(new Error("enough"));
  await assert.rejects(connecting, /enough/);
  await cancelled.promise;
});

test("a client that leaves takes its calls with it", async () => {
  const kith = new FakeKith();
  const cancelled = Promise.withResolvers<void>();
  kith.connect = (_target, { signal } = {}) =>
    new Promise(() => signal?.addEventListener("abort", () => cancelled.resolve()));
  await using pair = await open(kith);
  const { socket } = await rawClient(pair.server.path);
  socket.write(`${JSON.stringify({ id: 1, call: "connect", args: ["10.0.0.1:1"] })}\n`);
  await pair.remote.audit.verify();
  socket.destroy();
  await cancelled.promise;
});

test("when the node stops, everything that waits is told", async () => {
  await using pair = await open();
  const { remote, kith } = pair;
  kith.connect = () => new Promise(() => undefined);
  const connecting = remote.connect("10.0.0.1:1");
  const reading = remote.chat.watch()[Symbol.asyncIterator]().next();
  await remote.audit.verify();
  const checks = [rejectsWith(connecting, "ERR_ENDPOINT_CLOSED"), rejectsWith(reading, "ERR_ENDPOINT_CLOSED")];
  await pair.server[Symbol.asyncDispose]();
  await Promise.all([...checks, remote.closed]);
  await rejectsWith(remote.audit.verify(), "ERR_ENDPOINT_CLOSED");
});

test("a home has one node; a socket left by a killed one does not count", async () => {
  const home = newHome();
  assert.equal(await connectControl(home), undefined);
  const first = await serveControl(new FakeKith(), home);
  await rejectsWith(serveControl(new FakeKith(), home), "ERR_HOME_IN_USE");
  await first[Symbol.asyncDispose]();

  const left = createServer().listen(controlSocketPath(home));
  await new Promise((resolve) => left.once("listening", resolve));
  const { unlinkSync, renameSync } = await import("node:fs");
  renameSync(controlSocketPath(home), join(home, "kept")); // closing unlinks by name: keep the dead socket
  await new Promise((resolve) => left.close(resolve));
  renameSync(join(home, "kept"), controlSocketPath(home));
  assert.equal(await connectControl(home), undefined);
  const second = await serveControl(new FakeKith(), home);
  await second[Symbol.asyncDispose]();
  assert.throws(() => unlinkSync(controlSocketPath(home)), { code: "ENOENT" });
});

test("a home with a long path has its socket in the run folder", () => {
  const home = `/tmp/${"x".repeat(120)}`;
  const path = controlSocketPath(home, { XDG_RUNTIME_DIR: "/run/user/1000" });
  assert.match(path, /^\/run\/user\/1000\/kith-[0-9a-f]{24}\.sock$/);
  assert.notEqual(path, controlSocketPath(`${home}y`, { XDG_RUNTIME_DIR: "/run/user/1000" }));
});

test("a node of another version, or none at all, is refused with what to do", async () => {
  for (const [hello, code] of [
    [encodeHello("9.9.9", { id: "", fingerprint: "", name: "", isOneTime: false }), "ERR_NODE_VERSION"],
    ["nonsense\n", "ERR_CONTROL"],
    [`${"x".repeat(70_000_000)}`, "ERR_CONTROL"],
    ["", "ERR_NODE_SILENT"],
  ] as const) {
    const home = newHome();
    const server = createServer((socket) =>
      hello === "" ? socket.destroy() : socket.on("error", () => undefined).write(hello),
    );
    server.listen(controlSocketPath(home));
    await new Promise((resolve) => server.once("listening", resolve));
    await rejectsWith(connectControl(home), code);
    server.close();
  }
});

// --- a client that is not ours ------------------------------------------------------------------

async function rawClient(path: string): Promise<{ socket: Socket; lines: () => Promise<string> }> {
  const socket = connect(path);
  const splitter = new LineSplitter(1_000_000);
  const waiting: ((line: string) => void)[] = [];
  const arrived: string[] = [];
  socket.on("error", () => undefined);
  socket.on("data", (chunk: Uint8Array) => {
    for (const line of splitter.push(chunk)) {
      const reader = waiting.shift();
      if (reader === undefined) arrived.push(line);
      else reader(line);
    }
  });
  const next = (): Promise<string> => {
    const line = arrived.shift();
    return line === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(line);
  };
  assert.equal(JSON.parse(await next()).version, VERSION);
  return { socket, lines: next };
}

test("requests that are none end their connection, and nobody else's", async () => {
  await using pair = await open();
  const bad = [
    "{}",
    "[]",
    "null",
    "nonsense",
    '{"id":-1,"call":"x"}',
    '{"id":1,"call":7}',
    '{"id":1.5,"watch":"nearby"}',
    '{"id":1,"call":"x","args":{}}',
    "\u0000",
    "x".repeat(REQUEST_BYTES_MAX + 1),
  ];
  for (const line of bad) {
    const { socket } = await rawClient(pair.server.path);
    const closed = new Promise((resolve) => socket.once("close", resolve));
    socket.write(`${line}\n`);
    await closed;
  }
  assert.equal((await pair.remote.audit.verify()).isIntact, true);
});

test("a request of the longest size is read", async () => {
  await using pair = await open();
  const { socket, lines } = await rawClient(pair.server.path);
  const empty = '{"id":1,"call":"audit.verify","args":[""]}';
  socket.write(`${empty.replace('""', `"${"x".repeat(REQUEST_BYTES_MAX - empty.length)}"`)}\n`);
  assert.equal(JSON.parse(await lines()).ok.isIntact, true);
  socket.destroy();
});

test("names that do not exist, also those of Object, and wrong arguments are answered with an error", async () => {
  await using pair = await open();
  const { socket, lines } = await rawClient(pair.server.path);
  const requests = [
    ["call", "nothing", []],
    ["call", "constructor", []],
    ["call", "__proto__", []],
    ["stream", "toString", []],
    ["call", "close", []],
    ["call", "trust.block", ["not a peer"]],
    ["call", "trust.setRole", [BOB, "king"]],
    ["call", "files.send", [BOB, "a"]],
    ["call", "pairing.answer", ["x", { type: "confess" }]],
    ["call", "trust.grant", [BOB, null]],
  ] as const;
  for (const [at, [kind, name, args]] of requests.entries()) {
    socket.write(`${JSON.stringify({ id: at, [kind]: name, args })}\n`);
    const answer = JSON.parse(await lines());
    assert.match(answer.error.code, /^ERR_(CONTROL|ARGUMENT)$/, name);
  }
  socket.write('{"id":99,"watch":"hasOwnProperty"}\n');
  assert.equal(JSON.parse(await lines()).error.code, "ERR_CONTROL");
  socket.destroy();
});

test("open requests of a connection are bounded: at the limit one more is refused", async () => {
  const kith = new FakeKith();
  kith.connect = () => new Promise(() => undefined);
  await using pair = await open(kith);
  const { socket, lines } = await rawClient(pair.server.path);
  for (let id = 1; id <= REQUESTS_MAX; id++) socket.write(`${JSON.stringify({ id, call: "connect", args: ["x"] })}\n`);
  socket.write(`${JSON.stringify({ id: 1_000, call: "audit.verify" })}\n`);
  const answer = JSON.parse(await lines());
  assert.deepEqual([answer.id, answer.error.code], [1_000, "ERR_CONTROL"]);
  socket.destroy();
});

test("connections are bounded: at the limit one more is closed", async () => {
  await using pair = await open(); // one is in use
  const clients = [];
  for (let at = 1; at < CONNECTIONS_MAX; at++) clients.push(await rawClient(pair.server.path));
  const extra = connect(pair.server.path);
  extra.on("error", () => undefined);
  await new Promise((resolve) => extra.resume().once("close", resolve));
  for (const { socket } of clients) socket.destroy();
});

test("a client that reads nothing gets no pile of states", async () => {
  await using pair = await open();
  const socket = connect(pair.server.path).pause();
  socket.write('{"id":1,"watch":"addresses"}\n');
  await pair.remote.audit.verify();
  const big = "x".repeat(1_000_000);
  for (let at = 0; at < 50; at++) {
    pair.kith.addresses.set([`${at}${big}`]);
    await pair.remote.setPrivacy("open"); // a turn of the node
  }
  let last = "";
  let bytes = 0;
  const splitter = new LineSplitter(10_000_000);
  const { promise, resolve } = Promise.withResolvers<void>();
  socket.on("data", (chunk: Uint8Array) => {
    bytes += chunk.length;
    for (const line of splitter.push(chunk)) {
      const { state } = JSON.parse(line);
      if (state !== undefined) last = state[0].slice(0, 2);
      if (last === "49") resolve();
    }
  });
  socket.resume();
  await promise;
  assert.ok(bytes < 10_000_000, `${bytes} bytes for 50 states of which nobody read any`);
  socket.destroy();
});
