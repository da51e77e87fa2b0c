/** A relay, its state and clients made of bytes, by hand: for the tests of this folder. */
import assert from "node:assert/strict";
import { createPrivateKey, createPublicKey, randomBytes, sign, verify } from "node:crypto";
import { nobleProvider } from "../crypto/noble-provider.ts";
import type { CryptoProvider } from "../crypto/provider.ts";
import { Secret } from "../crypto/secret.ts";
import { type Duration, instant, type WallTime, wallTime } from "../lib/time.ts";
import { textToBytes } from "../lib/utf8.ts";
import { MemoryRelayState } from "./memory-state.ts";
import { isTollPaid, loginBytes } from "./relay-login.ts";
import { type ClientMessage, decodeServerMessage, encodeClientMessage, type ServerMessage } from "./relay-message.ts";
import type { RelayEvent, RelayOutput } from "./relay-output.ts";
import { type RelayBounds, RelayServer, type RelayServerOptions } from "./relay-server.ts";
import type { RelayAnswer, RelayQuestion } from "./relay-state.ts";

export const CLAIM_CODE: Uint8Array = textToBytes("claim me");
const PKCS8 = Buffer.from("302e020100300506032b657004220420", "hex");
const SPKI = Buffer.from("302a300506032b6570032100", "hex");
/** Hundreds log in: signatures by Node, which is much faster. */
const quickProvider: CryptoProvider = {
  ...nobleProvider,
  ed25519PublicKey: (seed) =>
    new Uint8Array(createPublicKey(privateKey(seed)).export({ format: "der", type: "spki" })).slice(12),
  ed25519Sign: (seed, message) => new Uint8Array(sign(null, message, privateKey(seed))),
  ed25519Verify: (key, message, signature) =>
    verify(null, message, createPublicKey({ key: Buffer.concat([SPKI, key]), format: "der", type: "spki" }), signature),
};
const privateKey = (seed: Uint8Array): ReturnType<typeof createPrivateKey> =>
  createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: "der", type: "pkcs8" });

const NOTHING = new Uint8Array(0);
const START = 1_700_000_000_000;

export class RelayRig {
  readonly state: MemoryRelayState;
  readonly server: RelayServer;
  readonly events: RelayEvent[] = [];
  readonly others: RelayOutput[] = [];
  readonly asked: RelayQuestion[] = [];
  /** Asks that are not answered at once, when set. */
  held: { ask: number; question: RelayQuestion }[] | undefined;
  now = 0;
  isDrained = false;
  #next = 1;
  readonly #clients = new Map<number, RelayGuest>();

  constructor(
    bounds: Partial<RelayBounds> = {},
    options: Partial<RelayServerOptions> = {},
    state = new MemoryRelayState(nobleProvider.sha256(CLAIM_CODE)),
  ) {
    this.state = state;
    const at = this.at;
    const quick = { toll: { quiet: 2, busy: 6 }, ...bounds };
    this.server = new RelayServer({
      crypto: quickProvider,
      random: (length) => new Uint8Array(randomBytes(length)),
      seed: new Secret(new Uint8Array(32).fill(9)),
      at,
      bounds: quick,
      ...options,
    });
  }

  get at(): { now: ReturnType<typeof instant>; wall: WallTime } {
    return { now: instant(this.now), wall: wallTime(START + this.now) };
  }

