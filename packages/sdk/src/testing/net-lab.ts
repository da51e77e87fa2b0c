/**
 * Machines on a cable, for tests: network namespaces of Linux joined by veth pairs, with real
 * multicast and real TCP, that can be cut, healed and given other addresses. Needs root; says why
 * it cannot run elsewhere.
 *
 * @module
 */
import { type ChildProcess, execFile, spawn, spawnSync } from "node:child_process";

/** Debian's packages for the programs that labs use. */
const PACKAGES: Readonly<Record<string, string>> = {
  ip: "iproute2",
  nft: "nftables",
  unshare: "util-linux",
  nsenter: "util-linux",
  "avahi-daemon": "avahi-daemon",
  "avahi-browse": "avahi-utils",
  "avahi-publish": "avahi-utils",
  turnserver: "coturn",
  "dbus-daemon": "dbus",
  "dbus-run-session": "dbus-daemon",
  "gnome-keyring-daemon": "gnome-keyring",
};

/**
 * Why a lab with `programs` cannot run here, or `undefined` if it can. Installs what is missing where
 * it may: as root, with apt-get.
 */
export function whyNoLab(programs: readonly string[] = []): string | undefined {
  if (process.platform !== "linux") return `no network namespaces on ${process.platform}`;
  if (process.getuid?.() !== 0) return "network namespaces need root";
  const missing = whyMissing(["ip", "unshare", "nsenter", ...programs]);
  if (missing !== undefined) return missing;
  const probe = spawnSync("unshare", ["-nm", "ip", "link", "set", "lo", "up"]);
  return probe.status === 0 ? undefined : `network namespaces are forbidden here: ${String(probe.stderr).trim()}`;
}

/** Which of `programs` are not here and cannot be installed; `undefined` if all are here now. */
export function whyMissing(programs: readonly string[]): string | undefined {
  const missing = (): string[] => programs.filter((program) => !isInstalled(program));
  const isDebianRoot = process.platform === "linux" && process.getuid?.() === 0 && isInstalled("apt-get");
  if (missing().length > 0 && isDebianRoot)
    install([...new Set(missing().map((program) => PACKAGES[program] ?? program))]);
  return missing().length > 0 ? `not installed: ${missing().join(", ")}` : undefined;
}

function isInstalled(program: string): boolean {
  const paths = ["/usr/sbin", "/usr/bin", "/sbin", "/bin"].map((folder) => `${folder}/${program}`);
  return spawnSync("ls", paths).stdout.length > 0;
}

function install(packages: readonly string[]): void {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const run = (args: readonly string[]) => spawnSync("apt-get", args, { env, timeout: 180_000 }).status === 0;
  const wanted = ["install", "-y", "--no-install-recommends", ...packages];
  if (!run(wanted) && run(["update"])) run(wanted);
}

let labs = 0;

