/**
 * Whoever uses a host in a simulated world: writes, offers files, says yes, reads slowly. What a
 * program on top of the endpoint would do.
 *
 * @module
 */
import {
  CHANNEL_CLASS,
  type ChannelOutput,
  type ChatMessageId,
  type EndpointOutput,
  newTransferId,
  type SessionEntry,
  textToBytes,
} from "@kith/core";
import { type Ledger, PLAINTEXT_MARK, type Stream, Violation } from "./ledger.ts";
import type { SimNetwork } from "./network.ts";
import type { SimHost } from "./sim-host.ts";
import type { SimRandom } from "./sim-random.ts";

export const STREAM_PROTOCOL = "sim/1";
const STREAM_HEADER_BYTES = 8;

export class Person {
  readonly host: SimHost;
  readonly #net: SimNetwork;
  readonly #ledger: Ledger;
  readonly #random: SimRandom;
  /** Longest wait before an answer, or before what came is read. */
  readonly #slowness: number;
  readonly #sending = new Map<string, { stream: Stream; size: number }>(); // by session and channel
  readonly #asked = new Set<string>();
  readonly #requests = new Map<number, (session: SessionEntry) => void>();
  #nextRequest = 1;

  constructor(net: SimNetwork, ledger: Ledger, host: SimHost, slowness: number) {
    this.host = host;
    this.#net = net;
    this.#ledger = ledger;
    this.#random = net.random.fork(`person ${host.name}`);
    this.#slowness = slowness;
    host.onOutput = (output) => this.#handle(output);
  }

  /** False: its device is off, or does not trust `to`. */
  say(to: Person): boolean {
    const { endpoint, isAwake, at } = this.host;
    if (endpoint === undefined || !isAwake || !endpoint.trust.isContact(to.host.id)) return false;
    const text = this.#ledger.nextText(this.host, to.host, this.#random.pick([0, 0, 0, 0, 0, 20, 100, 15_000]));
    endpoint.conversations.sendText(to.host.id, text, at);
    if (this.#random.chance(0.2)) endpoint.conversations.setTyping(to.host.id, true, at);
    this.host.touch();
    return true;
  }

  offer(to: Person, sizes: readonly number[]): boolean {
    const { endpoint, isAwake, at, disk } = this.host;
    if (endpoint === undefined || !isAwake || !endpoint.trust.isContact(to.host.id)) return false;
    const id = newTransferId(this.#random.source);
    const contents = sizes.map((size, index) => fileContent(`${id}${index}`, size));
    for (const [index, content] of contents.entries()) disk.shelf.set(`${id}/${index}`, content);
    const manifest = sizes.map((size, index) => ({
      path: `${PLAINTEXT_MARK}/${index}`,
      kind: "file" as const,
      size,
      mode: 0o644,
      modified: at.wall,
    }));
    const key = endpoint.transfers.send(to.host.id, { id, offeredAt: at.wall, source: textToBytes(id), manifest });
    if (key === undefined) return false;
    this.#ledger.offers.push({ from: this.host, to: to.host, key, contents, isGivenUp: false });
    this.host.touch();
    return true;
  }

  /** Reaches whoever is at `address`. */
  meet(address: string, then: (session: SessionEntry) => void): void {
    const { endpoint, isAwake, at } = this.host;
    if (endpoint === undefined || !isAwake) return;
    const request = this.#nextRequest++;
    this.#requests.set(request, then);
    endpoint.connect({ peer: undefined, hints: [address] }, request, at);
    this.host.touch();
  }

  /** `count` numbered messages on a channel of the program's own, if a session is there. */
  stream(to: Person, count: number, size: number): boolean {
    const { endpoint, isAwake } = this.host;
    const session = isAwake ? endpoint?.sessionOf(to.host.id) : undefined;
    if (endpoint === undefined || session === undefined) return false;
    const channelClass = this.#random.chance(0.5) ? CHANNEL_CLASS.bulk : CHANNEL_CLASS.interactive;
    const channel = endpoint.openChannel(session.id, STREAM_PROTOCOL, channelClass);
    if (channel === undefined) return false;
    const number = this.#ledger.streams.size;
    const lives = [this.host.lives, to.host.lives] as const;
    const stream: Stream = { number, from: this.host, to: to.host, lives, count, sent: 0, heard: 0, isOver: false };
    this.#ledger.streams.set(number, stream);
    this.#sending.set(keyOf(session, channel, this.host), { stream, size });
    this.#push(session, channel);
    this.host.touch();
    return true;
  }

  #handle(output: EndpointOutput): void {
    switch (output.type) {
      case "chat":
        if (output.event.type === "message") this.#hear(output.peer, output.event);
        return;
      case "changed":
        if (output.what === "transfers") this.#lookAtOffers();
        return;
      case "connected":
        this.#requests.get(output.request)?.(output.session);
        this.#requests.delete(output.request);
        return;
      case "connectFailed":
        this.#requests.delete(output.request);
        return;
      case "channel":
        return this.#handleChannel(output.session, output.output);
      case "sessionOver":
        for (const [key, { stream }] of this.#sending) {
          if (!key.startsWith(`${this.host.lives} ${output.session.id} `)) continue;
          stream.isOver = true;
          this.#sending.delete(key);
        }
    }
  }

  #hear(peer: string, { id, text }: { id: ChatMessageId; text: string }): void {
    const from = this.#net.hosts.find((host) => host.id === peer);
    if (from === undefined) throw new Violation(`${this.host.name} hears a stranger`);
    this.#ledger.hear(this.host, from, id, text);
    if (this.#random.chance(0.3)) {
      const { endpoint, at } = this.host;
      endpoint?.conversations.markRead(from.id, [id], at);
    }
  }

