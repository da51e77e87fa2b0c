import assert from "node:assert/strict";
import { test } from "node:test";
import { nobleProvider, peerIdFromBytes, type WallTime, wallTime, welcomeBytes } from "@kith/core";
import type { PathView } from "../api.ts";
import { GreetingReader, helloBytes } from "../doctor/relay-greeting.ts";
import type { MemberView } from "../rooms-api.ts";
import { FakeClock } from "../testing/fake-clock.ts";
import { type BrowserSeen, judgeBrowser } from "./doctor-browser.ts";
import { type PageFinding, pageFinding } from "./doctor-finding.ts";
import { judgeNode } from "./doctor-page.ts";
import { judgeClocks, judgeRelays, type RelaySeen, type Visit, visitRelay } from "./doctor-relays.ts";
import { pageReport } from "./doctor-report.ts";
import { judgeWays, type PeopleSeen } from "./doctor-ways.ts";
import { PAGE_FINDINGS } from "./doctor-words.ts";

const codes = (found: readonly PageFinding[]): string[] => found.map(({ code }) => code);
const NOW = wallTime(Date.UTC(2027, 0, 1));

// --- the browser --------------------------------------------------------------------------------

const usual: BrowserSeen = {
  ...{ isOnline: true, isSecure: true, isInside: false, isKept: true, localNetwork: "prompt", tabsWaiting: 0 },
  storage: { isPersistent: true, bytesUsed: 1, bytesMax: 100 },
};
for (const [what, seen, isOneTime, isServed, code] of [
  ["no network", { isOnline: false }, false, false, "offline"],
  ["no network but this device", { isOnline: false }, false, true, "offline-beyond"],
  ["http", { isSecure: false, isKept: undefined }, true, true, "insecure"],
  ["no service worker", { isKept: false }, false, true, "needs-network"],
  ["a permission denied", { localNetwork: "denied" }, false, true, "lan-denied"],
  [
    "a permission denied on a page from there",
    { localNetwork: "denied", isInside: true },
    false,
    true,
    "lan-denied-inside",
  ],
  ["a permission given", { localNetwork: "granted" }, false, true, "lan-allowed"],
  ["no word of a permission", { localNetwork: "unknown" }, false, true, "lan-unknown"],
  [
    "storage that goes",
    { storage: { isPersistent: false, bytesUsed: 1, bytesMax: 100 } },
    false,
    true,
    "storage-clearable",
  ],
  [
    "storage that is full",
    { storage: { isPersistent: true, bytesUsed: 96, bytesMax: 100 } },
    false,
    true,
    "storage-full",
  ],
  ["nothing kept", { storage: { isPersistent: false, bytesUsed: 96, bytesMax: 100 } }, true, true, "storage-none"],
  ["two more tabs", { tabsWaiting: 2 }, false, true, "tabs-more"],
] as const satisfies readonly (readonly [string, Partial<BrowserSeen>, boolean, boolean, string])[]) {
  test(`a page in a browser with ${what} is told ${code}`, () => {
    const found = codes(judgeBrowser({ ...usual, ...seen }, isOneTime, isServed));
    assert.ok(found.includes(code), found.join());
    assert.ok(!codes(judgeBrowser(usual, false, true)).includes(code), "and is not without it");
  });
}

test("a browser in which all is well is told nothing else", () => {
  const found = judgeBrowser(usual, false, true);
  assert.deepEqual(new Set(found.map(({ verdict }) => verdict)), new Set(["good"]));
});

// --- what served the page -----------------------------------------------------------------------

for (const [state, answers, isThrough, code] of [
  ["here", true, true, "node-here"],
  ["away", false, false, "node-gone"],
  ["connecting", false, undefined, "node-gone"],
  ["connecting", true, true, "node-connecting"],
  ["away", true, false, "websocket-blocked"],
  ["away", true, undefined, "websocket-blocked"],
  ["away", true, true, "node-refuses"],
  ["none", true, true, "node-none"],
  ["none", false, false, "node-gone"],
] as const) {
  test(`node ${state}, pages ${answers ? "come" : "do not"}, WebSockets ${isThrough}: ${code}`, () => {
    assert.deepEqual(codes(judgeNode(state, { answers }, isThrough)), [code]);
  });
}

