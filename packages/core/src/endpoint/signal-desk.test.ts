/** Who negotiates with whom, when, and what becomes of the link (spec/signaling.md §1). */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { PeerId } from "../identity/peer-id.ts";
import { instant } from "../lib/time.ts";
import type { LinkKind } from "../link/link-set.ts";
import { encodeSignalMessage } from "../link/signal-message.ts";
import { PROTOCOL, RESET } from "../wire/registry.ts";
import { SIGNAL_NEGOTIATION_TIMEOUT } from "../wire/signal-limits.ts";
import { acquaint, TestNet, type TestNode } from "./endpoint-fixture.test.ts";
import { Platforms, SDP } from "./rtc-fixture.test.ts";
import type { SessionEntry } from "./session-table.ts";
import { SignalDesk } from "./signal-desk.ts";
import type { Ways } from "./ways.ts";

const kindOf = (node: TestNode, other: TestNode): LinkKind | undefined =>
  node.sessionWith(other).stack.activeLink?.traits.kind;

interface Meeting {
  readonly areContacts?: boolean;
  readonly can?: readonly [boolean, boolean];
  readonly kind?: LinkKind;
}

function meet({ areContacts = true, can = [true, true], kind = "relayed" }: Meeting = {}) {
  const net = new TestNet();
  net.kind = kind;
  const [ada, ben] = [net.node("ada", { hasWebRtc: can[0] }), net.node("ben", { hasWebRtc: can[1] })];
  if (areContacts) acquaint(ada, ben);
  const platforms = new Platforms(net);
  ada.endpoint.connect({ peer: areContacts ? ben.id : undefined, hints: [ben.hint] }, 1, ada.at);
  platforms.run(2_000);
  return { net, ada, ben, platforms, kinds: () => [kindOf(ada, ben), kindOf(ben, ada)] };
}

test("[SIG-1] [SIG-2] contacts whose session a relay carries negotiate a link, and go over to it", () => {
  const { kinds, platforms, ada, ben } = meet();
  assert.deepEqual(kinds(), ["webrtc", "webrtc"]);
  const { opened } = platforms;
  assert.equal(opened, 2, "one on each side");
  platforms.run(60_000);
  assert.equal(platforms.opened, opened, "and that is that");
  assert.equal(ada.sessionWith(ben).stack.channelCount, 0, "the channel for it keeps no session alive");
});

test("[SIG-1] what is routed through others is not enough either; what is direct is", () => {
  assert.deepEqual(meet({ kind: "routed" }).kinds(), ["webrtc", "webrtc"]);
  const direct = meet({ kind: "tcp" });
  assert.deepEqual([direct.kinds(), direct.platforms.opened], [["tcp", "tcp"], 0]);
});

test("[SIG-1] strangers do not negotiate, nor does who cannot", () => {
  for (const meeting of [{ areContacts: false }, { can: [true, false] }, { can: [false, true] }] as const) {
    const { kinds, platforms } = meet(meeting);
    platforms.run(5_000);
    assert.deepEqual([kinds(), platforms.opened], [["relayed", "relayed"], 0], JSON.stringify(meeting));
  }
});

test("[SIG-1] a channel for it that a stranger opens is refused", () => {
  const { ada, ben, platforms } = meet({ areContacts: false });
  const { stack } = ada.sessionWith(ben);
  const channel = stack.open(PROTOCOL.signal, 0);
  assert.ok(channel !== undefined);
  stack.send(
    channel,
    encodeSignalMessage({ type: "offer", connection: ada.id < ben.id ? 0 : 1, canRestart: true, sdp: SDP }),
  );
  platforms.run(1_000);
  assert.equal(ben.sessionWith(ada).stack.receivedOffsets().length, 0);
  assert.deepEqual([ben.of("rtc"), ben.endpoint.signals.size], [[], 0]);
});

