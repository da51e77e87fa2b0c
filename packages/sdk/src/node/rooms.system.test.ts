// The source's flow as one acceptance test (p2p-idea §5), step by step, with five processes in five network
// namespaces, real multicast and real TCP. No server exists: presence on the LAN stands in for it.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { GapView, ShownInvitation, TopologyView } from "../rooms-api.ts";
import { LabNode } from "../testing/lab-node.ts";
import { type LabHost, NetLab, whyNoLab } from "../testing/net-lab.ts";

const noLab = whyNoLab(["nft"]);
if (noLab !== undefined) console.log(`a room of five machines: skipped, ${noLab}`);

const ADDRESS = { Ada: "10.9.0.1", Ben: "10.9.0.2", Cem: "10.9.0.3", Xan: "10.9.0.4", Yve: "10.9.0.5" } as const;
type Name = keyof typeof ADDRESS;

/** A switch with a machine for each, and whoever was started on it. */
class Street implements AsyncDisposable {
  readonly hosts = new Map<Name, LabHost>();
  readonly nodes = new Map<Name, LabNode>();
  readonly #lab: NetLab;
  readonly #folder: string;

  private constructor(lab: NetLab, folder: string) {
    [this.#lab, this.#folder] = [lab, folder];
  }

  static async build(): Promise<Street> {
    const street = new Street(new NetLab(), await mkdtemp(join(tmpdir(), "kith-room-")));
    for (const name of Object.keys(ADDRESS) as Name[]) {
      street.hosts.set(name, await street.#lab.host(name.toLowerCase()));
    }
    await street.#lab.lan([...street.hosts].map(([name, host]) => ({ host, address: `${ADDRESS[name]}/24` })));
    // One family, so that a wall between two machines is one rule at each.
    for (const host of street.hosts.values()) await host.disableIpv6("eth0");
    return street;
  }

  host(name: Name): LabHost {
    const host = this.hosts.get(name);
    assert.ok(host);
    return host;
  }

  async start(name: Name): Promise<LabNode> {
    const node = await LabNode.start(this.host(name), { name, home: join(this.#folder, name) });
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
    await Promise.all([...this.hosts.values()].map((host) => host.killAll()));
    await this.#lab[Symbol.asyncDispose]();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

const invite = async (node: LabNode, room: string): Promise<string> => {
  const { links } = (await node.call("room.invite", room)) as ShownInvitation;
  assert.ok(links[0]);
  return links[0];
};

const isGap =
  (wanted: Partial<Record<string, string>>) =>
  (gaps: readonly GapView[]): GapView | undefined =>
    gaps.find((gap) => Object.entries(wanted).every(([key, value]) => Reflect.get(gap, key) === value));

const hears = (node: LabNode, text: string): Promise<unknown> =>
  node.until("roomChat", (lines) => lines.find((line) => line.text === text));

test("the flow of p2p-idea, step by step, with real machines", { skip: noLab ?? false, timeout: 240_000 }, async () => {
  await using street = await Street.build();

  // 1, 2: Ada is alone, and makes an invitation.
  const ada = await street.start("Ada");
  const room = String(await ada.call("rooms.create", "R"));
  const forBen = await invite(ada, room);
  assert.equal((ada.get("members") ?? []).length, 1);

  // 3: Ben joins with it.
  const ben = await street.start("Ben");
  assert.equal(await ben.call("rooms.join", forBen), room);
  await street.sees(ada, "Ada-Ben");

  // 4, 5: Ben invites Cem; Ada, told over the mesh, admits it too.
  const forCem = await invite(ben, room);
  const cem = await street.start("Cem");
  await cem.call("rooms.join", forCem);
  for (const node of [ada, ben, cem]) await street.sees(node, "Ada-Ben Ada-Cem Ben-Cem");

  // 6: the same invitation again is refused, and said so.
  const xan = await street.start("Xan");
  await assert.rejects(xan.call("rooms.join", forCem), { code: "ERR_TICKET" });

  // 7: with an invitation that nobody made.
  const forged = `${forBen.slice(0, 80)}${forBen[80] === "A" ? "B" : "A"}${forBen.slice(81)}`;
  await assert.rejects(xan.call("rooms.join", forged));
  for (const node of [ada, ben, cem]) {
    assert.deepEqual((node.get("members") ?? []).map(({ name }) => name).sort(), ["Ada", "Ben", "Cem"]);
  }

  // 8: whoever made the room is not needed for what the others say.
  await cem.call("room.chat.send", room, "from Cem");
  await Promise.all([ada, ben].map((node) => hears(node, "from Cem")));

  // 9: a link breaks, which shows; what is said goes another way; and it comes back by itself.
  await street.wall("Ben", "Cem", true);
  await street.sees(ada, "Ada-Ben Ada-Cem", 60_000);
  await cem.call("room.chat.send", room, "around the wall");
  await hears(ben, "around the wall");
  await ada.until("gaps", isGap({ kind: "not-connected" }));
  await street.wall("Ben", "Cem", false);
  await street.sees(ada, "Ada-Ben Ada-Cem Ben-Cem", 90_000);
  await ada.until("gaps", (gaps) => gaps.length === 0);

  // 10: Yve comes in through Cem alone: Ada and Ben see that she hangs on Cem.
  const yve = await street.start("Yve");
  await street.wall("Ada", "Yve", true);
  await street.wall("Ben", "Yve", true);
  await yve.call("rooms.join", await invite(cem, room));
  for (const node of [ada, ben]) {
    await street.sees(node, "Ada-Ben Ada-Cem Ben-Cem Cem-Yve");
    await node.until("gaps", isGap({ kind: "hangs-on", peer: yve.id, neighbour: cem.id }));
  }

  // 11: Ada and Ben cut Cem off: among those who did, one link is left, and Yve is out of reach.
  for (const node of [ada, ben]) await node.call("room.cut", room, cem.id, true);
  await Promise.all(
    [ada, ben].map((node) => node.until("members", (all) => all.some(({ peer, isCut }) => peer === cem.id && isCut))),
  );
  await ada.call("room.chat.send", room, "between us");
  await hears(ben, "between us");
  const heard = (yve.get("roomChat") ?? []).concat(cem.get("roomChat") ?? []);
  assert.ok(!heard.some(({ text }) => text === "between us"));
});
