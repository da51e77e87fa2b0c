/**
 * What every contender must do, so that all run the same scenarios: listen, dial, move bytes.
 * `write` returns false when the caller should wait for `drain`; both ends see a byte stream, or,
 * where the contender keeps them, messages.
 *
 * @module
 */
export interface Pipe {
  write(bytes: Uint8Array): boolean;
  drain(): Promise<void>;
  /** Chunks of the stream or, of a message pipe, whole messages. The array may be reused after the call. */
  onData(handler: (bytes: Uint8Array) => void): void;
  close(): Promise<void>;
}

export interface Contender {
  readonly name: string;
  /** Takes pipes; resolves to what {@link dial} needs to know, as text. */
  listen(onPipe: (pipe: Pipe, kind: PipeKind) => void): Promise<string>;
  /** Opens a new secure connection with one pipe on it: mutual authentication included. */
  dial(address: string, kind: PipeKind): Promise<Pipe>;
  /** True if `messages` pipes keep message boundaries by themselves; else a 4-byte prefix is put around. */
  readonly keepsMessages: boolean;
  stop(): Promise<void>;
}

export type PipeKind = "stream" | "messages";

/** Puts a 4-byte length before each message and cuts the stream again: what a program on a byte stream does. */
export function prefixed(pipe: Pipe): Pipe {
  return {
    write(bytes) {
      const whole = Buffer.allocUnsafe(4 + bytes.length);
      whole.writeUInt32BE(bytes.length);
      whole.set(bytes, 4);
      return pipe.write(whole);
    },
    drain: () => pipe.drain(),
    onData(handler) {
      let kept: Buffer = Buffer.alloc(0);
      pipe.onData((chunk) => {
        const bytes =
          kept.length === 0 ? Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length) : Buffer.concat([kept, chunk]);
        let at = 0;
        while (bytes.length - at >= 4) {
          const length = bytes.readUInt32BE(at);
          if (bytes.length - at - 4 < length) break;
          handler(bytes.subarray(at + 4, at + 4 + length));
          at += 4 + length;
        }
        kept = Buffer.from(bytes.subarray(at));
      });
    },
    close: () => pipe.close(),
  };
}

/** The message pipe of a contender, whatever it takes. */
export const messagesOver = (contender: Contender, pipe: Pipe): Pipe =>
  contender.keepsMessages ? pipe : prefixed(pipe);
