/**
 * What of WebRTC we use, as interfaces that a page's `RTCPeerConnection` has and others can have.
 *
 * @module
 */

export interface RtcIceServer {
  readonly urls: string | readonly string[];
  readonly username?: string;
  readonly credential?: string;
}

export interface WebRtcOptions {
  /** Makes a connection, that of the platform or one shaped like it; may throw, or reject. */
  readonly connect: (configuration: {
    iceServers: { urls: string[]; username?: string; credential?: string }[];
  }) => RtcPeerConnection | Promise<RtcPeerConnection>;
  /** STUN and TURN servers; none unless told: then only networks that the two share lead from one to the other. */
  readonly iceServers?: readonly RtcIceServer[];
  /** Whether {@link RtcPeerConnection.createOffer} can restart ICE; true unless told. */
  readonly canRestartIce?: boolean;
}

export interface RtcDescription {
  readonly type: RTCSdpType;
  readonly sdp?: string;
}

/** Of an `RTCPeerConnection`. */
export interface RtcPeerConnection {
  readonly connectionState: RTCPeerConnectionState;
  readonly sctp: { readonly maxMessageSize: number | null } | null;
  addEventListener(type: string, listener: (event: Event) => void): void;
  createDataChannel(label: string, options: { negotiated: true; id: number; ordered: boolean }): RtcDataChannel;
  createOffer(options?: { readonly iceRestart: boolean }): Promise<RtcDescription>;
  createAnswer(): Promise<RtcDescription>;
  setLocalDescription(description: { readonly type: "offer" | "answer"; readonly sdp: string }): Promise<void>;
  setRemoteDescription(description: { readonly type: "offer" | "answer"; readonly sdp: string }): Promise<void>;
  addIceCandidate(candidate: { readonly candidate: string; readonly sdpMid: string }): Promise<void>;
  close(): void;
}

/** Of an `RTCDataChannel`. */
export interface RtcDataChannel {
  binaryType: BinaryType;
  bufferedAmountLowThreshold: number;
  readonly bufferedAmount: number;
  readonly readyState: RTCDataChannelState;
  addEventListener(type: string, listener: (event: Event) => void): void;
  send(data: Uint8Array<ArrayBuffer>): void;
  close(): void;
}
