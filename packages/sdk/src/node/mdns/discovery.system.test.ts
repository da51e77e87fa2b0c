// Real multicast between network namespaces, against Debian's avahi and between two of ours: how
// kernels and other people's daemons behave cannot be faked. Waits are for events, with a limit.
import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { type LabHost, type LabService, NetLab, whyNoLab } from "../../testing/net-lab.ts";
import { formatHint } from "../../transport.ts";
import type { NearbyService } from "./discovery.ts";
import type { Advert } from "./dns-service.ts";

const AGENT = new URL("../../testing/discovery-agent.ts", import.meta.url).pathname;
const EVENT_LIMIT_MS = 15_000;
const kitchen: Advert = { instance: "kitchen", host: "kith-kitchen", port: 4_711, txt: { v: "1", n: "Küche ☕" } };

const noLab = whyNoLab(["avahi-daemon", "avahi-browse", "avahi-publish", "dbus-daemon"]);
const options = { skip: noLab ?? false, timeout: 90_000 };
if (noLab !== undefined) console.log(`discovery against avahi and in namespaces: skipped, ${noLab}`);

test("avahi sees what we advertise, its changes and our goodbye", options, async () => {
  await withCable(async ({ a, b }) => {
    const avahi = await b.startAvahi();
    const browsing = new Lines(avahi.spawn("avahi-browse", ["-rp", "_kith._tcp"]));
    const agent = new Agent(a);
    await agent.next("port");
    agent.say({ advertise: kitchen });
    const line = await browsing.until((text) => text.startsWith("=;eth0;IPv4;kitchen;_kith._tcp;local"));
    assert.match(line, /;kith-kitchen\.local;10\.9\.0\.1;4711;/);
    assert.ok(
      (line.includes('"v=1"') && line.includes('"n=K\\195\\188che \\226\\152\\149"')) || line.includes("Küche ☕"),
      line,
    );
    agent.say({ advertise: { ...kitchen, txt: { v: "1", n: "other" } } });
    await retry(async () => {
      const found = await avahi.run("avahi-browse", ["-rpt", "_kith._tcp"]);
      assert.match(found, /"n=other"/);
    });
    agent.say({ stop: true });
    await browsing.until((text) => text.startsWith("-;eth0;IPv4;kitchen;"));
  });
});

test("we see what avahi advertises, with text and addresses, and its goodbye", options, async () => {
  await withCable(async ({ a, b }) => {
    const avahi = await b.startAvahi();
    const agent = new Agent(a);
    await agent.next("port");
    const publishing = avahi.spawn("avahi-publish", [
      "-s",
      "Lab. printer",
      "_kith._tcp",
      "1234",
      "v=1",
      "id=abc",
      "flag",
    ]);
    // Addresses come in records of their own, one family perhaps before the other.
    const [found] = await agent.services((services) =>
      services.some(({ hints }) => hints.some((hint) => formatHint(hint) === "10.9.0.2:1234")),
    );
    assert.equal(found?.instance, "Lab. printer");
    assert.deepEqual(found?.txt, { v: "1", id: "abc" });
    publishing.kill("SIGTERM");
    await agent.services((services) => services.length === 0);
  });
});

test("a name that avahi holds makes us take the next; one that we hold makes avahi do so", options, async () => {
  await withCable(async ({ a, b }) => {
    const avahi = await b.startAvahi();
    await published(avahi, "kitchen", "kitchen");
    const agent = new Agent(a);
    await agent.next("port");
    agent.say({ advertise: kitchen });
    const renamed = await agent.next("advert", (advert) => isAdvert(advert) && advert.instance !== "kitchen");
    assert.ok(isAdvert(renamed) && renamed.instance === "kitchen (2)");
    await retry(async () => {
      assert.match(await avahi.run("avahi-browse", ["-rpt", "_kith._tcp"]), /;kitchen\\032\\0402\\041;.*;4711;/);
    });
    await published(avahi, "kitchen (2)", "kitchen (2) #2");
  });
});

test(
  "two of ours find each other; cut, heal and a new address are noticed; link-local addresses work",
  options,
  async () => {
    await withCable(async ({ a, b }) => {
      const [one, two] = [new Agent(a), new Agent(b)];
      const port = await two.next("port");
      await one.next("port");
      two.say({ advertise: { ...kitchen, port } });
      const isLinkLocal = (hint: string): boolean => hint.startsWith("[fe80::");
      const [found] = await one.services((services) =>
        services.some(({ hints }) => hints.map(formatHint).some(isLinkLocal)),
      );
      assert.equal(found?.instance, "kitchen");
      const linkLocal = found?.hints.map(formatHint).filter(isLinkLocal) ?? [];
      assert.match(linkLocal[0] ?? "", /%eth0\]:\d+$/);
      one.say({ dial: linkLocal });
      assert.match(String(await one.next("dialled")), /^fe80::.*%eth0$/);
      assert.match(String(await two.next("dialledBy")), /^fe80::.*%eth0$/);

      await a.setUp("eth0", false);
      await one.services((services) => services.length === 0);
      await a.setUp("eth0", true);
      await one.services((services) => services.length === 1);

      await b.ip("addr", "del", "10.9.0.2/24", "dev", "eth0");
      await b.ip("addr", "add", "10.9.0.77/24", "dev", "eth0");
      const [moved] = await one.services(
        (services) => services[0]?.hints.some(({ host }) => host === "10.9.0.77") ?? false,
      );
      one.say({ dial: [`10.9.0.77:${moved?.hints[0]?.port}`] });
      assert.equal(await one.next("dialled"), "10.9.0.77");
      two.say({ advertise: null });
      await one.services((services) => services.length === 0);
    });
  },
);

