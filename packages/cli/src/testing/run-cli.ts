/** Runs one command against a fake node, with streams that a test can look into. */
import { PassThrough } from "node:stream";
import { EndpointError } from "@kith/sdk";
import type { ExitCode } from "../exit-code.ts";
import type { Kith } from "../kith.ts";
import { runProgram } from "../program.ts";
import type { Door, Finding } from "../shell.ts";
import type { Terminal } from "../terminal.ts";
import { FAKE_NOW } from "./fake-people.ts";
import { fakeRelay } from "./fake-relays.ts";

export interface FakeRun {
  readonly kith: Kith;
  readonly home: string;
  /** What is written to standard input, which then ends; or a stream of the test's own. */
  readonly input?: string | PassThrough;
  readonly isFresh?: boolean;
  /** What the node does before anybody types. */
  readonly ready?: Promise<void>;
  readonly isInteractive?: boolean;
  /** Standard error is a terminal. */
  readonly isSeen?: boolean;
  /** Lines of the log of a relay that is started. */
  readonly relayLog?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly findings?: readonly Finding[];
  readonly stop?: AbortController;
  /** Every write, as it comes; `all` keeps the order of both streams. */
  readonly onWrite?: (all: string) => void;
}

export interface Outcome {
  readonly exit: ExitCode;
  readonly out: string;
  readonly err: string;
  /** Both streams, in order. */
  readonly all: string;
}

export async function runCli(argv: readonly string[], run: FakeRun): Promise<Outcome> {
  let out = "";
  let err = "";
  let all = "";
  const sink = (keep: (text: string) => void): PassThrough => {
    const stream = new PassThrough();
    stream.setEncoding("utf8");
    stream.on("data", (text: string) => {
      keep(text);
      all += text;
      run.onWrite?.(all);
    });
    return stream;
  };
  const terminal = fakeTerminal(
    run,
    sink((text) => {
      out += text;
    }),
    sink((text) => {
      err += text;
    }),
  );
  await run.ready;
  const stop = run.stop ?? new AbortController();
  const exit = await runProgram(argv, { terminal, door: fakeDoor(run), stop });
  await new Promise((resolve) => setImmediate(resolve));
  return { exit, out, err, all };
}

function fakeTerminal(run: FakeRun, stdout: PassThrough, stderr: PassThrough): Terminal {
  const stdin = run.input instanceof PassThrough ? run.input : new PassThrough();
  if (!(run.input instanceof PassThrough)) stdin.end(run.input ?? "");
  return {
    stdin,
    stdout,
    stderr: run.isSeen === true ? Object.assign(stderr, { isTTY: true }) : stderr,
    env: { LANG: "C.UTF-8", HOME: "/home/ada", KITH_HOME: run.home, ...run.env },
    cwd: run.cwd ?? run.home,
    isInteractive: run.isInteractive === true,
    hasColor: false,
    size: () => ({ columns: 80, rows: 24 }),
    onResize: () => () => undefined,
    now: () => FAKE_NOW,
  };
}

function fakeDoor({ kith, isFresh = false, findings = [], relayLog = [] }: FakeRun): Door {
  let isGivenBack = false;
  const lent = new Proxy(kith, {
    get(target, key): unknown {
      if (isGivenBack) throw new Error(`${String(key)} is used after the node was given back`);
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  const open = {
    kith: lent,
    isFresh,
    [Symbol.asyncDispose]: async (): Promise<void> => {
      isGivenBack = true;
      if (isFresh) await kith.close();
    },
  };
  return {
    open: async () => {
      isGivenBack = false;
      return open;
    },
    start: async () => open,
    diagnose: async () => findings,
    startRelay: async (config, write) => {
      for (const line of relayLog) write(line);
      return fakeRelay(config);
    },
    importIdentity: async (_shell, text) => text.trim().slice(0, 13),
    restoreBackup: async (_shell, { length }, passphrase) => {
      if (passphrase !== "longenough")
        throw new EndpointError("ERR_IDENTITY", "Cannot open the backup: the passphrase is another");
      const added = { contacts: 3, cards: 1, people: 2 };
      return { name: "Ada\u202e", fingerprint: "3475-0F98", isNew: length > 0, added, left: 4 };
    },
  };
}