export class NetLab implements AsyncDisposable {
  readonly #prefix = `k${process.pid % 100_000}x${++labs}`;
  readonly #hosts: LabHost[] = [];
  readonly #removeAtExit = (): void => {
    for (const { namespace } of this.#hosts) {
      const pids = String(spawnSync("ip", ["netns", "pids", namespace]).stdout)
        .split("\n")
        .filter(Boolean);
      for (const pid of pids) kill(Number(pid));
      spawnSync("ip", ["netns", "del", namespace]);
    }
  };
  #cables = 0;

  constructor() {
    process.on("exit", this.#removeAtExit); // after a test that took too long
  }

  /** A machine with nothing but its loopback interface. */
  async host(name: string): Promise<LabHost> {
    const host = new LabHost(`${this.#prefix}${name}`);
    await run("ip", ["netns", "add", host.namespace]);
    this.#hosts.push(host);
    await host.ip("link", "set", "lo", "up");
    return host;
  }

  /** A cable from `a` to `b`: each gets an interface of that name, with an address if one is given. */
  async cable(a: LabHost, b: LabHost, name: string, addresses: readonly [string?, string?] = []): Promise<void> {
    const ends = [`${this.#prefix}${++this.#cables}a`, `${this.#prefix}${this.#cables}b`] as const;
    await run("ip", ["link", "add", ends[0], "type", "veth", "peer", "name", ends[1]]);
    for (const [i, host] of [a, b].entries()) await this.#plug(host, ends[i] ?? "", name, addresses[i]);
  }

  /** A switch, as `eth0` of each of `hosts`: whatever one sends to a group, all hear. */
  async lan(hosts: readonly { readonly host: LabHost; readonly address: string }[]): Promise<void> {
    const box = await this.host("switch");
    await box.ip("link", "add", "br0", "type", "bridge");
    await box.ip("link", "set", "br0", "up");
    for (const [i, { host, address }] of hosts.entries()) {
      const port = `port${i}`;
      const ends = [`${this.#prefix}${++this.#cables}a`, `${this.#prefix}${this.#cables}b`] as const;
      await run("ip", ["link", "add", ends[0], "type", "veth", "peer", "name", ends[1]]);
      await this.#plug(host, ends[0], "eth0", address);
      await this.#plug(box, ends[1], port);
      await box.ip("link", "set", port, "master", "br0");
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const host of this.#hosts.splice(0)) await host.remove();
    process.off("exit", this.#removeAtExit);
  }

  async #plug(host: LabHost, end: string, name: string, address?: string): Promise<void> {
    await run("ip", ["link", "set", end, "netns", host.namespace]);
    await host.ip("link", "set", end, "name", name);
    // Without duplicate address detection, so that the link-local address works at once.
    await host.run("sh", ["-c", `echo 0 > /proc/sys/net/ipv6/conf/${name}/accept_dad`]);
    if (address !== undefined) await host.ip("addr", "add", address, "dev", name);
    await host.ip("link", "set", name, "up");
  }
}

/** Programs running in one mount namespace of a host, with a /run of their own: avahi and its bus. */
export interface LabService {
  run(program: string, args: readonly string[]): Promise<string>;
  spawn(program: string, args: readonly string[]): ChildProcess;
}

export class LabHost {
  readonly namespace: string;
  readonly #children = new Set<ChildProcess>();

  constructor(namespace: string) {
    this.namespace = namespace;
  }

  /** Output of `program`, run to its end on this host. */
  run(program: string, args: readonly string[]): Promise<string> {
    return run("ip", ["netns", "exec", this.namespace, program, ...args]);
  }

  ip(...args: readonly string[]): Promise<string> {
    return run("ip", ["-n", this.namespace, ...args]);
  }

  /** Starts `program` on this host; it ends with the lab. */
  spawn(program: string, args: readonly string[]): ChildProcess {
    return this.#keep(spawn("ip", ["netns", "exec", this.namespace, program, ...args], { stdio: "pipe" }));
  }

  /** Runs this very Node there, with a TypeScript file. */
  node(file: string, args: readonly string[]): ChildProcess {
    return this.spawn(process.execPath, [file, ...args]);
  }

  /** Pulls the plug of `name`, or puts it back. */
  async setUp(name: string, isUp: boolean): Promise<void> {
    await this.ip("link", "set", name, isUp ? "up" : "down");
  }

  /** Leaves IPv4 alone on `name`. */
  async disableIpv6(name: string): Promise<void> {
    await this.run("sh", ["-c", `echo 1 > /proc/sys/net/ipv6/conf/${name}/disable_ipv6`]);
  }

  /** A D-Bus and an avahi daemon of this host's own. */
  async startAvahi(): Promise<LabService> {
    const script = [
      "mount -t tmpfs tmpfs /run",
      "mkdir -p /run/dbus /run/avahi-daemon",
      "dbus-daemon --system --nofork --nopidfile --nosyslog &",
      "while [ ! -S /run/dbus/system_bus_socket ]; do sleep 0.05; done",
      "avahi-daemon --no-drop-root --no-chroot --no-rlimits --no-proc-title 2>/dev/null &",
      "echo ready",
      "wait",
    ].join("\n");
    const child = this.spawn("unshare", ["-m", "sh", "-c", script]);
    await new Promise<void>((resolve, reject) => {
      child.stdout?.once("data", () => resolve());
      child.once("exit", (code) => reject(new Error(`avahi ended with ${code}`)));
    });
    // `ip netns exec` and `unshare` both replace themselves: the child's pid is the shell's.
    const enter = ["-t", String(child.pid), "-n", "-m"];
    const service: LabService = {
      run: (program, args) => run("nsenter", [...enter, program, ...args]),
      spawn: (program, args) => this.#keep(spawn("nsenter", [...enter, program, ...args], { stdio: "pipe" })),
    };
    for (let i = 0; i < 100; i++) {
      const isUp = await service.run("avahi-browse", ["-pt", "_none._tcp"]).then(
        () => true,
        () => false,
      );
      if (isUp) return service;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error("avahi did not come up");
  }

  async remove(): Promise<void> {
    await this.killAll();
    await run("ip", ["netns", "del", this.namespace]);
  }

  /** Ends whatever runs here, at once. */
  async killAll(): Promise<void> {
    const pids = (await run("ip", ["netns", "pids", this.namespace]).catch(() => "")).split("\n").filter(Boolean);
    for (const pid of pids) kill(Number(pid));
    for (const child of this.#children) {
      if (child.exitCode === null && child.signalCode === null) {
        await new Promise((resolve) => child.once("exit", resolve).kill("SIGKILL"));
      }
    }
  }

  #keep(child: ChildProcess): ChildProcess {
    this.#children.add(child);
    child.once("exit", () => this.#children.delete(child));
    return child;
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error; // it ended by itself
  }
}

function run(program: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { timeout: 30_000 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${program} ${args.join(" ")}: ${stderr || error.message}`, { cause: error }));
    });
  });
}
