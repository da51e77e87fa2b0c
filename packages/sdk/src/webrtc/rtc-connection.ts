/**
 * One peer connection with one data channel, told step by step what to do; what the platform does with it comes back.
 * Steps are done one after the other, as platforms want them. Nothing that the platform calls throws: one of them ends
 * the process then. Holds no protocol rule.
 *
 * @module
 */
import { type Duration, type IceCandidate, millis, type OwnDescription } from "@kith/core";
import type { Clock } from "../clock.ts";
import type { RtcDataChannel, RtcDescription, RtcIceServer, RtcPeerConnection, WebRtcOptions } from "./rtc-api.ts";
import { RtcLink } from "./rtc-link.ts";

export interface RtcConnectionOptions {
  readonly isOfferer: boolean;
  /** What the other end is called. */
  readonly remote: string;
  readonly clock: Clock;
  readonly webRtc: WebRtcOptions;
  readonly iceServers: readonly RtcIceServer[];
  /** What handshakes on its link are bound to; asked when that is up. Nothing unless told. */
  readonly binding?: () => Uint8Array;
}

export interface RtcConnectionPort {
  described(description: OwnDescription): void;
  candidate(candidate: IceCandidate): void;
  applied(): void;
  state(state: "connected" | "disconnected" | "failed"): void;
  /** Its channel is open. */
  up(link: RtcLink): void;
  /** It is no more, whoever ended it. Once, last. */
  ended(): void;
}

/** Both ends know the channel without a word about it, so that it is open as soon as the connection is. */
const CHANNEL = { negotiated: true, id: 0, ordered: true } as const;

/** What a closed connection's channel has to say of that comes within this. */
const CLOSE_LATER_MAX: Duration = millis(500);

export class RtcConnection {
  readonly #options: RtcConnectionOptions;
  readonly #port: RtcConnectionPort;
  #connection: RtcPeerConnection | undefined; // held, as the channel: some implementations close what nobody refers to
  #channel: RtcDataChannel | undefined;
  #link: RtcLink | undefined;
  #steps: Promise<void> = Promise.resolve();
  #isOver = false;

  constructor(options: RtcConnectionOptions, port: RtcConnectionPort) {
    this.#options = options;
    this.#port = port;
    this.#enqueue(() => this.#begin());
    if (options.isOfferer) this.#offer(false);
  }

  // --- commands ---------------------------------------------------------------------------------

  /** The peer's description; an offer is answered. */
  apply({ type, sdp }: { readonly type: "offer" | "answer"; readonly sdp: string }): void {
    this.#step(async (connection) => {
      await connection.setRemoteDescription({ type, sdp });
      if (this.#isOver) return;
      this.#port.applied();
      if (type === "answer") return;
      // Not before: one implementation makes an offer of its own as soon as it has a channel.
      this.#openChannel(connection);
      await this.#describe(connection, await connection.createAnswer());
    });
  }

  addCandidate({ mid, candidate }: IceCandidate): void {
    if (candidate === "") return; // that there are no more is for platforms that wait; none of ours does
    this.#step(async (connection) => {
      try {
        await connection.addIceCandidate({ candidate, sdpMid: mid });
      } catch {
        // One address less: of a kind that this platform does not know, or of an exchange that is over.
      }
    });
  }

  restart(): void {
    this.#offer(true);
  }

  /** What its link has written leaves first. */
  close(): void {
    if (this.#link === undefined) this.#end();
    else this.#link.close();
  }

  // --- inside -----------------------------------------------------------------------------------

  async #begin(): Promise<void> {
    const { webRtc, iceServers } = this.#options;
    const connection = await webRtc.connect({
      iceServers: iceServers.map(({ urls, ...rest }) => ({ urls: [urls].flat(), ...rest })),
    });
    if (this.#isOver) return connection.close();
    this.#connection = connection;
    connection.addEventListener("icecandidate", (event) => this.#guard(() => this.#takeCandidate(event)));
    connection.addEventListener("connectionstatechange", () => this.#guard(() => this.#takeState(connection)));
    if (this.#options.isOfferer) this.#openChannel(connection);
  }

  #offer(iceRestart: boolean): void {
    this.#step(async (connection) =>
      this.#describe(connection, await connection.createOffer(...(iceRestart ? [{ iceRestart }] : []))),
    );
  }

  async #describe(connection: RtcPeerConnection, { type, sdp }: RtcDescription): Promise<void> {
    if (this.#isOver) return;
    if ((type !== "offer" && type !== "answer") || sdp === undefined) throw new Error("Cannot describe the connection");
    await connection.setLocalDescription({ type, sdp });
    const canRestart = this.#options.webRtc.canRestartIce ?? true;
    if (!this.#isOver) this.#port.described({ type, sdp, canRestart });
  }

  #openChannel(connection: RtcPeerConnection): void {
    if (this.#channel !== undefined) return; // ICE was restarted
    const channel = connection.createDataChannel("kith", CHANNEL);
    this.#channel = channel;
    channel.addEventListener("open", () => this.#guard(() => this.#takeOpen(connection, channel)));
    channel.addEventListener("close", () => this.#guard(() => this.#link === undefined && this.#end()));
    if (channel.readyState === "open") this.#takeOpen(connection, channel);
  }

  #takeOpen({ sctp }: RtcPeerConnection, channel: RtcDataChannel): void {
    if (this.#isOver || this.#link !== undefined) return;
    const { isOfferer: isOutgoing, remote, clock, binding } = this.#options;
    this.#link = new RtcLink({
      ...{ channel, clock, isOutgoing, remote, messageBytesMax: sctp?.maxMessageSize ?? undefined },
      binding: binding?.(),
      released: () => this.#end(),
    });
    this.#port.up(this.#link);
  }

  #takeCandidate(event: Event): void {
    if (this.#isOver) return;
    const { candidate } = event as RTCPeerConnectionIceEvent;
    const line = candidate?.candidate ?? "";
    this.#port.candidate({ mid: candidate?.sdpMid ?? "", candidate: line.replace(/^a=/, "") }); // node-datachannel's has it
  }

  #takeState({ connectionState: state }: RtcPeerConnection): void {
    if (this.#isOver) return;
    const isGone = state === "disconnected" || state === "failed" || state === "closed";
    if (isGone && this.#link?.isClosing === true) return this.#link.handleDown();
    if (state === "connected" || state === "disconnected" || state === "failed") this.#port.state(state);
    else if (state === "closed") this.#expectClose();
  }

  #step(run: (connection: RtcPeerConnection) => Promise<void>): void {
    this.#enqueue(async () => {
      if (this.#connection !== undefined) await run(this.#connection);
    });
  }

  #enqueue(run: () => Promise<void>): void {
    this.#steps = this.#steps.then(async () => {
      if (this.#isOver) return;
      try {
        await run();
      } catch {
        this.#fail(); // the platform makes no more of them, or does not take a description: this one comes to nothing
      }
    });
  }

  #guard(run: () => void): void {
    try {
      run();
    } catch {
      this.#fail();
    }
  }

  /** The channel says so too, after what came on it, which this may have overtaken. */
  #expectClose(): void {
    if (this.#link === undefined) return this.#end();
    this.#options.clock.schedule(CLOSE_LATER_MAX, () => this.#fail());
  }

  #fail(): void {
    if (this.#link === undefined) this.#end();
    else this.#link.handleDown();
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    try {
      this.#connection?.close();
    } catch {
      // It was gone.
    }
    this.#port.ended();
  }
}
