/**
 * Two machines, each behind a router that translates addresses, and a server in between that both reach: network
 * namespaces, with Linux's own translation.
 *
 *     ada 10.9.1.1 ── router 10.9.9.1 ──┐
 *                                       ├── server 10.9.9.9
 *     ben 10.9.2.1 ── router 10.9.9.2 ──┘
 *
 * @module
 */
import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type LabHost, NetLab } from "./net-lab.ts";

/**
 * `cone`: towards everybody under the port that the machine itself took, so that others can be told where it is.
 * `symmetric`: under another one towards each, so that nobody can.
 */
export type Translation = "cone" | "symmetric";

export const SERVER = "10.9.9.9";
const ROUTER = { ada: "10.9.9.1", ben: "10.9.9.2" } as const;
/** A gateway that is not there. */
const NOBODY = { address: "10.9.9.250", hardware: "02:00:00:00:00:01" } as const;
const TURN_PORT = 3_478;
/** Where coturn takes its relayed addresses from. */
const TURN_RELAYED = { first: 50_000, last: 50_999 } as const;
const TURN_SECRET = "of the lab";
const RELAY = new URL("../../../relay/src/testing/relay-agent.ts", import.meta.url).pathname;

export type Side = keyof typeof ROUTER;

export class NatLab implements AsyncDisposable {
  readonly ada: LabHost;
  readonly ben: LabHost;
  readonly server: LabHost;
  /** For files of the test; gone after it. */
  readonly folder: string;
  readonly #lab: NetLab;
  readonly #routers: Readonly<Record<Side, LabHost>>;
  #turn: ChildProcess | undefined;

