// A real relay, real sockets and real files: what the parts do together.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { bytesToText, textToBytes } from "@kith/core";
import type { RelayConfig } from "./config.ts";
import { METRICS } from "./metrics.ts";
import { type Relay, type RelayOptions, startRelay } from "./relay.ts";
import { databasePath, restoreDatabase } from "./store-file.ts";
import { testConfig } from "./testing/echo-server.ts";
import { rawLogin } from "./testing/raw-login.ts";
import { RelayGuest } from "./testing/relay-guest.ts";
import { idOf } from "./testing/state-questions.ts";

const folder = mkdtempSync(join(tmpdir(), "kith-relay-"));
after(() => rmSync(folder, { recursive: true }));
let folders = 0;
const TIMES = { timeout: 30_000 };
const NOTHING = new Uint8Array(0);

/** Many clients of one address, and no tolls to speak of. */
const QUICK: RelayOptions = {
  write: () => {},
  bounds: {
    toll: { quiet: 1, busy: 1 },
    unreadyPerSource: 1_000,
    loginsPerMinute: 100_000,
    connectionsPerSource: 1_000,
  },
};

/** Bytes as arrays of their own. */
const plain = <Message>(message: Message): Message => structuredClone(message);
const fresh = (): string => join(folder, String(++folders));
const start = (changes: Partial<RelayConfig> = {}, options: RelayOptions = QUICK): Promise<Relay> =>
  startRelay(testConfig({ data: fresh(), ...changes }), options);

test("[REL-7] [REL-1] two clients log in and forward, over real WebSockets", TIMES, async () => {
  await using relay = await start();
  const [ada, ben] = await Promise.all([RelayGuest.login(relay.port), RelayGuest.login(relay.port)]);
  for (let index = 0; index < 200; index++)
    ada.say({ type: "forward", to: ben.key, payload: Uint8Array.of(index, 1, 2) });
  ada.say({ type: "forward", to: ben.key, payload: new Uint8Array(65_535).fill(7) });
  for (let index = 0; index < 200; index++) {
    const { from, payload } = await ben.hear("forwarded");
    assert.deepEqual([from, payload], [ada.key, Uint8Array.of(index, 1, 2)]);
  }
  assert.deepEqual((await ben.hear("forwarded")).payload, new Uint8Array(65_535).fill(7));
  const tag = new Uint8Array(16).fill(1);
  ada.say({ type: "watch", tags: [tag] });
  ben.say({ type: "watch", tags: [tag] });
  assert.deepEqual((await ada.hear("arrived")).key, ben.key);
  await Promise.all([ada.close(), ben.close()]);
});

test("[REL-8] who never reads gets one window and costs no more; more than that is a violation", TIMES, async () => {
  await using relay = await start();
  const [sender, deaf] = [await RelayGuest.login(relay.port), await rawLogin(relay.port)];
  deaf.socket.pause();
  const payload = new Uint8Array(32_000);
  const cost = payload.length + 33;
  let [credit, sent, quiet] = [262_144, 0, 0];
  // As much as the system takes for it, then nothing is given back any more.
  while (quiet < 50 && sent < 1_000) {
    for (; credit >= cost; credit -= cost, sent++) sender.say({ type: "forward", to: deaf.key, payload });
    sender.say({ type: "ping", request: 1 });
    await sender.hear("done");
    const before = credit;
    for (const message of sender.heard.splice(0)) credit += message.type === "window" ? message.bytes : 0;
    quiet = credit === before ? quiet + 1 : 0;
  }
  assert.ok(sent < 1_000, `${sent} forwards were taken`);
  for (let index = 0; index < 9; index++) sender.say({ type: "forward", to: deaf.key, payload });
  assert.equal(await sender.closed, 1002);
  deaf.socket.destroy();
});

