/**
 * An endpoint in a process of its own on a host of a lab: to be started, asked, killed, frozen and
 * started again with the same home.
 *
 * @module
 */
import { strict as assert } from "node:assert";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { ChatEvent, NearbyPeer, PairingView, RelayView, SessionEnd, SessionView, TransferView } from "../api.ts";
import type { JoinCodeStep, JoinCodeView } from "../join-codes-api.ts";
import type { NodeEndpointOptions } from "../node/create-endpoint.ts";
import type {
  GapView,
  JoinRequestView,
  JoinStep,
  MemberView,
  RoomChatMessage,
  RoomFileView,
  RoomView,
  TopologyView,
} from "../rooms-api.ts";
import type { Contact } from "../trust-api.ts";
import { type LabHost, NetLab } from "./net-lab.ts";

/** The protocol of numbered messages between lab nodes. */
export const LAB_PROTOCOL = "lab/1";

/** As this file: source or built. */
const AGENT = new URL(`./node-agent${import.meta.url.slice(-3)}`, import.meta.url).pathname;
const EVENT_LIMIT_MS = 30_000;

/** What a node says of itself: the latest of each. */
export interface LabState {
  up: { readonly id: string; readonly name: string; readonly fingerprint: string };
  addresses: readonly string[];
  nearby: readonly NearbyPeer[];
  sessions: readonly SessionView[];
  contacts: readonly Contact[];
  pairings: readonly PairingView[];
  transfers: readonly TransferView[];
  relays: readonly RelayView[];
  joinCodes: readonly JoinCodeView[];
  rooms: readonly RoomView[];
  members: readonly MemberView[];
  topology: TopologyView;
  gaps: readonly GapView[];
  requests: readonly JoinRequestView[];
  challenges: readonly { readonly member: string; readonly name: string }[];
  roomChat: readonly RoomChatMessage[];
  roomFiles: readonly RoomFileView[];
  joining: JoinStep;
  chat: ChatEvent;
  stream: { readonly received: number; readonly wrong?: number; readonly end?: string };
  streaming: number;
  sessionClosed: SessionEnd;
  note: string;
}

/** Where nodes run: a host of a lab, or this machine. */
export interface NodeHost {
  /** Runs this very Node there, with a TypeScript file. */
  node(file: string, args: readonly string[]): ChildProcess;
}

export const THIS_MACHINE: NodeHost = {
  node: (file, args) => spawn(process.execPath, [file, ...args], { stdio: "pipe" }),
};

export class LabNode {
  readonly host: NodeHost;
  readonly options: NodeEndpointOptions;
  readonly exited: Promise<number | null>;
  /** Everything that happened in chat, in order. */
  readonly chat: ChatEvent[] = [];
  /** Why sessions ended, in order. */
  readonly closed: SessionEnd[] = [];
  /** Numbers of a stream that were not the next one. */
  readonly wrong: LabState["stream"][] = [];
  readonly #child: ChildProcess;
  readonly #state: Partial<LabState> = {};
  readonly #answers = new Map<number, (line: Record<string, unknown>) => void>();
  readonly #watchers = new Set<() => void>();
  #calls = 0;

  /** Resolves once the endpoint is up. */
  static async start(host: NodeHost, options: NodeEndpointOptions): Promise<LabNode> {
    const node = new LabNode(host, options);
    await node.until("up", (up) => up);
    return node;
  }

