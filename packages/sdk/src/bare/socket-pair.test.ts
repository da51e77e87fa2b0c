/** Two ends of a WebSocket that are one, for tests. */
import type { RelaySocket } from "../relay-connection.ts";

export class FakeSocket extends EventTarget implements RelaySocket {
  binaryType: BinaryType = "blob";
  bufferedAmount = 0;
  other: FakeSocket | undefined;
  #isOver = false;

  send(bytes: Uint8Array<ArrayBuffer>): void {
    const data = bytes.slice().buffer;
    queueMicrotask(() => this.other?.receive(data));
  }

  close(code: number): void {
    if (!this.#isOver) this.dispatchEvent(new Event("closed by us"));
    queueMicrotask(() => this.end(code)); // after what was sent
  }

  /** As when a cable is pulled: both ends see it at once. */
  cut(): void {
    this.end(1_006);
  }

  receive(data: unknown): void {
    if (!this.#isOver) this.dispatchEvent(new MessageEvent("message", { data }));
  }

  end(code: number): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.dispatchEvent(Object.assign(new Event("close"), { code }));
    this.other?.end(code);
  }
}

/** The near one opens, or finds nobody, a moment later. */
export function socketPair(isThere: boolean): readonly [near: FakeSocket, far: FakeSocket] {
  const [near, far] = [new FakeSocket(), new FakeSocket()];
  [near.other, far.other] = [far, near];
  queueMicrotask(() => (isThere ? near.dispatchEvent(new Event("open")) : near.cut()));
  return [near, far];
}