  connect(source = "192.0.2.1"): RelayGuest {
    const guest = new RelayGuest(this, this.#next++);
    this.#clients.set(guest.id, guest);
    this.server.handleConnection(guest.id, source, this.at);
    this.run();
    return guest;
  }

  /** A client that is logged in. */
  login(seed: Uint8Array = new Uint8Array(randomBytes(32)), source?: string): RelayGuest {
    const guest = this.connect(source);
    guest.login(seed);
    assert.equal(guest.take("ready").length, 1, `not ready: ${JSON.stringify(guest.heard.map(({ type }) => type))}`);
    return guest;
  }

  /** Lets time pass, to each timeout on the way. */
  pass(time: Duration): void {
    const end = this.now + time;
    for (let next = this.server.nextTimeout(); next !== undefined && next <= end; next = this.server.nextTimeout()) {
      this.now = Math.max(this.now, next);
      this.server.handleTimeout(this.at);
      this.run();
    }
    this.now = end;
  }

  run(): void {
    for (let output = this.server.poll(); output !== undefined; output = this.server.poll()) {
      if (output.type === "ask") {
        this.asked.push(output.question);
        if (this.held === undefined) this.answer(output);
        else this.held.push(output);
      } else if (output.type === "event") this.events.push(output.event);
      else if (output.type === "drained") this.isDrained = true;
      else if (output.type === "pause") this.others.push(output);
      else {
        const client = this.#clients.get(output.connection);
        assert.ok(client !== undefined, "an output for nobody");
        if (output.type === "close") client.closing = output.code;
        client.pull();
        if (client.closing !== undefined && client.isReading) this.#close(client);
      }
    }
  }

  answer({ ask, question }: { ask: number; question: RelayQuestion }): void {
    this.server.handleAnswer(ask, this.answerTo(question), this.at);
  }

  answerTo(question: RelayQuestion): RelayAnswer {
    switch (question.type) {
      case "status":
        return { type: "status", text: "{}" };
      case "backup":
        return { type: "backup", name: "copy.db" };
      case "rotate":
        return { type: "rotate" };
      case "turn":
        return { type: "turn", credential: { password: "secret", urls: ["turn:192.0.2.9:3478"] } };
      default:
        return this.state.answer(question);
    }
  }

  drop(client: RelayGuest): void {
    client.isGone = true;
    this.#clients.delete(client.id);
    this.server.handleClosed(client.id, this.at);
    this.run();
  }

  #close(client: RelayGuest): void {
    if (client.isGone) return;
    client.isGone = true;
    this.#clients.delete(client.id);
    this.server.handleClosed(client.id, this.at);
  }
}

/** A connection, and whoever is at its other end. */
export class RelayGuest {
  readonly id: number;
  readonly heard: ServerMessage[] = [];
  /** Takes what is sent to it. */
  isReading = true;
  closing: number | undefined;
  isGone = false;
  key: Uint8Array = NOTHING;
  readonly #rig: RelayRig;

  constructor(rig: RelayRig, id: number) {
    this.#rig = rig;
    this.id = id;
  }

  say(message: ClientMessage): void {
    this.sayBytes(encodeClientMessage(message).slice());
  }

  sayBytes(bytes: Uint8Array): void {
    this.#rig.server.handleMessage(this.id, bytes, this.#rig.at);
    this.#rig.run();
  }

  login(seed: Uint8Array, pass: Uint8Array = NOTHING): void {
    this.key = quickProvider.ed25519PublicKey(seed);
    this.say({ type: "hello", version: 1, nonce: new Uint8Array(32).fill(1) });
    const [welcome] = this.take("welcome");
    if (welcome === undefined) return;
    const signature = quickProvider.ed25519Sign(seed, loginBytes(welcome.relayKey, welcome.nonce));
    this.say({ type: "login", key: this.key, signature, pass });
    const [toll] = this.take("toll");
    if (toll !== undefined) this.pay(toll);
  }

  pay({ bits, challenge }: { bits: number; challenge: Uint8Array }): void {
    let counter = 0;
    while (!isTollPaid(nobleProvider, challenge, counter, bits)) counter += 1;
    this.say({ type: "pay", counter });
  }

  forward(to: RelayGuest, ...payload: number[]): void {
    this.say({ type: "forward", to: to.key, payload: Uint8Array.from(payload) });
  }

  /** Takes what waits, as far as it reads. */
  pull(max = Number.POSITIVE_INFINITY): void {
    if (!this.isReading && max === Number.POSITIVE_INFINITY) return;
    for (let i = 0; i < max; i++) {
      const bytes = this.#rig.server.pollTransmit(this.id, 1);
      if (bytes === undefined) return;
      this.heard.push(structuredClone(decodeServerMessage(bytes)));
    }
  }

  /** What it heard of that type, and forgets it. */
  take<Type extends ServerMessage["type"]>(type: Type): Extract<ServerMessage, { type: Type }>[] {
    const isThat = (message: ServerMessage): message is Extract<ServerMessage, { type: Type }> => message.type === type;
    const found = this.heard.filter(isThat);
    for (const message of found) this.heard.splice(this.heard.indexOf(message), 1);
    return found;
  }
}