// --- relays and clocks --------------------------------------------------------------------------

const seed = new Uint8Array(32).fill(1);
const relayKey = nobleProvider.ed25519PublicKey(seed);
const key = Buffer.from(relayKey).toString("hex");
const nonces = [new Uint8Array(32).fill(2), new Uint8Array(32).fill(3)] as const;

function welcome(wall: WallTime = NOW, signer: Uint8Array = seed): Visit {
  const [nonce, theirs] = nonces;
  const signature = nobleProvider.ed25519Sign(signer, welcomeBytes(nonce, theirs, wall));
  const message = { type: "welcome", version: 1, relayKey, nonce: theirs, wall, signature } as const;
  return { type: "welcome", nonce, chain: [], welcome: message };
}
const relay = (visit: Visit, view: Partial<RelaySeen["view"]> = {}): RelaySeen => ({
  visit,
  view: { host: "relay.example", state: "ready", key, ...view },
});

for (const [what, seen, code] of [
  ["all well", relay(welcome()), "relay-right"],
  ["nobody there", relay({ type: "silent" }, { state: "waiting", problem: "unreachable" }), "relay-silent"],
  ["a WebSocket without a word", relay({ type: "mute" }, { state: "waiting" }), "relay-mute"],
  ["something else", relay({ type: "stranger" }, { state: "waiting" }), "relay-stranger"],
  ["a browser that forbids it", relay({ type: "forbidden" }, { state: "waiting" }), "relay-forbidden"],
  ["no proof", relay(welcome(NOW, new Uint8Array(32).fill(9))), "relay-unproven"],
  ["another key", relay(welcome(), { key: "ab".repeat(32), state: "connecting" }), "relay-changed"],
  ["another key before", relay({ type: "silent" }, { state: "key-changed" }), "relay-changed"],
  ["a relay that is back", relay(welcome(), { state: "waiting", problem: "unreachable" }), "relay-entering"],
  ["no invitation", relay(welcome(), { state: "waiting", problem: "unwelcome" }), "relay-unwelcome"],
  ["us elsewhere", relay(welcome(), { state: "waiting", problem: "replaced" }), "relay-elsewhere"],
  ["a full relay", relay(welcome(), { state: "waiting", problem: "overloaded" }), "relay-busy"],
  ["a visit that failed beside a connection that stands", relay({ type: "silent" }), "relay-right"],
] as const) {
  test(`of a relay with ${what} a page is told ${code}`, () => {
    assert.deepEqual(codes(judgeRelays(nobleProvider, [seen])), [code]);
  });
}

test("without relays a page is told so", () => {
  assert.deepEqual(codes(judgeRelays(nobleProvider, [])), ["relay-none"]);
});

const MINUTE = 60_000;
for (const [what, wall, relays, other, code, words] of [
  ["agree", NOW, [relay(welcome())], NOW + 900, "clock-right", /agrees/],
  [
    "are minutes apart",
    NOW,
    [relay(welcome(wallTime(NOW + 3 * MINUTE)))],
    undefined,
    "clock-near",
    /3 minutes behind that of relay/,
  ],
  [
    "are hours apart",
    NOW,
    [relay(welcome(wallTime(NOW - 300 * MINUTE)))],
    NOW,
    "clock-off",
    /5 hours ahead of that of relay/,
  ],
  ["are hours apart, at the server", NOW, [], NOW - 300 * MINUTE, "clock-off", /5 hours ahead/],
  ["is in the past", wallTime(0), [relay(welcome())], undefined, "clock-past", /past/],
  ["is in the future", wallTime(Date.UTC(2070, 0, 1)), [], undefined, "clock-future", /future/],
  ["nobody tells the time", NOW, [relay({ type: "silent" })], undefined, "clock-unasked", /Nobody/],
  [
    "a relay without proof tells the time",
    NOW,
    [relay(welcome(wallTime(0), new Uint8Array(32).fill(9)))],
    undefined,
    "clock-unasked",
    /Nobody/,
  ],
] as const) {
  test(`clocks, where the one ${what}: ${code}`, () => {
    const found = judgeClocks(nobleProvider, { wall, relays, ...(other !== undefined && { other }) });
    assert.equal(found.code, code);
    assert.match(found.words, words);
  });
}

