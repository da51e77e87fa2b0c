import assert from "node:assert/strict";
import { test } from "node:test";
import { peerIdFromBytes } from "@kith/core";
import type { PathView } from "../api.ts";
import type { NodeAsSeen } from "../doctor/contact-way.ts";
import type { Finding } from "../doctor/finding.ts";
import { explainContacts } from "./doctor-contact.ts";

const peer = peerIdFromBytes(new Uint8Array(32).fill(7));
const contacts = [{ peer, name: "Ben", isBlocked: false }];
const none: NodeAsSeen = { contacts, sessions: [], nearby: [], relays: [] };
const on = (kind: PathView["kind"], remote = "192.0.2.7:4711"): Partial<NodeAsSeen> => ({
  sessions: [{ peer, path: { kind, remote } }],
});
const relayed = on("relayed", "relay relay.example 0123456789abcdef");
const near: Partial<NodeAsSeen> = { nearby: [{ peer }] };
const ready: Partial<NodeAsSeen> = { relays: [{ host: "relay.example", state: "ready" }] };
const symmetric: Finding = { check: "nat", verdict: "warn", words: "symmetric", fix: "…" };
const firewall: Finding = { check: "firewall", verdict: "warn", words: "it drops", fix: "…" };

for (const [what, node, others, verdict, words, fix] of [
  ["a straight way", on("tcp"), [], "good", /^Ben: straight, over TCP/, undefined],
  [
    "a relay between networks",
    relayed,
    [],
    "warn",
    /relayed by relay\.example\. It is on another network, and neither/,
    /Nothing is broken/,
  ],
  ["a relay behind a symmetric router", relayed, [symmetric], "warn", /the router here/, /Nothing is broken/],
  [
    "a relay on one network",
    { ...relayed, ...near },
    [],
    "warn",
    /on this network, but takes no connection/,
    /on the other machine/,
  ],
  [
    "a relay on one network, a firewall here",
    { ...relayed, ...near },
    [firewall],
    "warn",
    /on this network/,
    /see “firewall” above/,
  ],
  ["a way through a room", on("routed"), [], "warn", /through others of a room/, /straight way/],
  ["a session without a way", { sessions: [{ peer, path: undefined }] }, [], "warn", /is gone/, /by itself/],
  ["nothing but a sighting", near, [], "warn", /seen on this network/, /kith connect/],
  ["nothing, and no relay", {}, [], "unknown", /no relay is used/, /need a relay/],
  [
    "nothing, and a relay that is away",
    { relays: [{ host: "relay.example", state: "waiting" }] },
    [],
    "warn",
    /no relay can be used/,
    /above/,
  ],
  ["nothing, and a relay", ready, [], "unknown", /neither on this network nor at a relay/, /one relay in common/],
] as const satisfies readonly (readonly [
  string,
  Partial<NodeAsSeen>,
  readonly Finding[],
  Finding["verdict"],
  RegExp,
  RegExp | undefined,
])[]) {
  test(`doctor, of a contact with ${what}, says ${verdict} and why`, () => {
    const [finding] = explainContacts({ ...none, ...node }, others);
    assert.equal(finding?.verdict, verdict);
    assert.match(finding?.words ?? "", words);
    if (fix === undefined) assert.equal(finding?.fix, undefined);
    else assert.match(finding?.fix ?? "", fix);
    assert.doesNotMatch(
      JSON.stringify(finding),
      /192\.0\.2\.7|0123456789abcdef|0707/,
      "a report names no addresses and no keys",
    );
  });
}

test("doctor leaves the blocked out, and says how many contacts it did not look at", () => {
  assert.deepEqual(explainContacts({ ...none, contacts: [{ peer, name: "Mallory", isBlocked: true }] }), []);
  const many = explainContacts({ ...none, contacts: Array.from({ length: 60 }, () => contacts).flat() });
  assert.equal(many.length, 51);
  assert.match(many.at(-1)?.words ?? "", /10 more/);
});
