/** A WebRTC connection as if a long, slow line lay between its ends: what a channel of it sends takes its time. */
import type { RtcDataChannel, RtcPeerConnection } from "../webrtc/rtc-api.ts";

export interface LongLine {
  readonly latencyMs: number;
  /** Of each connection. */
  readonly bytesPerMs: number;
}

export interface LinedConnection {
  readonly connection: RtcPeerConnection;
  /** Bytes that its channel was given. */
  readonly sent: () => number;
}

export function overLongLine(real: RtcPeerConnection, line: LongLine): LinedConnection {
  let channel: LongChannel | undefined;
  const connection = new Proxy(real, {
    get(target, name) {
      if (name === "createDataChannel")
        return (...about: Parameters<RtcPeerConnection["createDataChannel"]>) => {
          channel = new LongChannel(target.createDataChannel(...about), line);
          return channel;
        };
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  return { connection, sent: () => channel?.sent ?? 0 };
}

class LongChannel implements RtcDataChannel {
  readonly #real: RtcDataChannel;
  readonly #line: LongLine;
  readonly #lows: ((event: Event) => void)[] = [];
  readonly #underWay: Uint8Array<ArrayBuffer>[] = [];
  bufferedAmount = 0;
  bufferedAmountLowThreshold = 0;
  sent = 0;
  #freeAt = 0;

  constructor(real: RtcDataChannel, line: LongLine) {
    this.#real = real;
    this.#line = line;
  }

  get binaryType(): BinaryType {
    return this.#real.binaryType;
  }

  set binaryType(type: BinaryType) {
    this.#real.binaryType = type;
  }

  get readyState(): RTCDataChannelState {
    return this.#real.readyState;
  }

  addEventListener(type: string, listener: (event: Event) => void): void {
    if (type === "bufferedamountlow") this.#lows.push(listener);
    else this.#real.addEventListener(type, listener);
  }

  send(data: Uint8Array<ArrayBuffer>): void {
    const { latencyMs, bytesPerMs } = this.#line;
    const now = performance.now();
    this.#underWay.push(data.slice());
    this.sent += data.length;
    this.bufferedAmount += data.length;
    this.#freeAt = Math.max(now, this.#freeAt) + data.length / bytesPerMs;
    setTimeout(() => this.#leave(), this.#freeAt - now + latencyMs);
  }

  close(): void {
    this.#real.close();
  }

  /** Timers within a millisecond may go off in another order than packets leave in. */
  #leave(): void {
    const packet = this.#underWay.shift();
    if (packet === undefined) return;
    const before = this.bufferedAmount;
    this.bufferedAmount -= packet.length;
    try {
      this.#real.send(packet);
    } catch {
      return; // its connection ended meanwhile: what was under way is lost
    }
    const isLow = before > this.bufferedAmountLowThreshold && this.bufferedAmount <= this.bufferedAmountLowThreshold;
    if (isLow) for (const tell of this.#lows) tell(new Event("bufferedamountlow"));
  }
}