  #lookAtOffers(): void {
    const { endpoint, lives } = this.host;
    if (endpoint === undefined) return;
    for (const { key, stage, isOutgoing } of endpoint.transfers.states) {
      if (stage !== "offered" || isOutgoing || this.#asked.has(`${lives} ${key}`)) continue;
      this.#asked.add(`${lives} ${key}`);
      this.#later(() => {
        const accepted = this.host.endpoint?.transfers.accept(key, this.host.at.wall) ?? false;
        if (!accepted) this.#asked.delete(`${lives} ${key}`);
      });
    }
  }

  #handleChannel(session: SessionEntry, output: ChannelOutput): void {
    const { channel } = output;
    const key = keyOf(session, channel, this.host);
    if (output.type === "writable") this.#push(session, channel);
    else if (output.type === "finished") this.#finish(session, channel);
    else if (output.type === "reset") this.#end(key);
    else if (output.type === "messages") {
      const isHonest = this.#net.hosts.some(({ id, isHonest }) => isHonest && id === session.stack.peer);
      for (const message of isHonest ? output.messages : []) {
        const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
        this.#ledger.hearStream(this.host, session.stack.peer, view.getUint32(0), view.getUint32(4));
      }
      const { bytes } = output;
      this.#later(() => {
        if (!session.stack.isOver) session.stack.consumed(channel, bytes);
      });
    }
  }

  #push(session: SessionEntry, channel: number): void {
    const sending = this.#sending.get(keyOf(session, channel, this.host));
    if (sending === undefined) return;
    const { stream, size } = sending;
    while (stream.sent < stream.count) {
      const message = new Uint8Array(STREAM_HEADER_BYTES + size);
      message.set(MARK.subarray(0, size), STREAM_HEADER_BYTES);
      const view = new DataView(message.buffer);
      view.setUint32(0, stream.number);
      view.setUint32(4, stream.sent);
      if (!session.stack.send(channel, message)) return;
      stream.sent += 1;
    }
    session.stack.finish(channel);
  }

  /** The other side sends no more, and neither do we on a channel that it opened. */
  #finish(session: SessionEntry, channel: number): void {
    if (!this.#sending.has(keyOf(session, channel, this.host)) && !session.stack.isOver) session.stack.finish(channel);
  }

  #end(key: string): void {
    const sending = this.#sending.get(key);
    if (sending !== undefined) sending.stream.isOver = true;
    this.#sending.delete(key);
  }

  /** Does `run` in this process after a while, if it still lives and is awake then. */
  #later(run: () => void): void {
    const { lives } = this.host;
    const attempt = (): void => {
      if (this.host.lives !== lives || this.host.endpoint === undefined) return;
      if (!this.host.isAwake) return this.#net.at(this.#net.now + 1_000, attempt);
      run();
      this.host.touch();
    };
    if (this.#slowness === 0) attempt();
    else this.#net.at(this.#net.now + this.#random.float() * this.#slowness, attempt);
  }
}

const MARK = textToBytes(PLAINTEXT_MARK);

const keyOf = (session: SessionEntry, channel: number, host: SimHost): string =>
  `${host.lives} ${session.id} ${channel}`;

function fileContent(name: string, size: number): Uint8Array {
  const content = Buffer.alloc(size, `${PLAINTEXT_MARK} ${name} `);
  for (let i = 0; i < size; i += 4_096) content.writeUInt8((i >> 12) & 0xff, i); // no two chunks alike
  return content;
}
