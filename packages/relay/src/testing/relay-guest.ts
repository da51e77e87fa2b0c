/** A client of a real relay that says what it is told to, message by message, over Node's own WebSocket. */
import {
  type ClientMessage,
  decodeServerMessage,
  encodeClientMessage,
  loginBytes,
  type ServerMessage,
  searchToll,
} from "@kith/core";
import { relayProvider, systemRandom } from "../relay-crypto.ts";

/** Messages that can have that type: some share one shape. */
type Heard<Type, Message = ServerMessage> = Message extends { readonly type: infer Types }
  ? Type extends Types
    ? Message
    : never
  : never;

const NOTHING = new Uint8Array(0);

export class RelayGuest {
  readonly seed: Uint8Array;
  readonly key: Uint8Array;
  readonly socket: WebSocket;
  /** With what code it ended. */
  readonly closed: Promise<number>;
  readonly heard: ServerMessage[] = [];
  #isClosed = false;
  #wake: () => void = () => {};

  constructor(port: number, seed: Uint8Array = systemRandom(32)) {
    this.seed = seed;
    this.key = relayProvider.ed25519PublicKey(seed);
    this.socket = new WebSocket(`ws://127.0.0.1:${port}/kith/1`);
    this.socket.binaryType = "arraybuffer";
    this.socket.onmessage = ({ data }) => {
      this.heard.push(decodeServerMessage(new Uint8Array(data)));
      this.#wake();
    };
    this.closed = new Promise((resolve) => {
      this.socket.onclose = ({ code }) => {
        this.#isClosed = true;
        this.#wake();
        resolve(code);
      };
    });
    this.socket.onerror = () => {};
  }

  /** One that is logged in. */
  static async login(port: number, seed?: Uint8Array, pass?: Uint8Array): Promise<RelayGuest> {
    const guest = new RelayGuest(port, seed);
    await guest.login(pass);
    return guest;
  }

  async login(pass: Uint8Array = NOTHING): Promise<Heard<"ready">> {
    await new Promise((resolve) => {
      this.socket.onopen = resolve;
      if (this.socket.readyState === WebSocket.OPEN) resolve(undefined);
    });
    this.say({ type: "hello", version: 1, nonce: systemRandom(32) });
    const { relayKey, nonce } = await this.hear("welcome");
    const signature = relayProvider.ed25519Sign(this.seed, loginBytes(relayKey, nonce));
    this.say({ type: "login", key: this.key, signature, pass });
    const answer = await this.hear("ready", "toll", "refused");
    if (answer.type === "refused") throw new Error(`refused: ${answer.reason}`);
    if (answer.type === "ready") return answer;
    const counter = searchToll(answer.challenge, answer.bits, 0, 2 ** 30);
    if (counter === undefined) throw new Error("no counter pays");
    this.say({ type: "pay", counter });
    return this.hear("ready");
  }

  say(message: ClientMessage): void {
    this.socket.send(encodeClientMessage(message) as Uint8Array<ArrayBuffer>);
  }

  /** The next message of one of these types; others stay in {@link heard}. */
  async hear<Type extends ServerMessage["type"]>(...types: readonly Type[]): Promise<Heard<Type>> {
    for (;;) {
      const index = this.heard.findIndex(({ type }) => types.some((wanted) => wanted === type));
      const [message] = index < 0 ? [] : this.heard.splice(index, 1);
      if (message !== undefined) return message as Heard<Type>;
      if (this.#isClosed) throw new Error(`closed while waiting for ${types.join()}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  close(): Promise<number> {
    this.socket.close();
    return this.closed;
  }
}