test("the host claims, manages, makes a backup, rotates the key, and restores", TIMES, async () => {
  const data = fresh();
  const lines: string[] = [];
  const relay = await start(
    { data, turnUrls: ["turn:turn.example"], turnSecret: "secret" },
    { ...QUICK, write: (line) => lines.push(line) },
  );
  const owner = await RelayGuest.login(relay.port);
  const ask = async (message: Parameters<RelayGuest["say"]>[0]): Promise<Uint8Array> => {
    owner.say(message);
    const answer = await owner.hear("done", "failed");
    assert.equal(answer.type, "done", JSON.stringify(answer));
    return answer.type === "done" ? answer.answer : NOTHING;
  };
  const manage = (verb: number, argument = NOTHING): Promise<Uint8Array> =>
    ask({ type: "manage", request: 9, verb, argument });
  assert.match(relay.claimCode ?? "", /^([0-9a-z]{4}-){3}[0-9a-z]{4}$/);
  assert.equal((await ask({ type: "claim", request: 1, code: textToBytes(relay.claimCode ?? "") })).length, 32);
  assert.equal(relay.claimCode, undefined);
  const status: Record<string, unknown> = JSON.parse(bytesToText(await manage(1)));
  assert.deepEqual(Object.keys(status), Object.keys(METRICS));
  assert.equal(status["kith_relay_connections"], 1);
  const [name, again] = [bytesToText(await manage(5)), bytesToText(await manage(5))];
  assert.deepEqual(readdirSync(join(data, "backups")).sort(), [name, again].sort());
  const rotated = await manage(6);
  assert.equal(rotated.length, 96);
  const turn = await ask({ type: "turn", request: 3 });
  const text = Buffer.from(turn).toString("latin1");
  const [user = ""] = /\d{10}:[0-9a-f]{16}/.exec(text) ?? [];
  assert.ok(text.includes(createHmac("sha1", "secret").update(user).digest("base64")), text);
  const before = relay.relayKey;
  await owner.close();
  await relay.close();

  const second = await start({ data });
  assert.deepEqual(second.relayKey, rotated.slice(0, 32));
  assert.equal(second.claimCode, undefined);
  const later = new RelayGuest(second.port, owner.seed);
  await later.login();
  const chain = [{ old: before, next: rotated.slice(0, 32), signature: rotated.slice(32) }];
  assert.deepEqual(plain(later.heard), [{ type: "successor", chain }]);
  await later.close();
  await assert.rejects(start({ data }), { code: "ERR_DATA_IN_USE" });
  await second.close();

  await restoreDatabase(data, join(data, "backups", name));
  await using third = await start({ data });
  assert.deepEqual(third.relayKey, before);
  const back = await RelayGuest.login(third.port, owner.seed);
  await back.close();
  for (const line of lines)
    assert.ok(!line.includes('127.0.0.1"') && !line.includes(relay.claimCode ?? "nothing"), line);
});

test("[MEE-8] an item waits over a restart, and is gone from the file when it was taken and swept", TIMES, async () => {
  const data = fresh();
  const ben = new Uint8Array(32).fill(2);
  let benKey: Uint8Array = NOTHING;
  {
    await using relay = await start({ data });
    const reader = await RelayGuest.login(relay.port, ben);
    benKey = reader.key;
    await reader.close();
    const ada = await RelayGuest.login(relay.port);
    const sealed = new Uint8Array(Buffer.from("sealed for Ben"));
    ada.say({ type: "deposit", request: 1, to: benKey, id: idOf(1), lifetime: 60, sealed });
    await ada.hear("done");
    await ada.close();
  }
  assert.ok(readFileSync(databasePath(data)).includes("sealed for Ben"));
  await using relay = await start({ data });
  const reader = await RelayGuest.login(relay.port, ben);
  const item = await reader.hear("item");
  assert.deepEqual(Buffer.from(item.sealed).toString(), "sealed for Ben");
  reader.say({ type: "purge", request: 2 });
  await reader.hear("done");
  for (const name of readdirSync(data)) {
    const bytes = name.startsWith("relay.sqlite") ? readFileSync(join(data, name)) : Buffer.alloc(0);
    assert.ok(!bytes.includes("sealed for Ben") && !bytes.includes(Buffer.from(benKey)), name);
  }
  await reader.close();
});

