/** Small worlds for transcripts, by name. */
import { wallTime } from "@kith/core";
import { CardTable } from "@kith/sdk/testing";
import { factWorld } from "./fact-world.ts";
import { FakeKith } from "./fake-kith.ts";
import { withPasses } from "./fake-passes.ts";
import {
  ADA,
  BOB,
  CAROL,
  FAKE_NOW,
  fakeContact,
  fakeGrant,
  fakeMessage,
  fakeNearby,
  fakePeer,
  fakeSession,
  fakeTransfer,
  HOSTILE_NAME,
  MALLORY,
} from "./fake-people.ts";
import { type FakeRoomSetup, fakeMember, fakeRequest, fakeRoomFile } from "./fake-rooms.ts";
import type { FakeRun } from "./run-cli.ts";

const bob = fakeContact(BOB, "Bob", { session: "open" });
const carol = fakeContact(CAROL, "Carol", {
  verifiedBy: "first-use",
  role: "guest",
  lastSeenAt: FAKE_NOW - 3 * 86_400_000,
});
const evil = fakeNearby("near-3", HOSTILE_NAME, { hints: ["10.0.0.66:1"] });
const bobNear = fakeNearby("near-1", "Bob", { peer: BOB, session: "open" });
const stranger = fakeNearby("near-2", "Dora's phone", { hints: ["[fe80::1%eth0]:41641"] });

const [max, eve] = [fakePeer("3a0c"), fakePeer("e0e0")];
const family: FakeRoomSetup = {
  members: [
    fakeMember(BOB, "Bob", { isVerified: true, role: "admin" }),
    fakeMember(CAROL, "Carol", { admittedBy: BOB, path: { kind: "routed", through: BOB, hops: 2 } }),
    fakeMember(max, "Max", { admittedHow: "code", isOnline: false, path: { kind: "none" } }),
  ],
  requests: [
    fakeRequest(fakePeer("d05a"), "Dora"),
    fakeRequest(eve, "Eve", { wants: "challenge", askedAt: FAKE_NOW - 5_000 }),
  ],
  edges: [
    { a: ADA, b: BOB, claimed: "both" },
    { a: BOB, b: CAROL, claimed: "both" },
  ],
  gaps: [
    { kind: "not-connected", a: ADA, b: CAROL },
    { kind: "hangs-on", peer: CAROL, neighbour: BOB },
  ],
  files: [
    fakeRoomFile("f17a", BOB, { sources: 2 }),
    fakeRoomFile("0dd0", ADA, { name: "letter.txt", bytes: 9, bytesServed: 18 }),
  ],
  chat: [
    { from: BOB, name: "Bob", text: "lunch?" },
    { from: ADA, name: "Ada", text: "at one" },
  ],
};

/** Bob keeps what he is given, and offers his own card. */
function cardWorld(): Scenario {
  const table = new CardTable(FAKE_NOW);
  const person = table.seat(7);
  const met = { id: "b0".repeat(16), name: "Bob", notes: "", role: "member", keys: [] } as const;
  const key = { peer: person.id, verifiedBy: "qr", pinnedAt: wallTime(FAKE_NOW), hints: [] } as const;
  const seat = table.seat(1, new Map([[person.id, { ...met, keys: [key] }]]));
  const { cards } = person;
  cards.offers.subscribe(() => {
    for (const { id, at, card } of cards.offers.get()) {
      if (at === "offered") cards.accept(id).catch(() => undefined);
      else if (at === "shown" && card !== undefined) cards.save(card.id).catch(() => undefined);
    }
  });
  const fields = [
    { field: { kind: "name", text: "Bob Babbage" } },
    { field: { kind: "email", text: "bob@example.org", label: "work" } },
  ] as const;
  const offering = cards
    .create({ label: "Me", fields })
    .then(({ id }) => cards.give(seat.id, id, "professional"))
    .then(() => undefined);
  return {
    kith: new FakeKith({ contacts: [fakeContact(person.id, "Bob", { session: "open" })], seat }),
    ready: offering,
  };
}

