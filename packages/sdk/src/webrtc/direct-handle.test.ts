// Offers and answers without a server, over connections that never come up: what is refused, and when it is given up.
import assert from "node:assert/strict";
import { test } from "node:test";
import { DIRECT_CONNECT_TIMEOUT, DIRECT_GATHER_TIMEOUT, minutes, seconds } from "@kith/core";
import type { Endpoint } from "../api.ts";
import { createEndpoint } from "../create-endpoint.ts";
import { FakeClock } from "../testing/fake-clock.ts";
import type { RtcDataChannel, RtcDescription, RtcPeerConnection } from "./rtc-api.ts";

const SDP = [
  "v=0",
  "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
  "a=ice-ufrag:F7gI",
  "a=ice-pwd:x9cml/YzichV2+XlhiMu8g8B",
  `a=fingerprint:sha-256 ${Array.from({ length: 32 }, () => "AB").join(":")}`,
  "a=setup:active",
  "a=mid:0",
  "a=sctp-port:5000",
  "",
].join("\r\n");

class SilentPeer extends EventTarget implements RtcPeerConnection {
  connectionState: RTCPeerConnectionState = "new";
  readonly sctp = null;
  readonly remote: string[] = [];
  readonly #sdp: string;
  isClosed = false;

  constructor(sdp: string) {
    super();
    this.#sdp = sdp;
  }
  createDataChannel(): RtcDataChannel {
    return Object.assign(new EventTarget(), {
      ...{ binaryType: "blob" as const, bufferedAmountLowThreshold: 0, bufferedAmount: 0 },
      ...{ readyState: "connecting" as const, send: () => {}, close: () => {} },
    });
  }
  async createOffer(): Promise<RtcDescription> {
    return { type: "offer", sdp: this.#sdp };
  }
  async createAnswer(): Promise<RtcDescription> {
    return { type: "answer", sdp: this.#sdp };
  }
  async setLocalDescription(): Promise<void> {
    this.#tell({ candidate: "candidate:1 1 udp 1 192.168.1.2 4000 typ host", sdpMid: "0" });
    this.#tell(null);
  }
  async setRemoteDescription({ sdp }: { sdp: string }): Promise<void> {
    this.remote.push(sdp);
  }
  async addIceCandidate({ candidate }: { candidate: string }): Promise<void> {
    this.remote.push(candidate);
  }
  close(): void {
    this.isClosed = true;
  }
  #tell(candidate: unknown): void {
    this.dispatchEvent(Object.assign(new Event("icecandidate"), { candidate }));
  }
}

interface Side {
  readonly endpoint: Endpoint;
  readonly peers: SilentPeer[];
  readonly clock: FakeClock;
}

async function side(name: string, sdp = SDP): Promise<Side> {
  const [clock, peers]: [FakeClock, SilentPeer[]] = [new FakeClock(), []];
  const connect = (): SilentPeer => {
    const peer = new SilentPeer(sdp);
    peers.push(peer);
    return peer;
  };
  return { endpoint: await createEndpoint({ name, transports: [], clock, webRtc: { connect } }), peers, clock };
}

const directOf = ({ endpoint }: Side) => {
  assert.ok(endpoint.direct !== undefined);
  return endpoint.direct;
};
const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));
const UNREACHABLE = { code: "ERR_PEER_UNREACHABLE" };
const ARGUMENT = { code: "ERR_ARGUMENT" };

test("[DIR-3] [DIR-4] each side tells its platform what it wrote itself; an answer is for one offer, and works once", async () => {
  const [ada, ben] = [await side("Ada"), await side("Ben")];
  const first = await directOf(ada).offer();
  const stale = await directOf(ben).answer(first.text);
  stale.pairing.catch(() => {});
  const offer = await directOf(ada).offer();
  assert.equal(ada.peers[0]?.isClosed, true, "one at a time");
  const [view] = ada.endpoint.pairing.all.get();
  assert.deepEqual(view?.step, { at: "show-qr", uri: offer.text, expiresAt: offer.expiresAt });
  assert.equal(view?.id, offer.id);

  const answer = await directOf(ben).answer(` ${offer.text}\n`);
  await assert.rejects(stale.pairing, UNREACHABLE);
  for (const wrong of [stale.text, offer.text, answer.text.slice(0, -2), "kith:rtc/", ""])
    await assert.rejects(offer.accept(wrong), ARGUMENT);
  const accepted = offer.accept(answer.text);
  accepted.catch(() => {});
  answer.pairing.catch(() => {});
  await assert.rejects(offer.accept(answer.text), ARGUMENT);
  await settled();
  for (const [peer, setup] of [
    [ada.peers[1], "active"],
    [ben.peers[1], "actpass"],
  ] as const) {
    assert.ok(peer !== undefined);
    assert.ok(peer.remote[0]?.includes(`a=setup:${setup}\r\n`) && !peer.remote[0].includes("candidate"));
    assert.deepEqual(peer.remote.slice(1), ["candidate:1 1 udp 2130706431 192.168.1.2 4000 typ host"]);
  }
  await Promise.all([ada.endpoint.close(), ben.endpoint.close()]);
  await assert.rejects(accepted, UNREACHABLE);
  assert.ok([...ada.peers, ...ben.peers].every(({ isClosed }) => isClosed));
});

