import assert from "node:assert/strict";
import { test } from "node:test";
import { nobleProvider } from "../crypto/noble-provider.ts";
import { Secret } from "../crypto/secret.ts";
import { type PeerId, peerIdFromBytes } from "../identity/peer-id.ts";
import { bytesToHex } from "../lib/hex.ts";
import type { Moment } from "../lib/moment.ts";
import { instant, wallTime } from "../lib/time.ts";
import { rendezvousTags } from "../relay/rendezvous.ts";
import { RELAY_TAGS_MAX } from "../wire/relay-limits.ts";
import { relayHint } from "./hint.ts";
import type { QrMeetingSecret } from "./qr-meetings.ts";
import { RelayMeeting } from "./relay-meeting.ts";
import type { LinkSecret } from "./room-meetings.ts";

const filled = (value: number, length = 32): Uint8Array => new Uint8Array(length).fill(value);
const peer = (value: number): PeerId => peerIdFromBytes(filled(value));
const [ADA, BEN] = [peer(1), peer(2)];
const [RELAY, KEY, OTHER] = [filled(7), filled(8), filled(9)];
const DAY = 86_400_000;

const secretOf = (index: number): Secret => new Secret(filled(20 + index).fill(20 + index + (index >> 8), 0, 1));

/** A meeting with contacts whose secrets are known, and where they are dialled. */
function rig(contacts: readonly PeerId[] = [ADA, BEN]) {
  const secrets = contacts.map((each, index) => ({ peer: each, secret: secretOf(index) }));
  const blocked = new Set<PeerId>();
  let dialled: ReadonlyMap<PeerId, readonly string[]> = new Map();
  const met = new Map<number, readonly string[]>();
  const codes = { all: [] as QrMeetingSecret[], version: 0, secrets: (): QrMeetingSecret[] => codes.all };
  const links = { all: [] as LinkSecret[], version: 0, secrets: (): LinkSecret[] => links.all };
  const meeting = new RelayMeeting({
    provider: nobleProvider,
    trust: { recognition: { secrets: () => secrets, version: 1 }, blocked },
    ...{ links, codes },
    setMet: (join, hints) => void met.set(join, hints),
    setNearby: (all) => {
      dialled = all;
    },
  });
  const at = (day: number, ms = 0): Moment => ({ now: instant(1_000 + ms), wall: wallTime(day * DAY + ms) });
  const tagsOf = (index: number, day: number): Uint8Array[] =>
    rendezvousTags(nobleProvider, secretOf(index), RELAY, wallTime(day * DAY));
  const told = (): { type: string; tags: string[] }[] => {
    const all = [];
    for (let output = meeting.poll(); output !== undefined; output = meeting.poll())
      all.push({ type: output.type, tags: output.tags.map(bytesToHex) });
    return all;
  };
  return { meeting, blocked, links, codes, met, at, tagsOf, told, dialled: () => dialled };
}

test("[MEE-1] the tags of three days are watched for each contact, and those of the day before forgotten", () => {
  const { meeting, at, tagsOf, told } = rig();
  meeting.enter(1, RELAY, at(100));
  assert.deepEqual(told(), [{ type: "watch", tags: [...tagsOf(0, 100), ...tagsOf(1, 100)].map(bytesToHex) }]);
  assert.equal(meeting.nextTimeout(), 1_000 + DAY);
  meeting.handleTimeout(at(101, DAY - 1));
  assert.deepEqual(told(), []);
  meeting.handleTimeout(at(100, DAY));
  const [gone, fresh] = told();
  assert.deepEqual(gone, {
    type: "unwatch",
    tags: [tagsOf(0, 100), tagsOf(1, 100)].map(([tag]) => bytesToHex(tag ?? KEY)),
  });
  assert.deepEqual(
    fresh?.tags,
    [tagsOf(0, 101), tagsOf(1, 101)].map((tags) => bytesToHex(tags[2] ?? KEY)),
  );
});

test("who arrives under a contact's tag is where the contact can be dialled, until it has left under all of them", () => {
  const { meeting, at, tagsOf, dialled } = rig();
  meeting.enter(3, RELAY, at(100));
  const [first, second] = tagsOf(1, 100);
  assert.ok(first !== undefined && second !== undefined);
  meeting.handleArrived(3, first, KEY, at(100));
  meeting.handleArrived(3, second, KEY, at(100));
  meeting.handleArrived(3, filled(1, 16), KEY, at(100));
  meeting.handleArrived(4, first, KEY, at(100));
  assert.deepEqual([...dialled()], [[BEN, [relayHint(3, bytesToHex(KEY))]]]);
  meeting.handleLeft(3, first, KEY, at(100));
  assert.equal(dialled().size, 1);
  meeting.handleLeft(3, second, KEY, at(100));
  assert.equal(dialled().size, 0);
});

