// One peer connection, told step by step: what the platform is asked in which order, and what becomes of its refusals.
import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock } from "../testing/fake-clock.ts";
import type { RtcDataChannel, RtcDescription, RtcPeerConnection } from "./rtc-api.ts";
import { RtcConnection } from "./rtc-connection.ts";

class FakeChannel extends EventTarget implements RtcDataChannel {
  binaryType: BinaryType = "blob";
  bufferedAmountLowThreshold = 0;
  readonly bufferedAmount = 0;
  readyState: RTCDataChannelState = "connecting";
  send(): void {}
  close(): void {
    this.readyState = "closed";
    this.dispatchEvent(new Event("close"));
  }
  open(): void {
    this.readyState = "open";
    this.dispatchEvent(new Event("open"));
  }
}

/** A platform that writes down what it is asked, and refuses what `refuses` names. */
class FakePeer extends EventTarget implements RtcPeerConnection {
  connectionState: RTCPeerConnectionState = "new";
  readonly sctp = { maxMessageSize: 20_000 };
  readonly asked: string[] = [];
  readonly channel = new FakeChannel();
  refuses = "";

  #ask(what: string): void {
    this.asked.push(what);
    if (what.startsWith(this.refuses) && this.refuses !== "") throw new Error(`refused ${what}`);
  }
  createDataChannel(): RtcDataChannel {
    this.#ask("channel");
    return this.channel;
  }
  async createOffer(options?: { readonly iceRestart: boolean }): Promise<RtcDescription> {
    this.#ask(options?.iceRestart === true ? "offer again" : "offer");
    return { type: "offer", sdp: "own offer" };
  }
  async createAnswer(): Promise<RtcDescription> {
    this.#ask("answer");
    return { type: "answer", sdp: "own answer" };
  }
  async setLocalDescription({ sdp }: { sdp: string }): Promise<void> {
    this.#ask(`local ${sdp}`);
  }
  async setRemoteDescription({ sdp }: { sdp: string }): Promise<void> {
    this.#ask(`remote ${sdp}`);
  }
  async addIceCandidate({ candidate, sdpMid }: { candidate: string; sdpMid: string }): Promise<void> {
    this.#ask(`candidate ${candidate} ${sdpMid}`);
  }
  close(): void {
    this.asked.push("close");
  }
  gather(candidate: unknown): void {
    this.dispatchEvent(Object.assign(new Event("icecandidate"), { candidate }));
  }
  become(state: RTCPeerConnectionState): void {
    this.connectionState = state;
    this.dispatchEvent(new Event("connectionstatechange"));
  }
}

const steps = async (): Promise<void> => {
  for (let i = 0; i < 30; i++) await Promise.resolve();
};

async function rig({ isOfferer = true, refuses = "", throws = "" } = {}) {
  const peer = new FakePeer();
  peer.refuses = refuses;
  const said: unknown[] = [];
  const say = (what: unknown): void => {
    said.push(what);
    if (what === throws) throw new Error("ours");
  };
  const servers = [{ urls: "stun:a" }, { urls: ["turn:b", "turn:c"], username: "u", credential: "p" }];
  let configuration: unknown;
  const clock = new FakeClock();
  const webRtc = {
    connect: (given: unknown) => {
      configuration = given;
      if (refuses === "connect") throw new Error("too many");
      return peer;
    },
    canRestartIce: false,
  };
  const connection = new RtcConnection(
    { isOfferer, remote: "webrtc 00", clock, webRtc, iceServers: servers },
    {
      described: (description) => say(description),
      candidate: (candidate) => say(candidate),
      applied: () => say("applied"),
      state: (state) => say(state),
      up: (link) => say(`up ${link.recordBytesMax}`),
      ended: () => say("ended"),
    },
  );
  await steps();
  return { peer, said, connection, configuration, clock };
}

test("RtcConnection: an offerer makes its channel first, and takes the answer", async () => {
  const { peer, said, connection, configuration } = await rig();
  assert.deepEqual(peer.asked, ["channel", "offer", "local own offer"]);
  assert.deepEqual(said, [{ type: "offer", sdp: "own offer", canRestart: false }]);
  assert.deepEqual(configuration, {
    iceServers: [{ urls: ["stun:a"] }, { urls: ["turn:b", "turn:c"], username: "u", credential: "p" }],
  });
  connection.apply({ type: "answer", sdp: "theirs" });
  connection.addCandidate({ mid: "0", candidate: "candidate:1" });
  connection.addCandidate({ mid: "", candidate: "" });
  await steps();
  assert.deepEqual(peer.asked.slice(3), ["remote theirs", "candidate candidate:1 0"]);
  assert.equal(said.at(-1), "applied");
  peer.channel.open();
  assert.equal(said.at(-1), "up 20000");
});