test("[REL-13] a relay that drains says so, is not ready, lets clients leave and ends", TIMES, async () => {
  const relay = await start({ drainSeconds: 20 });
  const guest = await RelayGuest.login(relay.port);
  const drained = relay.drain("wss://other.example");
  const { left, other } = await guest.hear("draining");
  assert.deepEqual([left, other], [20_000, "wss://other.example"]);
  const ready = await fetch(`http://127.0.0.1:${relay.port}/ready`);
  assert.deepEqual([ready.status, await ready.json()], [503, { status: "draining" }]);
  assert.equal((await fetch(`http://127.0.0.1:${relay.port}/health`)).status, 200);
  const late = new RelayGuest(relay.port);
  assert.equal(await late.closed, 1001);
  await guest.close();
  await drained;
  await assert.rejects(fetch(`http://127.0.0.1:${relay.port}/health`));
});

test("[REL-13] who does not leave in time is closed with 1001", TIMES, async () => {
  const relay = await start({ drainSeconds: 0 });
  const guest = await RelayGuest.login(relay.port);
  await relay.drain();
  assert.equal(await guest.closed, 1001);
});

test("[REL-2] [REL-5] bad messages in each state close the connection with 1002 and nothing else", TIMES, async () => {
  const lines: string[] = [];
  await using relay = await start({ log: "info" }, { ...QUICK, write: (line) => lines.push(line) });
  const calm = await RelayGuest.login(relay.port);
  const bad = [
    NOTHING,
    Uint8Array.of(0xff),
    Uint8Array.of(1),
    Uint8Array.of(0x10, 1),
    Uint8Array.of(0x40, 0, 0, 0, 1, 65),
    new Uint8Array(66_560),
  ];
  for (const bytes of bad) {
    const stranger = new RelayGuest(relay.port);
    await new Promise((resolve) => {
      stranger.socket.onopen = resolve;
    });
    stranger.socket.send(bytes as Uint8Array<ArrayBuffer>);
    assert.equal(await stranger.closed, 1002);
    const guest = await RelayGuest.login(relay.port);
    guest.socket.send(bytes as Uint8Array<ArrayBuffer>);
    assert.equal(await guest.closed, 1002);
  }
  calm.say({ type: "ping", request: 1 });
  await calm.hear("done");
  await calm.close();
  const events = lines.map((line): { event: string; from?: string } => JSON.parse(line));
  assert.ok(events.some(({ event, from }) => event === "client.violation" && from === "127.0.0.0/24"));
});

test("metrics count what happens, and are named in the documentation", TIMES, async () => {
  await using relay = await start();
  const [ada, ben] = await Promise.all([RelayGuest.login(relay.port), RelayGuest.login(relay.port)]);
  ada.say({ type: "forward", to: ben.key, payload: new Uint8Array(100) });
  await ben.hear("forwarded");
  const text = await (await fetch(`http://127.0.0.1:${relay.port}/metrics`)).text();
  assert.match(text, /^kith_relay_connections 2$/m);
  assert.match(text, /^kith_relay_keys 2$/m);
  assert.match(text, /^kith_relay_done_total\{kind="forwards"\} 1$/m);
  assert.match(text, /^kith_relay_done_total\{kind="logins"\} 2$/m);
  assert.match(text, /^kith_relay_known_keys 2$/m);
  await Promise.all([ada.close(), ben.close()]);
});

test("a relay that was started is ready", TIMES, async () => {
  await using relay = await start();
  assert.equal((await fetch(`http://127.0.0.1:${relay.port}/ready`)).status, 200);
});