  private constructor(host: NodeHost, options: NodeEndpointOptions) {
    [this.host, this.options] = [host, options];
    this.#child = host.node(AGENT, [JSON.stringify(options)]);
    this.#child.stderr?.pipe(process.stderr);
    this.exited = new Promise((resolve) => this.#child.once("exit", resolve));
    void this.exited.then(() => this.#wake());
    assert.ok(this.#child.stdout);
    createInterface(this.#child.stdout).on("line", (line) => this.#hear(JSON.parse(line) as Record<string, unknown>));
  }

  get id(): string {
    return this.#state.up?.id ?? "";
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Calls a method of the endpoint, as `chat.send`; rejects with its code. */
  call(name: string, ...args: readonly unknown[]): Promise<unknown> {
    const id = ++this.#calls;
    this.#child.stdin?.write(`${JSON.stringify({ id, call: name, args })}\n`);
    return new Promise((resolve, reject) => {
      this.#answers.set(id, ({ value, code, message }) => {
        if (code === undefined) resolve(value);
        else reject(Object.assign(new Error(`${name}: ${message}`), { code }));
      });
    });
  }

  get<K extends keyof LabState>(key: K): LabState[K] | undefined {
    return this.#state[key];
  }

  /** Waits until `find` finds something in the newest state of `key`. */
  async until<K extends keyof LabState, T>(
    key: K,
    find: (state: LabState[K]) => T | undefined | false,
    limitMs: number = EVENT_LIMIT_MS,
  ): Promise<T> {
    const end = performance.now() + limitMs;
    const timer = setTimeout(() => this.#wake(), limitMs + 1);
    try {
      for (;;) {
        const state = this.#state[key];
        const found = state === undefined ? undefined : find(state);
        if (found !== undefined && found !== false) return found;
        assert.ok(this.isRunning, `${this.options.name} ended while ${key} was waited for`);
        assert.ok(performance.now() < end, `${this.options.name}: waited in vain for ${key}: ${JSON.stringify(state)}`);
        await new Promise<void>((resolve) => this.#watchers.add(resolve));
      }
    } finally {
      clearTimeout(timer);
    }
  }

  /** `SIGKILL`: as if the power went. Resolves when the process is gone. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.exited;
  }

  /** Ends in good order. */
  async stop(): Promise<void> {
    this.#child.stdin?.end();
    await this.exited;
  }

  /** Stands still, as a laptop whose lid is closed; and goes on. */
  freeze(isFrozen: boolean): void {
    this.#child.kill(isFrozen ? "SIGSTOP" : "SIGCONT");
  }

  /** The same home again, in a new process. */
  restart(): Promise<LabNode> {
    return LabNode.start(this.host, this.options);
  }

  #hear(line: Record<string, unknown>): void {
    const { id } = line;
    if (typeof id === "number") {
      this.#answers.get(id)?.(line);
      this.#answers.delete(id);
      return;
    }
    const said = line as Partial<LabState>; // of our own program
    Object.assign(this.#state, said);
    if (said.chat !== undefined) this.chat.push(said.chat);
    if (said.sessionClosed !== undefined) this.closed.push(said.sessionClosed);
    if (said.stream?.wrong !== undefined) this.wrong.push(said.stream);
    this.#wake();
  }

  #wake(): void {
    const watchers = [...this.#watchers];
    this.#watchers.clear();
    for (const wake of watchers) wake();
  }
}

export interface Pair {
  readonly lab: NetLab;
  readonly a: LabHost;
  readonly b: LabHost;
  /** A third machine on the same network, at 10.9.0.3, with nothing running yet. */
  readonly c: LabHost;
  readonly ada: LabNode;
  readonly ben: LabNode;
  /** For files of the test; gone after it. */
  readonly folder: string;
}

/** Two hosts with a node each, Ada at 10.9.0.1 and Ben at 10.9.0.2, and a third. */
export async function withNodes(
  options: {
    readonly ada?: NodeEndpointOptions;
    readonly ben?: NodeEndpointOptions;
    readonly arePaired?: boolean;
    /** False: the network carries IPv4 alone. */
    readonly isIpv6?: boolean;
  },
  run: (pair: Pair) => Promise<void>,
): Promise<void> {
  await using lab = new NetLab();
  const [a, b, c] = [await lab.host("a"), await lab.host("b"), await lab.host("c")];
  await lab.lan([a, b, c].map((host, i) => ({ host, address: `10.9.0.${i + 1}/24` })));
  if (options.isIpv6 === false) for (const host of [a, b, c]) await host.disableIpv6("eth0");
  const folder = await mkdtemp(join(tmpdir(), "kith-lab-"));
  try {
    const [ada, ben] = await Promise.all([
      LabNode.start(a, { name: "Ada", home: join(folder, "ada"), ...options.ada }),
      LabNode.start(b, { name: "Ben", home: join(folder, "ben"), ...options.ben }),
    ]);
    if (options.arePaired !== false) await pairByPin(ada, ben);
    await run({ lab, a, b, c, ada, ben, folder });
  } finally {
    await Promise.all([a, b, c].map((host) => host.killAll()));
    await rm(folder, { recursive: true, force: true });
  }
}

/** `shower` shows six digits, `typer` types them, both consent. */
export async function pairByPin(typer: LabNode, shower: LabNode): Promise<void> {
  const at = (step: PairingView["step"]["at"]) => (all: readonly PairingView[]) =>
    all.find((view) => view.step.at === step);
  const name = shower.get("up")?.name;
  const seen = await typer.until("nearby", (all) => all.find((peer) => peer.name === name));
  await shower.call("pairing.offer", "pin");
  const { step } = await shower.until("pairings", at("show-code"));
  assert.ok(step.at === "show-code");
  const id = await typer.call("pairing.start", seen.key, "pin");
  await typer.until("pairings", at("enter-code"));
  await typer.call("pairing.answer", id, { type: "code", code: step.code });
  const asked = await shower.until("pairings", at("consent"));
  await shower.call("pairing.answer", asked.id, { type: "consent", accept: true });
  await typer.until("pairings", at("consent"));
  await typer.call("pairing.answer", id, { type: "consent", accept: true });
  await Promise.all([typer, shower].map((node) => node.until("pairings", at("done"))));
}

/** `maker` makes a join code at their relay, `typer` types it, both consent. */
export async function pairByCode(typer: LabNode, maker: LabNode): Promise<void> {
  const at =
    <At extends JoinCodeStep["at"]>(step: At) =>
    (all: readonly JoinCodeView[]) =>
      all.map((view) => view.step).find((one): one is Extract<JoinCodeStep, { at: At }> => one.at === step);
  const made = await maker.call("joinCodes.create", { for: "contact" });
  const { code } = await maker.until("joinCodes", at("show"));
  const typed = await typer.call("joinCodes.join", code);
  for (const [node, id] of [
    [maker, made],
    [typer, typed],
  ] as const) {
    await node.until("joinCodes", at("consent"));
    await node.call("joinCodes.answer", id, { accept: true });
  }
  await Promise.all([typer, maker].map((node) => node.until("joinCodes", at("done"))));
}