class FakeSocket extends EventTarget {
  binaryType: BinaryType = "blob";
  readonly bufferedAmount = 0;
  readonly sent: Uint8Array[] = [];
  closed: number | undefined;
  send(bytes: Uint8Array<ArrayBuffer>): void {
    this.sent.push(bytes);
  }
  close(code: number): void {
    this.closed = code;
  }
}

test("a visit says hello and nothing else, and is over after five seconds", { timeout: 10_000 }, async () => {
  const clock = new FakeClock();
  const sockets: [string, FakeSocket][] = [];
  const webSocket = (url: string): FakeSocket => {
    const socket = new FakeSocket();
    sockets.push([url, socket]);
    return socket;
  };
  const [nonce] = nonces;
  const visit = visitRelay({ host: "relay.example" }, { webSocket, clock, random: () => nonce });
  const [[url, socket] = ["", new FakeSocket()]] = sockets;
  assert.equal(url, "wss://relay.example/kith/1");
  socket.dispatchEvent(new Event("open"));
  assert.deepEqual(socket.sent, [new Uint8Array(helloBytes(nonce))]);
  clock.advance(5_000);
  assert.deepEqual(await visit, { type: "mute" });
  assert.equal(socket.closed, 1_000);
  // One nearby is tried without TLS and with it.
  const near = visitRelay({ host: "192.168.1.7:8420" }, { webSocket, clock, random: () => nonce });
  sockets[1]?.[1].dispatchEvent(new Event("close"));
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(
    sockets.slice(1).map(([at]) => at.slice(0, 6)),
    ["ws://1", "wss://"],
  );
  sockets[2]?.[1].dispatchEvent(new MessageEvent("message", { data: new ArrayBuffer(3) }));
  assert.deepEqual(await near, { type: "silent" });
});

test("what is no message of a relay is a stranger's", () => {
  assert.deepEqual(new GreetingReader(nonces[0]).read(new Uint8Array(3)), { type: "stranger" });
});

// --- people -------------------------------------------------------------------------------------

const [peer, third] = [7, 8].map((byte) => peerIdFromBytes(new Uint8Array(32).fill(byte)));
assert.ok(peer && third);
const nobody: PeopleSeen = { contacts: [], sessions: [], nearby: [], relays: [], members: [] };
const ben: PeopleSeen = { ...nobody, contacts: [{ peer, name: "Ben", isBlocked: false }] };
const on = (kind: PathView["kind"], remote = "192.0.2.7:4711"): Partial<PeopleSeen> => ({
  sessions: [{ peer, path: { kind, remote } }],
});
const relayed = on("relayed", "relay relay.example 0123456789abcdef");
const near: Partial<PeopleSeen> = { nearby: [{ peer }] };
const member = (path: MemberView["path"], of = third, name = "Cem"): MemberView => ({
  ...{ peer: of, name, path, fingerprint: "", isSelf: false, role: "member", admittedHow: "invitation" },
  ...{ admittedAt: 0, isVerified: false, isOnline: true, isCut: false },
});
const found = (code: PageFinding["code"]): PageFinding[] => [pageFinding(code)];

for (const [what, seen, others, code, words] of [
  ["WebRTC", on("webrtc"), [], "way-webrtc", /^Ben: straight, over WebRTC/],
  ["the node", on("websocket"), [], "way-node", /cannot read it/],
  ["a relay", relayed, [], "way-apart", /^Ben: relayed by relay\.example\. It is on another network/],
  ["a relay, without UDP", relayed, found("udp-blocked"), "way-udp-blocked", /need UDP/],
  ["a relay, without WebRTC", relayed, found("webrtc-missing"), "way-no-webrtc", /has no WebRTC/],
  ["a relay, near", { ...relayed, ...near }, [], "way-near", /on this network/],
  ["a relay, near, forbidden", { ...relayed, ...near }, found("lan-denied"), "way-lan-denied", /does not let/],
  ["a room", on("routed"), [], "way-apart", /through others of a room/],
  ["nothing any more", { sessions: [{ peer, path: undefined }] }, [], "way-lost", /is gone/],
  ["nothing, near", near, [], "contact-near", /not connected/],
  ["nothing, without relays", {}, [], "contact-no-relay", /no relay is used/],
  [
    "nothing, with a dead relay",
    { relays: [{ host: "relay.example", state: "waiting" }] },
    [],
    "contact-relays-away",
    /can be used now/,
  ],
  ["nothing, with a relay", { relays: [{ host: "relay.example", state: "ready" }] }, [], "contact-absent", /It is off/],
] as const satisfies readonly (readonly [string, Partial<PeopleSeen>, PageFinding[], string, RegExp])[]) {
  test(`of a contact reached over ${what} a page is told ${code}`, () => {
    const [finding] = judgeWays({ ...ben, ...seen }, others);
    assert.deepEqual([finding?.code, finding?.check], [code, "contact"]);
    assert.match(finding?.words ?? "", words);
  });
}