test("[SIG-2] [SIG-10] where no way leads from one to the other it is tried again, less and less often; the relay carries on", () => {
  const net = new TestNet();
  net.kind = "relayed";
  const [ada, ben] = [net.node("ada", { hasWebRtc: true }), net.node("ben", { hasWebRtc: true })];
  acquaint(ada, ben);
  const platforms = new Platforms(net);
  platforms.isUdpBlocked = true;
  ada.endpoint.connect({ peer: ben.id, hints: [ben.hint] }, 1, ada.at);
  platforms.run(10 * 60_000);
  assert.equal(kindOf(ada, ben), "relayed");
  assert.ok(platforms.opened >= 8 && platforms.opened < 60, `${platforms.opened} connections in ten minutes`);
  platforms.isUdpBlocked = false;
  platforms.run(60_000 + SIGNAL_NEGOTIATION_TIMEOUT + 10_000);
  assert.deepEqual([kindOf(ada, ben), kindOf(ben, ada)], ["webrtc", "webrtc"]);
});

test("[SIG-2] a link that is cut leaves the session to the relay, and another is negotiated", () => {
  const { net, kinds, platforms } = meet();
  for (const cable of net.cables) if (net.nodes.some((node) => isWebRtc(node, cable))) net.cut(cable);
  net.run(50);
  assert.deepEqual(kinds(), ["relayed", "relayed"]);
  platforms.run(5_000);
  assert.deepEqual(kinds(), ["webrtc", "webrtc"]);
});

test("[SIG-5] who breaks the rules is not talked to again in this session", () => {
  const net = new TestNet();
  net.kind = "relayed";
  const [ada, ben] = [net.node("ada"), net.node("ben", { hasWebRtc: true })];
  acquaint(ada, ben);
  ada.endpoint.connect({ peer: ben.id, hints: [ben.hint] }, 1, ada.at);
  net.run(2_000);
  const { stack } = ada.sessionWith(ben);
  const speak = (): void => {
    const channel = stack.open(PROTOCOL.signal, 0);
    assert.ok(channel !== undefined);
    stack.send(
      channel,
      encodeSignalMessage({ type: "offer", connection: ada.id < ben.id ? 0 : 1, canRestart: true, sdp: SDP }),
    );
    stack.send(channel, Uint8Array.of(0));
    net.run(1_000);
  };
  speak();
  const orders = ben.of("rtc").map(({ order }) => order.type);
  assert.deepEqual([orders[0], orders.at(-1)], ["open", "close"]);
  speak();
  net.run(60_000);
  assert.equal(ben.of("rtc").length, orders.length);
  assert.equal(ben.endpoint.signals.size, 0);
});

test("a peer that does not read what we say loses the channel, and what was negotiated on it ends", () => {
  const resets: number[] = [];
  const stack = {
    ...{
      peer: "11".repeat(32),
      isOver: false,
      linkCount: 1,
      ways: { straight: false, negotiated: false, relayed: true },
    },
    ...{ accept: () => {}, send: () => false, reset: (_: number, code: number) => void resets.push(code) },
  };
  const session = { id: 1, stack } as unknown as SessionEntry;
  const desk = new SignalDesk({
    ...{ self: "00".repeat(32) as PeerId, isOffered: true, mayConnect: () => true, sessionOf: () => session },
    ways: () => ({ handleNegotiable: () => {} }) as unknown as Ways,
  });
  const now = instant(0);
  desk.handleOffered(session, 1, now);
  desk.dial(stack.peer as PeerId, 7, now);
  desk.handleDescribed(1, { type: "offer", sdp: SDP, canRestart: true }, now);
  const told = [];
  for (let output = desk.poll(); output !== undefined; output = desk.poll())
    told.push(output.type === "rtc" ? output.order.type : output);
  assert.deepEqual(told, ["open", "close", { type: "dialFailed", dial: 7 }]);
  assert.deepEqual([resets, desk.size], [[RESET.cancelled], 0]);
});

const isWebRtc = (node: TestNode, cable: TestNet["cables"][number]): boolean =>
  [...node.cables].some(
    ([link, place]) =>
      place.cable === cable &&
      [...node.endpoint.sessions].some(
        ({ stack }) => stack.activeLink?.link === link && stack.activeLink.traits.kind === "webrtc",
      ),
  );
