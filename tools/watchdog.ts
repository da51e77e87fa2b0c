/**
 * Ends a test file that does not end by itself: its tests have time limits, but `node --test` waits for its process, and for
 * whatever that process left running with its output, for ever.
 *
 * @module
 */
import { spawnSync } from "node:child_process";

/** Longer than any test may take. */
const SILENCE_MAX_MS = 11 * 60_000;
const LOOK_EVERY_MS = 10_000;

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

export class Watchdog {
  #heardAt = performance.now();
  #file = "";
  readonly #timer = setInterval(() => this.#look(), LOOK_EVERY_MS).unref();

  /** Something came from a test file. */
  heard(file: string | undefined): void {
    this.#heardAt = performance.now();
    this.#file = file ?? this.#file;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    if (performance.now() - this.#heardAt < SILENCE_MAX_MS) return;
    this.#heardAt = performance.now();
    const left = descendants(process.pid);
    const list = left.map(({ pid, command }) => `  ${pid} ${command.slice(-200)}\n`).join("");
    process.stdout.write(`\nFAILED ${this.#file}: nothing heard for ${SILENCE_MAX_MS / 60_000} min; ended:\n${list}`);
    for (const { pid } of left) kill(pid);
    if (left.length === 0) process.exit(1); // what holds its output is nobody's child any more
  }
}

/** What runs below a process, the nearest first. */
function descendants(root: number): readonly Process[] {
  const { stdout } = spawnSync("ps", ["-A", "-o", "pid=,ppid=,args="], { encoding: "utf8" });
  const all = (stdout ?? "").split("\n").flatMap((line): Process[] => {
    const [, pid, parent, command = ""] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    return pid === undefined || command.startsWith("ps -A")
      ? []
      : [{ pid: Number(pid), parent: Number(parent), command }];
  });
  const found: Process[] = [];
  for (let parents = new Set([root]); parents.size > 0; ) {
    const children = all.filter(({ parent }) => parents.has(parent));
    found.push(...children);
    parents = new Set(children.map(({ pid }) => pid));
  }
  return found;
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended meanwhile.
  }
}
