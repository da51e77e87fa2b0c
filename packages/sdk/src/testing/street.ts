/**
 * Five machines at one switch, with nodes on them and walls between them: where the flow of p2p-idea is played.
 *
 * @module
 */
import { strict as assert } from "node:assert";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { NodeEndpointOptions } from "../node/create-endpoint.ts";
import type { GapView, ShownInvitation, TopologyView } from "../rooms-api.ts";
import { LabNode } from "./lab-node.ts";
import { type LabHost, NetLab } from "./net-lab.ts";

export const ADDRESS = { Ada: "10.9.0.1", Ben: "10.9.0.2", Cem: "10.9.0.3", Xan: "10.9.0.4", Yve: "10.9.0.5" } as const;
export type Name = keyof typeof ADDRESS;

/** A switch with a machine for each, and whoever was started on it. */
export class Street implements AsyncDisposable {
  readonly hosts: Map<Name, LabHost> = new Map();
  readonly others: Map<string, LabHost> = new Map();
  readonly nodes: Map<Name, LabNode> = new Map();
  /** For files of the test; gone after it. */
  readonly folder: string;
  readonly lab: NetLab;

  private constructor(lab: NetLab, folder: string) {
    [this.lab, this.folder] = [lab, folder];
  }

  /** `more`: machines besides, on the same switch. */
  static async build(more: readonly { readonly host: string; readonly address: string }[] = []): Promise<Street> {
    const street = new Street(new NetLab(), await mkdtemp(join(tmpdir(), "kith-room-")));
    for (const name of Object.keys(ADDRESS) as Name[]) {
      street.hosts.set(name, await street.lab.host(name.toLowerCase()));
    }
    for (const { host } of more) street.others.set(host, await street.lab.host(host));
    await street.lab.lan([
      ...[...street.hosts].map(([name, host]) => ({ host, address: `${ADDRESS[name]}/24` })),
      ...more.map(({ host, address }) => ({ host: street.other(host), address: `${address}/24` })),
    ]);
    // One family, so that a wall between two machines is one rule at each.
    for (const host of [...street.hosts.values(), ...street.others.values()]) await host.disableIpv6("eth0");
    return street;
  }

  other(name: string): LabHost {
    const host = this.others.get(name);
    assert.ok(host);
    return host;
  }

  host(name: Name): LabHost {
    const host = this.hosts.get(name);
    assert.ok(host);
    return host;
  }

  async start(name: Name, options: NodeEndpointOptions = {}): Promise<LabNode> {
    const node = await LabNode.start(this.host(name), { name, home: join(this.folder, name), ...options });
    this.nodes.set(name, node);
    return node;
  }

  nameOf(peer: string): string {
    for (const [name, node] of this.nodes) if (node.id === peer) return name;
    return peer.slice(0, 8);
  }

  /** Nothing passes between the two any more, in either direction; or everything again. */
  async wall(a: Name, b: Name, isUp: boolean): Promise<void> {
    for (const [here, there] of [
      [a, b],
      [b, a],
    ] as const) {
      const table = `wall${there.toLowerCase()}`;
      const host = this.host(here);
      if (!isUp) await host.run("nft", ["delete", "table", "ip", table]);
      else {
        const chain = (hook: string, side: string): string =>
          `chain ${hook} { type filter hook ${hook} priority 0; ip ${side} ${ADDRESS[there]} drop; };`;
        await host.run("nft", [`table ip ${table} { ${chain("input", "saddr")} ${chain("output", "daddr")} }`]);
      }
    }
  }

  edges({ edges }: TopologyView): string {
    const pairs = edges
      .filter(({ claimed }) => claimed === "both")
      .map(({ a, b }) => [a, b].map((id) => this.nameOf(id)));
    return pairs
      .map((pair) => pair.sort().join("-"))
      .sort()
      .join(" ");
  }

  async sees(viewer: LabNode, edges: string, limitMs = 30_000): Promise<void> {
    await viewer.until("topology", (topology) => this.edges(topology) === edges, limitMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.hosts.values(), ...this.others.values()].map((host) => host.killAll()));
    await this.lab[Symbol.asyncDispose]();
    await rm(this.folder, { recursive: true, force: true });
  }
}

export const invite = async (node: LabNode, room: string): Promise<string> => {
  const { links } = (await node.call("room.invite", room)) as ShownInvitation;
  assert.ok(links[0]);
  return links[0];
};

export const isGap =
  (wanted: Partial<Record<string, string>>) =>
  (gaps: readonly GapView[]): GapView | undefined =>
    gaps.find((gap) => Object.entries(wanted).every(([key, value]) => Reflect.get(gap, key) === value));

export const hears = (node: LabNode, text: string): Promise<unknown> =>
  node.until("roomChat", (lines) => lines.find((line) => line.text === text));