test("two of ours with one name both get one, different", options, async () => {
  await withCable(async ({ a, b }) => {
    const agents = [new Agent(a), new Agent(b)] as const;
    for (const agent of agents) await agent.next("port");
    for (const [i, agent] of agents.entries())
      agent.say({ advertise: { ...kitchen, host: `kith-${i}`, port: 1_000 + i } });
    const [[first], [second]] = (await Promise.all(
      agents.map((agent) => agent.services((all) => all.length === 1)),
    )) as [NearbyService[], NearbyService[]];
    assert.deepEqual([first?.instance, second?.instance].sort(), ["kitchen", "kitchen (2)"]);
  });
});

test("a node answers its own network and refuses callers from elsewhere", options, async () => {
  await withCable(async ({ a, b }) => {
    const [one, two] = [new Agent(a), new Agent(b)];
    const port = await one.next("port");
    await two.next("port");
    two.say({ dial: [`10.9.0.1:${port}`] });
    assert.equal(await one.next("dialledBy"), "10.9.0.2");
    await b.ip("addr", "add", "203.0.113.2/32", "dev", "eth0");
    await b.ip("route", "replace", "10.9.0.1/32", "dev", "eth0", "src", "203.0.113.2");
    await a.ip("route", "add", "203.0.113.2/32", "dev", "eth0");
    two.say({ dial: [`10.9.0.1:${port}`] });
    assert.equal(await one.next("refused"), "203.0.113.2");
  });
});

async function withCable(run: (hosts: { a: LabHost; b: LabHost }) => Promise<void>): Promise<void> {
  await using lab = new NetLab();
  const [a, b] = [await lab.host("a"), await lab.host("b")];
  await lab.cable(a, b, "eth0", ["10.9.0.1/24", "10.9.0.2/24"]);
  await run({ a, b });
}

/** Publishes `name` and waits until it stands as `as`. */
async function published(avahi: LabService, name: string, as: string): Promise<void> {
  const publishing = new Lines(avahi.spawn("avahi-publish", ["-s", name, "_kith._tcp", "99"]), "stderr");
  await publishing.until((line) => line === `Established under name '${as}'`);
}

const isAdvert = (value: unknown): value is Advert =>
  typeof value === "object" && value !== null && "instance" in value;

async function retry(check: () => Promise<void>): Promise<void> {
  for (let i = 0; ; i++) {
    try {
      await check();
      return;
    } catch (error) {
      if (i === 20) throw error;
    }
  }
}

/** What a program prints, line by line. */
class Lines {
  readonly #lines: string[] = [];
  #wake = (): void => {};

  constructor(child: ChildProcess, from: "stdout" | "stderr" = "stdout") {
    const output = child[from];
    assert.ok(output);
    createInterface(output).on("line", (line) => {
      this.#lines.push(line);
      this.#wake();
    });
  }

  /** The next line that `isIt`; those before it are gone. */
  async until(isIt: (line: string) => boolean): Promise<string> {
    const limit = setTimeout(() => this.#wake(), EVENT_LIMIT_MS);
    const start = performance.now();
    const seen: string[] = [];
    try {
      for (;;) {
        const line = this.#lines.shift();
        if (line !== undefined) {
          seen.push(line);
          if (isIt(line)) return line;
          continue;
        }
        assert.ok(performance.now() - start < EVENT_LIMIT_MS, `waited in vain; saw\n${seen.join("\n")}`);
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    } finally {
      clearTimeout(limit);
    }
  }
}

class Agent {
  readonly #child: ChildProcess;
  readonly #lines: Lines;

  constructor(host: LabHost) {
    this.#child = host.node(AGENT, []);
    this.#child.stderr?.pipe(process.stderr);
    this.#lines = new Lines(this.#child);
  }

  say(command: unknown): void {
    this.#child.stdin?.write(`${JSON.stringify(command)}\n`);
  }

  /** The next value it says under `key` that `isIt`. */
  async next(key: string, isIt: (value: unknown) => boolean = () => true): Promise<unknown> {
    let found: unknown;
    await this.#lines.until((line) => {
      const said = JSON.parse(line) as Record<string, unknown>;
      found = said[key];
      return key in said && isIt(found);
    });
    return found;
  }

  async services(isIt: (services: NearbyService[]) => boolean): Promise<NearbyService[]> {
    return (await this.next("services", (services) => isIt(services as NearbyService[]))) as NearbyService[];
  }
}