test("the key that came last at each relay is tried first; with a relay's end everybody there is gone", () => {
  const { meeting, at, tagsOf, dialled, told } = rig();
  meeting.enter(1, RELAY, at(100));
  meeting.enter(2, RELAY, at(100));
  const [tag] = tagsOf(0, 100);
  assert.ok(tag !== undefined);
  meeting.handleArrived(1, tag, KEY, at(100));
  meeting.handleArrived(1, tag, OTHER, at(100));
  meeting.handleArrived(2, tag, KEY, at(100));
  const [key, other] = [bytesToHex(KEY), bytesToHex(OTHER)];
  assert.deepEqual(dialled().get(ADA), [relayHint(1, other), relayHint(2, key), relayHint(1, key)]);
  told();
  meeting.leave(1, at(100));
  assert.deepEqual(dialled().get(ADA), [relayHint(2, key)]);
  assert.deepEqual(
    told().map(({ type, tags }) => [type, tags.length]),
    [["unwatch", 6]],
  );
  meeting.leave(2, at(100));
  assert.equal(meeting.nextTimeout(), undefined);
});

test("whoever is blocked, or no contact any more, is not watched for, and not dialled", () => {
  const { meeting, blocked, at, tagsOf, dialled, told } = rig();
  meeting.enter(1, RELAY, at(100));
  const [tag] = tagsOf(0, 100);
  assert.ok(tag !== undefined);
  meeting.handleArrived(1, tag, KEY, at(100));
  told();
  blocked.add(ADA);
  meeting.refresh(at(100));
  assert.deepEqual(told(), [{ type: "unwatch", tags: tagsOf(0, 100).map(bytesToHex) }]);
  assert.equal(dialled().size, 0);
});

test("[MEE-14] at our own doors whoever comes is let dial us; the maker of a link that we come by is where its tag says", () => {
  const { meeting, links, met, at, tagsOf, told, dialled } = rig([]);
  meeting.enter(1, RELAY, at(100));
  links.all = [
    { secret: secretOf(0), join: 5 },
    { secret: secretOf(1), join: undefined },
  ];
  meeting.settle(at(100));
  assert.deepEqual(told(), [], "nothing changed");
  links.version = 1;
  meeting.settle(at(100));
  const [theirs, ours] = [tagsOf(0, 100), tagsOf(1, 100)];
  assert.deepEqual(told(), [{ type: "watch", tags: [...theirs, ...ours].map(bytesToHex) }]);
  const [tag] = theirs;
  const [door] = ours;
  assert.ok(tag !== undefined && door !== undefined);
  meeting.handleArrived(1, door, KEY, at(100));
  assert.deepEqual(met.get(5), []);
  meeting.handleArrived(1, tag, KEY, at(100));
  meeting.handleArrived(1, tag, OTHER, at(100));
  assert.deepEqual(met.get(5), [relayHint(1, bytesToHex(OTHER)), relayHint(1, bytesToHex(KEY))]);
  for (let index = 0; index < 100; index++) meeting.handleArrived(1, tag, filled(100 + index), at(100));
  assert.equal(met.get(5)?.length, 4, "the newest keys of a flood");
  assert.equal(dialled().size, 0);
  links.all = [];
  links.version = 2;
  meeting.settle(at(100));
  assert.deepEqual(told(), [{ type: "unwatch", tags: [...theirs, ...ours].map(bytesToHex) }]);
});

test("of more than a relay lets one watch, links come first", () => {
  const { meeting, links, at, told } = rig(Array.from({ length: RELAY_TAGS_MAX / 3 }, (_, index) => peer(index % 200)));
  links.all = [{ secret: secretOf(9_999), join: 5 }];
  meeting.enter(1, RELAY, at(100));
  const [watched] = told();
  assert.equal(watched?.tags.length, 3 * Math.floor(RELAY_TAGS_MAX / 3));
  assert.deepEqual(
    watched?.tags.slice(0, 3),
    rendezvousTags(nobleProvider, secretOf(9_999), RELAY, wallTime(100 * DAY)).map(bytesToHex),
  );
});

test("[PAI-15] whoever comes under a QR's tags: who shows one that we scanned is dialled, who comes by ours is not", () => {
  const { meeting, codes, blocked, at, tagsOf, told, dialled } = rig([]);
  meeting.enter(1, RELAY, at(100));
  assert.deepEqual(told(), []);
  [codes.all, codes.version] = [
    [
      { secret: secretOf(0), whom: ADA },
      { secret: secretOf(1), whom: undefined },
    ],
    1,
  ];
  meeting.settle(at(100));
  assert.deepEqual(told(), [{ type: "watch", tags: [...tagsOf(0, 100), ...tagsOf(1, 100)].map(bytesToHex) }]);
  const [theirs = RELAY] = tagsOf(0, 100);
  const [ours = RELAY] = tagsOf(1, 100);
  meeting.handleArrived(1, theirs, filled(9), at(100));
  meeting.handleArrived(1, ours, filled(8), at(100));
  assert.deepEqual([...dialled()], [[ADA, [`relay:1/${"09".repeat(32)}`]]]);
  blocked.add(ADA);
  meeting.refresh(at(100));
  assert.deepEqual([...dialled()], []);
  assert.deepEqual(told(), [{ type: "unwatch", tags: tagsOf(0, 100).map(bytesToHex) }]);
  [codes.all, codes.version] = [[], 2];
  meeting.settle(at(100));
  assert.deepEqual(told(), [{ type: "unwatch", tags: tagsOf(1, 100).map(bytesToHex) }]);
});