/** One's own cards, and relays that sign passes or do not. */
function walletWorld(): Scenario {
  const seat = new CardTable(FAKE_NOW).seat(1);
  const relays = [{ host: "relay.example", state: "ready", key: "6e".repeat(32) }] as const;
  return { kith: new FakeKith({ seat: { ...seat, cards: withPasses(seat.cards) }, relays }) };
}

type Scenario = Omit<FakeRun, "home">;

export const SCENARIOS: Readonly<Record<string, () => Scenario>> = {
  cards: cardWorld,
  wallet: walletWorld,
  facts: factWorld,
  empty: () => ({ kith: new FakeKith() }),
  fresh: () => ({ kith: new FakeKith(), isFresh: true }),
  friends: () => ({
    kith: new FakeKith({
      contacts: [bob, carol],
      nearby: [bobNear, stranger],
      unread: [fakeMessage("a1", BOB, "hello\nsecond line"), fakeMessage("a2", CAROL, "call me")],
      transfers: [
        fakeTransfer("5f", BOB, { names: ["photo.jpg"] }),
        fakeTransfer("6e", CAROL, { names: ["a", "b"], fileCount: 2 }),
      ],
      entries: [
        { sequence: 1, at: FAKE_NOW - 60_000, event: "pairing.done", peer: BOB, detail: "pin" },
        { sequence: 2, at: FAKE_NOW - 30_000, event: "session.refused", peer: MALLORY, detail: "blocked" },
      ],
    }),
  }),
  granted: () => ({
    kith: new FakeKith({
      contacts: [bob, carol],
      received: [
        fakeGrant("7a31", BOB, { delegations: 1 }),
        fakeGrant("7b00", CAROL, { operation: "file.send", root: BOB }),
      ],
      clock: "behind",
    }),
  }),
  hostile: () => ({
    kith: new FakeKith({
      received: [fakeGrant("e4", MALLORY, { operation: HOSTILE_NAME })],
      contacts: [fakeContact(MALLORY, HOSTILE_NAME, { session: "open", notes: HOSTILE_NAME })],
      nearby: [evil],
      unread: [fakeMessage("e1", MALLORY, `${HOSTILE_NAME}\r\n${HOSTILE_NAME}`)],
      transfers: [fakeTransfer("e2", MALLORY, { names: [HOSTILE_NAME], directory: HOSTILE_NAME })],
      entries: [{ sequence: 1, at: FAKE_NOW, event: HOSTILE_NAME, peer: MALLORY, detail: HOSTILE_NAME }],
      pairing: { name: HOSTILE_NAME },
      rooms: [
        {
          name: HOSTILE_NAME,
          members: [fakeMember(MALLORY, HOSTILE_NAME), fakeMember(CAROL, HOSTILE_NAME, { admittedBy: MALLORY })],
          requests: [fakeRequest(eve, HOSTILE_NAME)],
          gaps: [{ kind: "contradiction", peer: MALLORY }],
          files: [fakeRoomFile("f1", MALLORY, { name: HOSTILE_NAME })],
          chat: [{ from: MALLORY, name: HOSTILE_NAME, text: HOSTILE_NAME }],
          challenges: [{ member: MALLORY, name: HOSTILE_NAME }],
        },
      ],
    }),
    findings: [{ check: "interfaces", verdict: "bad", words: HOSTILE_NAME, fix: HOSTILE_NAME }],
  }),
  family: () => ({ kith: new FakeKith({ contacts: [bob, carol], rooms: [family] }) }),
  rooms: () => ({
    kith: new FakeKith({
      rooms: [
        family,
        { id: "4a12", name: "family", members: [fakeMember(BOB, "Bob"), fakeMember(CAROL, "bob")] },
        { id: "77", name: "Chess", policy: { ways: "challenge", challengedBy: "admin", inviters: "owner" } },
        { id: "0e", name: "Old", state: "expelled" },
      ],
    }),
  }),
  "unused-code": () => ({ kith: new FakeKith({ rooms: [{ codeEnds: "unused" }] }) }),
  relays: () => ({
    kith: new FakeKith({
      relays: [
        { host: "relay.example", state: "ready", key: "6e".repeat(32) },
        { host: "10.0.0.7:8420", state: "waiting", problem: "unreachable" },
        { host: "old.example", state: "key-changed", key: "6e".repeat(32), problem: "66".repeat(32) },
      ],
    }),
  }),
  afar: () => ({
    kith: new FakeKith({
      contacts: [bob, carol],
      nearby: [stranger],
      sessions: [
        fakeSession(BOB, "Bob", { kind: "relayed", remote: "relay relay.example 6e6e6e6e6e6e6e6e", roundTripMs: 40 }),
        fakeSession(CAROL, "Carol", { kind: "routed", remote: `member ${CAROL}` }),
      ],
      relays: [{ host: "relay.example", state: "ready", key: "6e".repeat(32) }],
      rooms: [
        {
          ...family,
          members: [
            fakeMember(BOB, "Bob", { path: { kind: "direct", relay: "relay.example", roundTripMs: 40 } }),
            fakeMember(CAROL, "Carol", { path: { kind: "routed", through: BOB, hops: 2 } }),
          ],
        },
      ],
    }),
  }),
  owner: () => ({
    kith: new FakeKith({ relays: [{ host: "relay.example", state: "ready", key: "6e".repeat(32) }] }),
  }),
  relayed: () => ({ kith: new FakeKith({ contacts: [bob, carol], hasRelay: true }) }),
  twins: () => ({
    kith: new FakeKith({ contacts: [bob], nearby: [bobNear, fakeNearby("near-9", "bob", { hints: ["10.0.0.9:2"] })] }),
  }),
  "they-show": () => ({ kith: new FakeKith({ nearby: [stranger], pairing: { name: "Dora", theyShow: true } }) }),
  "key-changed": () => ({
    kith: new FakeKith({ nearby: [stranger], pairing: { name: "Dora", theyShow: true, ends: "key-changed" } }),
  }),
  "code-longer": () => ({ kith: new FakeKith({ joinCode: { isLonger: true } }) }),
  "code-wrong": () => ({ kith: new FakeKith({ joinCode: { ends: "wrong-code" } }) }),
  "code-room": () => ({ kith: new FakeKith({ rooms: [family], joinCode: { leadsTo: "room" } }) }),
  "code-files": () => ({ kith: new FakeKith({ joinCode: { leadsTo: "files" } }) }),
  "code-unknown": () => ({ kith: new FakeKith({ joinCode: { refused: "ERR_JOIN_CODE" } }) }),
  "code-no-relay": () => ({ kith: new FakeKith({ joinCode: { refused: "ERR_RELAY" } }) }),
  "code-hostile": () => ({ kith: new FakeKith({ joinCode: { name: HOSTILE_NAME } }) }),
  declined: () => ({ kith: new FakeKith({ contacts: [bob], transferEnd: { state: "declined" } }) }),
  "disk-full": () => ({
    kith: new FakeKith({ contacts: [bob], transferEnd: { state: "failed", failure: "disk-full" } }),
  }),
  damaged: () => ({
    kith: new FakeKith({ firstBadEntry: 1, entries: [{ sequence: 1, at: FAKE_NOW, event: "pairing.done" }] }),
  }),
  unreachable: () => ({ kith: new FakeKith({ isUnreachable: true }) }),
  sick: () => ({
    kith: new FakeKith(),
    findings: [
      { check: "interfaces", verdict: "good", words: "eth0 192.168.1.2" },
      {
        check: "multicast",
        verdict: "bad",
        words: "what we send does not come back",
        fix: "Permit UDP port 5353: ufw allow 5353/udp",
      },
      {
        check: "isolation",
        verdict: "warn",
        words: "nobody answers; this Wi-Fi may isolate its clients",
        fix: "Use `kith connect host:port`",
      },
      {
        check: "relay",
        verdict: "bad",
        words: "relay.example can be reached, but the WebSocket is refused with HTTP status 403.",
        fix: "A proxy or firewall on the way lets web pages through and WebSockets not",
      },
      {
        check: "contact",
        verdict: "warn",
        words:
          "Bob: relayed by relay.example. It is on another network, and neither of the two can be reached from outside.",
        fix: "Nothing is broken. For a straight way: one network or VPN for both",
      },
    ],
  }),
};
