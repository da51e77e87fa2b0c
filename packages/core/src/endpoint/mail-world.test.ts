/** A relay that keeps items, and endpoints that come and go: what the tests of mail share. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { bytesToHex } from "../lib/hex.ts";
import type { RelayPlace } from "../relay/relay-card.ts";
import { acquaint, TestNet, type TestNode } from "./endpoint-fixture.test.ts";

interface Kept {
  readonly to: string;
  readonly from: Uint8Array;
  readonly id: Uint8Array;
  readonly sealed: Uint8Array;
  readonly until: number;
}

export type Mood = "keeps" | "fails" | "silent" | "keeps and says nothing";

const KEY_BYTES = 32;

export class PostOffice {
  readonly name: string;
  readonly net: TestNet;
  items: Kept[] = [];
  mood: Mood = "keeps";
  deposits = 0;
  taken = 0;
  /** How many outputs of each process were looked at. */
  readonly #seen = new Map<TestNode, number>();

  constructor(net: TestNet, name: string) {
    [this.net, this.name] = [net, name];
  }

  placeOf(node: TestNode): RelayPlace {
    const fill = (text: string): Uint8Array =>
      new Uint8Array(KEY_BYTES).map((_, at) => text.charCodeAt(at % text.length));
    return {
      address: `wss://${this.name}.example/`,
      relayKey: fill(this.name),
      ownKey: fill(`${this.name} ${node.name}`),
    };
  }

  /** Does what the processes that run asked for. True if there was something. */
  serve(): boolean {
    let isBusy = false;
    for (const node of this.net.nodes) {
      for (const output of node.outputs.slice(this.#seen.get(node) ?? 0)) {
        if (output.type === "deposit" && output.relay.address.includes(this.name)) {
          isBusy = true;
          this.deposits += 1;
          if (this.mood === "silent") continue;
          if (this.mood !== "fails") this.#keep(node, output);
          if (this.mood === "keeps and says nothing") continue;
          node.endpoint.mail.handleDeposited(output.deposit, this.mood === "keeps" ? "kept" : "failed", this.net.at);
        } else if (output.type === "itemTaken") {
          isBusy = true;
          const before = this.items.length;
          this.items = this.items.filter(({ id }) => bytesToHex(id) !== bytesToHex(output.id));
          this.taken += before - this.items.length;
        }
      }
      this.#seen.set(node, node.outputs.length);
    }
    return isBusy;
  }

  #keep(node: TestNode, order: Extract<TestNode["outputs"][number], { type: "deposit" }>): void {
    const to = bytesToHex(order.relay.ownKey);
    const from = this.placeOf(node).ownKey;
    const isKnown = this.items.some((item) => bytesToHex(item.id) === bytesToHex(order.id) && item.to === to);
    const until = this.net.now + order.lifetime;
    if (!isKnown) this.items.push({ to, from, id: order.id, sealed: order.sealed, until });
  }

  /** The process logs in: it gets what is kept for it, at most 64. */
  enter(node: TestNode): void {
    const own = bytesToHex(this.placeOf(node).ownKey);
    this.items = this.items.filter(({ until }) => until > this.net.now);
    for (const { to, from, id, sealed } of this.items.slice(0, 64))
      if (to === own) node.endpoint.mail.handleItem({ relay: 1, from, id }, sealed, this.net.at);
  }
}

export interface Village {
  readonly net: TestNet;
  readonly ada: TestNode;
  readonly ben: TestNode;
  readonly offices: readonly PostOffice[];
  readonly office: PostOffice;
  run(ms: number): void;
  /** The process ends, others notice. */
  leave(node: TestNode): void;
  /** It starts anew, and logs in. */
  come(node: TestNode): void;
  meet(): void;
}

/** Ada and Ben are contacts, use `count` relays, and have met. */
export function village(count = 1): Village {
  const net = new TestNet();
  const [ada, ben] = [net.node("ada"), net.node("ben")];
  const offices = Array.from({ length: count }, (_, index) => new PostOffice(net, `relay${index}`));
  const [office] = offices;
  assert.ok(office !== undefined);
  const run = (ms: number): void => {
    const end = net.now + ms;
    while (net.now < end) {
      net.run(Math.min(500, end - net.now));
      for (const each of offices) while (each.serve()) net.run(0);
    }
  };
  const use = (node: TestNode): void =>
    node.endpoint.mail.cards.setRelays(
      offices.map((each) => each.placeOf(node)),
      net.at,
    );
  const meet = (): void => {
    ada.endpoint.connect({ peer: ben.id, hints: [ben.hint] }, 1, net.at);
    run(3_000);
  };
  const leave = (node: TestNode): void => {
    net.leave(node);
    run(100);
  };
  const come = (node: TestNode): void => {
    node.restart();
    net.nodes.push(node);
    use(node);
    run(10);
    for (const each of offices) each.enter(node);
    run(1_000);
  };
  acquaint(ada, ben);
  for (const node of [ada, ben]) use(node);
  meet();
  return { net, ada, ben, offices, office, run, leave, come, meet };
}

test("the fixture's people have met, and have each other's cards", () => {
  const { ada, ben } = village();
  for (const [one, other] of [
    [ada, ben],
    [ben, ada],
  ] as const)
    assert.equal(one.endpoint.mail.cards.cardOf(other.id)?.relays.length, 1);
});
