/** WebRTC connections between the nodes of a {@link TestNet}, as platforms would make them. */
import type { TestNet, TestNode } from "./endpoint-fixture.test.ts";
import type { RtcOrder } from "./signal-desk.ts";

export const SDP = "v=0\r\na=fingerprint:sha-256 AB:CD\r\nm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n";

/** Platforms of all nodes: connections come up when both descriptions are in force, unless there is no way. */
export class Platforms {
  readonly net: TestNet;
  readonly #done = new Map<TestNode, number>(); // outputs looked at
  readonly #open = new Map<string, { dial: number | undefined; isReady: boolean; isOfferer: boolean }>();
  isUdpBlocked = false;
  opened = 0;

  constructor(net: TestNet) {
    this.net = net;
  }

  run(ms: number): void {
    for (const end = this.net.now + ms; this.net.now < end; ) {
      this.net.run(20);
      for (const node of this.net.nodes) this.#carry(node);
    }
  }

  #carry(node: TestNode): void {
    const all = node.of("rtc");
    for (const { order } of all.slice(this.#done.get(node) ?? 0)) this.#do(node, order);
    this.#done.set(node, all.length);
  }

  #do(node: TestNode, order: RtcOrder): void {
    const { connection } = order;
    const { signals } = node.endpoint;
    const name = `${node.name} ${connection}`;
    const own = this.#open.get(name);
    const describe = (type: "offer" | "answer"): void =>
      signals.handleDescribed(connection, { type, sdp: SDP, canRestart: false }, node.at.now);
    if (order.type === "open") {
      this.opened += 1;
      this.#open.set(name, { dial: order.dial, isReady: false, isOfferer: order.isOfferer });
      if (order.isOfferer) describe("offer");
    } else if (order.type === "apply" && own !== undefined) {
      own.isReady = true;
      signals.handleApplied(connection, node.at.now);
      if (order.description.type === "offer") describe("answer");
      this.#connect();
    } else if (order.type === "close") this.#open.delete(name);
  }

  #connect(): void {
    if (this.isUdpBlocked) return;
    const ready = [...this.#open].filter(([, { isReady }]) => isReady);
    const [from] = ready.filter(([, { isOfferer }]) => isOfferer);
    const [to] = ready.filter(([, { isOfferer }]) => !isOfferer);
    if (from === undefined || to === undefined) return;
    const node = (name: string): TestNode =>
      this.net.nodes.find((each) => name.startsWith(`${each.name} `)) as TestNode;
    this.net.join(node(from[0]), from[1].dial, node(to[0]), "webrtc");
    for (const [name] of [from, to]) {
      node(name).endpoint.signals.handleUp(Number(name.split(" ")[1]), node(name).at.now);
      this.#open.delete(name);
    }
  }
}