test("RtcConnection: an answerer makes its channel after the offer is applied, once", async () => {
  const { peer, said, connection } = await rig({ isOfferer: false });
  assert.deepEqual(peer.asked, []);
  connection.apply({ type: "offer", sdp: "theirs" });
  await steps();
  assert.deepEqual(peer.asked, ["remote theirs", "channel", "answer", "local own answer"]);
  assert.deepEqual(said, ["applied", { type: "answer", sdp: "own answer", canRestart: false }]);
  connection.apply({ type: "offer", sdp: "again" });
  await steps();
  assert.deepEqual(peer.asked.slice(4), ["remote again", "answer", "local own answer"]);
});

test("[SIG-11] RtcConnection: a restart is an offer with new credentials", async () => {
  const { peer, connection } = await rig();
  connection.restart();
  await steps();
  assert.deepEqual(peer.asked.slice(3), ["offer again", "local own offer"]);
});

test("RtcConnection: candidates and states are told as they come, one library's spelling put right", async () => {
  const { peer, said } = await rig();
  peer.gather({ candidate: "a=candidate:1", sdpMid: "0" });
  peer.gather({ candidate: "candidate:2", sdpMid: null });
  peer.gather(null);
  for (const state of ["connecting", "connected", "disconnected", "failed"] as const) peer.become(state);
  assert.deepEqual(said.slice(1), [
    { mid: "0", candidate: "candidate:1" },
    { mid: "", candidate: "candidate:2" },
    { mid: "", candidate: "" },
    ...["connected", "disconnected", "failed"],
  ]);
});

test("RtcConnection: whatever the platform refuses ends it, once; but an address that it cannot use does not", async () => {
  for (const refuses of ["connect", "channel", "offer", "local", "remote"]) {
    const { peer, said, connection } = await rig({ refuses });
    connection.apply({ type: "answer", sdp: "theirs" });
    await steps();
    connection.close();
    assert.deepEqual(said.filter((what) => what === "ended").length, 1, refuses);
    assert.equal(peer.asked.filter((what) => what === "close").length, refuses === "connect" ? 0 : 1);
  }
  const { said, connection } = await rig({ refuses: "candidate" });
  connection.apply({ type: "answer", sdp: "theirs" });
  connection.addCandidate({ mid: "0", candidate: "candidate:1" });
  await steps();
  assert.equal(said.at(-1), "applied");
});

test("RtcConnection: nothing that the platform calls throws, whatever we do with it", async () => {
  for (const throws of ["connected", "up 20000"]) {
    const { peer, said } = await rig({ throws });
    if (throws === "connected") peer.become("connected");
    else peer.channel.open();
    await steps();
    assert.ok(said.includes(throws) && peer.asked.includes("close"), throws);
  }
});

test("RtcConnection: closed before it began, it is closed as soon as it is there", async () => {
  const peer = new FakePeer();
  let ended = 0;
  let give: (peer: FakePeer) => void = () => {};
  const connect = (): Promise<FakePeer> => new Promise((resolve) => (give = resolve));
  const nothing = (): void => {};
  const connection = new RtcConnection(
    { isOfferer: true, remote: "", clock: new FakeClock(), webRtc: { connect }, iceServers: [] },
    {
      described: nothing,
      candidate: nothing,
      applied: nothing,
      state: nothing,
      up: nothing,
      ended: () => void ended++,
    },
  );
  await steps();
  connection.close();
  give(peer);
  await steps();
  assert.deepEqual([peer.asked, ended], [["close"], 1]);
});

test("RtcConnection: a link that closes holds its connection until the platform says that the peer has gone", async () => {
  for (const state of ["disconnected", "failed", "closed"] as const) {
    const { peer, said, connection } = await rig();
    peer.channel.open();
    connection.close();
    await steps();
    assert.ok(!said.includes("ended"));
    peer.become(state);
    assert.deepEqual([said.at(-1), peer.asked.at(-1)], ["ended", "close"]);
  }
});

test("RtcConnection: when its channel or the platform's connection ends, so does it", async () => {
  for (const how of ["before", "up", "closed", "closed before"]) {
    const { peer, said, clock } = await rig();
    if (how === "up" || how === "closed") peer.channel.open();
    if (how.startsWith("closed")) peer.become("closed");
    else peer.channel.close();
    await steps();
    if (how === "closed") {
      assert.ok(!said.includes("ended"), "the channel's own word comes after what came on it");
      clock.advance(500);
    }
    assert.deepEqual([said.filter((what) => what === "ended").length, peer.asked.at(-1)], [1, "close"], how);
  }
});
