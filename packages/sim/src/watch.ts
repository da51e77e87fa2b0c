/**
 * What must hold in every simulated world at every step, whatever the weather does and whoever lies:
 * no plaintext on a cable, nobody unauthorised heard, nothing over its bound, no honest peer accused.
 *
 * @module
 */
import { CLOSE, type Endpoint, type EndpointOutput, peerIdToBytes } from "@kith/core";
import { PLAINTEXT_MARK, Violation } from "./ledger.ts";
import type { SimNetwork, Watcher } from "./network.ts";
import type { SimHost } from "./sim-host.ts";

export class Watch implements Watcher {
  readonly #net: SimNetwork;
  readonly #marks: Buffer[] = [Buffer.from(PLAINTEXT_MARK)];
  /** Somebody may lead people to another than they meant: they say so, and that is all. */
  mayAlarm = false;
  alarms = 0;
  /** Others who see every packet. */
  readonly onPacket: ((bytes: Uint8Array, from: string) => void)[] = [];

  constructor(net: SimNetwork) {
    this.#net = net;
    net.watcher = this;
  }

  /** From now on this host is watched: its identity is never seen on a cable either. */
  add(host: SimHost): void {
    if (!host.isHonest) return;
    this.#marks.push(Buffer.from(peerIdToBytes(host.id)));
    host.onTurn = (endpoint) => assertBounded(host, endpoint);
    const person = host.onOutput;
    host.onOutput = (output) => {
      this.#judge(host, output);
      person(output);
    };
  }

  handlePacket(bytes: Uint8Array, from: string, to: string): void {
    const packet = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (const mark of this.#marks) {
      if (packet.includes(mark)) throw new Violation(`plaintext or an identity from ${from} to ${to}`);
    }
    for (const see of this.onPacket) see(bytes, from);
  }

  handleLife(_host: SimHost): void {}

  #judge(host: SimHost, output: EndpointOutput): void {
    switch (output.type) {
      case "chat":
      case "file":
        this.#assertTrusted(host, output.type === "chat" ? output.peer : output.key.slice(0, 64));
        return;
      case "channel":
        this.#assertTrusted(host, output.session.stack.peer);
        return;
      case "sessionOver": {
        const peer = this.#net.hosts.find(({ id }) => id === output.session.stack.peer);
        if (peer?.isHonest === true && output.reason === CLOSE.protocolError) {
          throw new Violation(`${host.name} and ${peer.name}, both honest, break the protocol`);
        }
        return;
      }
      case "keyChanged":
        this.alarms += 1;
        if (!this.mayAlarm) throw new Violation(`${host.name} is told of a changed key`);
        return;
      case "note":
        if (TWINS.has(output.code)) throw new Violation(`${host.name} is told that somebody ${output.code}`);
    }
  }

  #assertTrusted(host: SimHost, peer: string): void {
    const friend = this.#net.hosts.find(({ id }) => id === peer);
    if (friend === undefined || host.endpoint?.trust.isContact(friend.id) !== true) {
      throw new Violation(`${host.name} deals with ${friend?.name ?? "somebody"}, whom it does not trust`);
    }
  }
}

/** What is said of an identity that runs twice. Here each runs once, however often it starts anew. */
const TWINS: ReadonlySet<string> = new Set(["runs-twice", "runs-elsewhere"]);

/** What no honest endpoint may ever hold more of, whoever comes: with a few contacts, far below `wire/limits.ts`. */
const BOUNDS: Readonly<Record<keyof Endpoint["census"], number>> = {
  links: 512,
  sessions: 128,
  closing: 64,
  doors: 400,
  dials: 64,
  resumable: 64,
  targets: 64,
  requests: 64,
  transfers: 128,
  untold: 0,
};

function assertBounded(host: SimHost, { census }: Endpoint): void {
  for (const [name, count] of Object.entries(census)) {
    if (count > BOUNDS[name as keyof typeof BOUNDS]) throw new Violation(`${host.name} holds ${count} ${name}`);
  }
}