test("members who are no contacts are told of once, with who is on the way", () => {
  const members = [
    member({ kind: "routed", through: peer, hops: 1 }),
    member({ kind: "routed", through: peer, hops: 1 }), // in another room too
    member({ kind: "direct", relay: "relay.example" }, peer, "Ben, as he says"),
  ];
  const all = judgeWays({ ...ben, members }, []);
  assert.deepEqual(
    all.map(({ check }) => check),
    ["contact", "member"],
  );
  assert.match(all[1]?.words ?? "", /^Cem: through Ben, as he says\. It is on another network/);
  const way = (path: MemberView["path"]): string[] => codes(judgeWays({ ...nobody, members: [member(path)] }, []));
  assert.deepEqual(way({ kind: "direct" }), ["way-straight"]);
  assert.deepEqual(way({ kind: "none" }), ["member-absent"]);
  assert.deepEqual(codes(judgeWays({ ...nobody, members: [{ ...member({ kind: "self" }), isSelf: true }] }, [])), []);
});

test("fifty people are told of, of the others how many", () => {
  const contacts = Array.from({ length: 52 }, (_, index) => ({
    ...{ peer: peerIdFromBytes(new Uint8Array(32).fill(index + 1)), name: `Person ${index}`, isBlocked: false },
  }));
  assert.equal(judgeWays({ ...nobody, contacts: contacts.slice(0, 50) }, []).length, 50);
  const more = judgeWays({ ...nobody, contacts }, []);
  assert.deepEqual([more.length, more[50]?.words], [51, "And 2 more people."]);
  const blocked = contacts.map((contact) => ({ ...contact, isBlocked: true }));
  assert.deepEqual(judgeWays({ ...nobody, contacts: blocked }, []), []);
});

// --- words and report ---------------------------------------------------------------------------

test("every finding has words without gaps, and a fix unless all is well", () => {
  for (const code of Object.keys(PAGE_FINDINGS) as PageFinding["code"][]) {
    const { verdict, words, fix } = pageFinding(code, {
      who: "Ben",
      relay: "relay.example",
      count: 2,
      ahead: 9 * MINUTE,
    });
    assert.doesNotMatch(`${words}${fix}`, /[{}]/, code);
    if (verdict === "warn" || verdict === "bad") assert.ok(fix, code);
    if (verdict === "good") assert.equal(fix, undefined, code);
  }
});

test("a report numbers people and relays, and names nobody", () => {
  const members = [member({ kind: "routed", through: peer, hops: 1 }), member({ kind: "none" }, peer, "Ben")];
  const all = [
    ...judgeRelays(nobleProvider, [
      relay(welcome()),
      relay({ type: "silent" }, { host: "192.168.1.7", state: "waiting" }),
    ]),
    ...judgeWays({ ...ben, ...relayed, members }, []),
  ];
  const report = pageReport(all, { head: ["Kith"] });
  assert.doesNotMatch(report, /Ben|Cem|relay\.example|192\.|[0-9a-f]{16}/);
  assert.match(report, /^Kith\n\n\+ relay: Relay 1 can be reached/);
  assert.match(report, /x relay: Relay 2 does not answer\.\n {2}> Check/);
  assert.match(report, /! contact: Person 1: relayed by Relay 1\./);
  assert.match(report, /! member: Person 2: through Person 1\./);
});