  private constructor(
    lab: NetLab,
    folder: string,
    hosts: Readonly<Record<Side | "server", LabHost>>,
    routers: Readonly<Record<Side, LabHost>>,
  ) {
    [this.#lab, this.folder, this.#routers] = [lab, folder, routers];
    [this.ada, this.ben, this.server] = [hosts.ada, hosts.ben, hosts.server];
  }

  static async build(translation: Readonly<Record<Side, Translation>>): Promise<NatLab> {
    const lab = new NetLab();
    const [ada, ben, server] = [await lab.host("ada"), await lab.host("ben"), await lab.host("server")];
    const routers = { ada: await lab.host("ra"), ben: await lab.host("rb") };
    await lab.lan([
      { host: server, address: `${SERVER}/24` },
      { host: routers.ada, address: `${ROUTER.ada}/24` },
      { host: routers.ben, address: `${ROUTER.ben}/24` },
    ]);
    const homes = [
      ["ada", ada, "10.9.1"],
      ["ben", ben, "10.9.2"],
    ] as const;
    for (const [side, host, net] of homes) {
      await lab.cable(host, routers[side], "home", [`${net}.1/24`, `${net}.254/24`]);
      await host.ip("route", "add", "default", "via", `${net}.254`);
      await translate(routers[side], translation[side], ROUTER[side === "ada" ? "ben" : "ada"]);
    }
    for (const host of [ada, ben, server, ...Object.values(routers)])
      await host.run("sh", ["-c", "for f in /proc/sys/net/ipv6/conf/*/disable_ipv6; do echo 1 > $f; done"]);
    // What is for elsewhere vanishes, as it does in the world: coturn ends who makes it send what it cannot.
    await server.ip("neigh", "add", NOBODY.address, "lladdr", NOBODY.hardware, "dev", "eth0", "nud", "permanent");
    await server.ip("route", "add", "default", "via", NOBODY.address);
    const { first, last } = TURN_RELAYED;
    await server.run("nft", [
      // Both ways: where one of the two alone has a relayed address, what goes to the other only leaves there.
      `table ip seen { counter relayed { }; chain in { type filter hook input priority 0; udp dport ${first}-${last} counter name relayed; }; chain out { type filter hook output priority 0; udp sport ${first}-${last} counter name relayed; }; }`,
    ]);
    return new NatLab(lab, await mkdtemp(join(tmpdir(), "kith-nat-")), { ada, ben, server }, routers);
  }

  /** A relay on the server; with TURN, if it is to lend that. Its address. */
  async startRelay(options: { readonly lendsTurn: boolean }): Promise<string> {
    const turn = { turnUrls: [`turn:${SERVER}:${TURN_PORT}`], turnSecret: TURN_SECRET };
    const flags = { data: join(this.folder, "relay"), host: SERVER, port: 0, metrics: "off" };
    const child = this.server.node(RELAY, [JSON.stringify({ ...flags, ...(options.lendsTurn ? turn : {}) })]);
    child.stderr?.pipe(process.stderr);
    assert.ok(child.stdout);
    for await (const line of createInterface(child.stdout)) {
      const { port, relayKey } = JSON.parse(line) as { port: number; relayKey: string }; // of our own program
      return `ws://${SERVER}:${port}#${relayKey}`;
    }
    throw new Error("the relay ended");
  }

  /** Debian's coturn on the server, which says to each how it is seen, and relays for whom our relay sends. */
  async startTurn(): Promise<void> {
    const { first, last } = TURN_RELAYED;
    const child = this.server.spawn("turnserver", [
      ...["-n", `--listening-ip=${SERVER}`, `--relay-ip=${SERVER}`, `--listening-port=${TURN_PORT}`],
      ...[`--min-port=${first}`, `--max-port=${last}`, "--realm=kith.test", "--use-auth-secret"],
      ...[`--static-auth-secret=${TURN_SECRET}`, "--no-tls", "--no-dtls", "--no-cli", "--no-rfc5780"],
      ...[`--pidfile=${join(this.folder, "pid")}`, `--userdb=${join(this.folder, "db")}`, "--log-file=stdout"],
    ]);
    this.#turn = child;
    child.stdout?.resume();
    while ((await this.server.run("ss", ["-ulnH", `sport = :${TURN_PORT}`])) === "")
      assert.equal(child.exitCode, null, "coturn ended");
  }

  async stopTurn(): Promise<void> {
    const child = this.#turn;
    await new Promise((resolve) => child?.once("exit", resolve).kill("SIGKILL"));
  }

  /** Bytes of UDP that came from the other side's router to that of `side`; and what coturn got at relayed addresses, and sent from them. */
  async seen(what: Side | "relayed"): Promise<number> {
    const [host, name] = what === "relayed" ? [this.server, "relayed"] : [this.#routers[what], "straight"];
    const listed = await host.run("nft", ["-j", "list", "counter", "ip", "seen", name]);
    const bytes = /"bytes":\s*(\d+)/.exec(listed)?.[1];
    assert.ok(bytes);
    return Number(bytes);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const host of [this.ada, this.ben, this.server]) await host.killAll();
    await this.#lab[Symbol.asyncDispose]();
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** What leaves by `eth0` looks as if it were the router's; from there only answers come in. */
async function translate(router: LabHost, translation: Translation, other: string): Promise<void> {
  await router.run("sysctl", ["-qw", "net.ipv4.ip_forward=1"]);
  const how = translation === "cone" ? "" : "random,fully-random";
  await router.run("nft", [
    `table ip nat { chain out { type nat hook postrouting priority 100; oifname "eth0" masquerade ${how}; }; }`,
  ]);
  // To the router itself too: what came unasked would be remembered, and take the port that an answer needs.
  const wall = (hook: string): string =>
    `chain ${hook} { type filter hook ${hook} priority 0; iifname "eth0" ct state established,related accept; iifname "eth0" drop; };`;
  await router.run("nft", [`table ip wall { ${wall("forward")} ${wall("input")} }`]);
  await router.run("nft", [
    `table ip seen { counter straight { }; chain in { type filter hook prerouting priority -300; iifname "eth0" ip saddr ${other} ip protocol udp counter name straight; }; }`,
  ]);
}