test("[DIR-7] who offered gives up 20 s after the answer, who answered at the offer's end", async () => {
  const [ada, ben] = [await side("Ada"), await side("Ben")];
  const offer = await directOf(ada).offer();
  const answer = await directOf(ben).answer(offer.text);
  const ends: string[] = [];
  void offer.accept(answer.text).catch(({ code }) => ends.push(`ada ${code}`));
  void answer.pairing.catch(({ code }) => ends.push(`ben ${code}`));
  for (const peer of [...ada.peers, ...ben.peers]) {
    peer.connectionState = "failed"; // the other one may be reading the answer still
    peer.dispatchEvent(new Event("connectionstatechange"));
  }
  for (const { clock } of [ada, ben]) clock.advance((DIRECT_CONNECT_TIMEOUT - 1) as typeof DIRECT_CONNECT_TIMEOUT);
  await settled();
  assert.deepEqual(ends, []);
  ada.clock.advance(seconds(1));
  await settled();
  assert.deepEqual(ends, ["ada ERR_PEER_UNREACHABLE"]);
  assert.deepEqual(ada.endpoint.pairing.all.get(), [], "and shows nothing any more");
  ben.clock.advance(minutes(10));
  await settled();
  assert.deepEqual(ends, ["ada ERR_PEER_UNREACHABLE", "ben ERR_PEER_UNREACHABLE"]);
  await Promise.all([ada.endpoint.close(), ben.endpoint.close()]);
});

test("[DIR-3] [DIR-5] what cannot be used is refused: old, our own, of a platform of another shape, without WebRTC", async () => {
  const [ada, ben, odd] = [
    await side("Ada"),
    await side("Ben"),
    await side("Odd", SDP.replace("a=mid:0", "a=mid:data")),
  ];
  const offer = await directOf(ada).offer();
  await assert.rejects(directOf(ada).answer(offer.text), ARGUMENT);
  await assert.rejects(directOf(ben).answer("kith:pair/AQ"), ARGUMENT);
  await assert.rejects(directOf(odd).offer(), UNREACHABLE);
  await assert.rejects(directOf(odd).answer(offer.text), UNREACHABLE);
  ben.clock.advance(minutes(60 * 24));
  await assert.rejects(directOf(ben).answer(offer.text), ARGUMENT);
  offer.cancel();
  await assert.rejects(offer.accept("kith:rtc/"), ARGUMENT);
  assert.deepEqual([ada.endpoint.pairing.all.get(), ada.peers[0]?.isClosed], [[], true]);
  const without = await createEndpoint({ name: "Without", transports: [] });
  assert.equal(without.direct, undefined);
  for (const { endpoint } of [ada, ben, odd]) await endpoint.close();
  await without.close();
});

test("[DIR-5] a side that finds no end of its addresses shows those that it has after DIRECT_GATHER_TIMEOUT", async () => {
  const ada = await side("Ada");
  const dispatch = SilentPeer.prototype.dispatchEvent;
  SilentPeer.prototype.dispatchEvent = function (event) {
    return (event as RTCPeerConnectionIceEvent).candidate === null ? true : dispatch.call(this, event);
  };
  let text = "";
  const offering = directOf(ada)
    .offer()
    .then((offer) => {
      text = offer.text;
    });
  await settled();
  assert.equal(text, "");
  ada.clock.advance(DIRECT_GATHER_TIMEOUT);
  await offering;
  SilentPeer.prototype.dispatchEvent = dispatch;
  assert.ok(text.startsWith("kith:rtc/"));
  await ada.endpoint.close();
});
