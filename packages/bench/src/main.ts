/**
 * `npm run bench`: Kith beside the peers a user would pick instead, interleaved (A B C A B C), each
 * cell in fresh processes; medians, spread and the ratio of each round.
 *
 *     npm run bench -- [--rounds N] [--only name,…] [--quick] [--json FILE] [--list]
 *
 * `--only` takes names of scenarios and of contenders; `--quick` is one short round, to see that
 * everything runs: its figures mean little.
 *
 * @module
 */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, release, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Cell, runCell } from "./cell.ts";
import { install } from "./install.ts";
import { type Row, rowsOf, table } from "./report.ts";
import { Missing, type Scenario } from "./scenario/scenario.ts";
import { CONTENDERS, SCENARIOS } from "./scenarios.ts";

const QUICK_DIVISOR = 10;

const { values: options } = parseArgs({
  options: {
    rounds: { type: "string" },
    only: { type: "string" },
    quick: { type: "boolean", default: false },
    json: { type: "string" },
    list: { type: "boolean", default: false },
  },
});

const only = options.only?.split(",").map((name) => name.trim()) ?? [];
for (const name of only) {
  if (SCENARIOS[name] === undefined && !CONTENDERS.has(name)) stop(`Nothing is called ${name}: see --list`);
}
const rounds = Number(options.rounds ?? (options.quick ? 1 : 5));
if (!Number.isInteger(rounds) || rounds < 1) stop("--rounds takes a whole number from 1");

if (options.list) {
  for (const [name, { title, counts }] of Object.entries(SCENARIOS)) {
    process.stdout.write(`${name.padEnd(12)} ${title}: ${Object.keys(counts).join(", ")}\n`);
  }
} else {
  install();
  await measureAll();
}

async function measureAll(): Promise<void> {
  // In memory where there is a place for that: it is not the disk that is measured.
  const place = process.env["KITH_BENCH_FOLDER"] ?? (existsSync("/dev/shm") ? "/dev/shm" : tmpdir());
  const folder = mkdtempSync(join(place, "kith-bench-"));
  process.env["KITH_BENCH_FOLDER"] = folder; // for the workers
  const results: Record<string, { title: string; unit: string; rows: readonly Row[] }> = {};
  try {
    for (const [name, scenario] of chosen(Object.keys(SCENARIOS)).map((each) => [each, SCENARIOS[each]] as const)) {
      if (scenario === undefined) continue;
      const rows = await measure(name, scenario);
      if (rows.length === 0) continue;
      results[name] = { title: scenario.title, unit: scenario.unit, rows };
      process.stdout.write(`${table(scenario, rows)}\n`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  if (options.json !== undefined) {
    writeFileSync(
      options.json,
      `${JSON.stringify({ machine: machine(), rounds, quick: options.quick, results }, null, 2)}\n`,
    );
  }
}

/** All rounds of one scenario, contender after contender within each. */
async function measure(name: string, scenario: Scenario): Promise<Row[]> {
  const contenders = chosen(Object.keys(scenario.counts));
  const cells = new Map<string, Map<number, Cell>>(contenders.map((contender) => [contender, new Map()]));
  const failures = new Map<string, string[]>();
  const missing = new Map<string, string>();
  for (let round = 0; round < rounds; round++) {
    for (const contender of contenders) {
      if (missing.has(contender)) continue;
      const whole = scenario.counts[contender] ?? 1;
      const count = options.quick ? Math.ceil(whole / QUICK_DIVISOR) : whole;
      process.stderr.write(`\r\x1b[K${name}: round ${round + 1} of ${rounds}, ${contender}`);
      try {
        cells.get(contender)?.set(round, await runCell(name, contender, count));
      } catch (error) {
        if (error instanceof Missing) {
          missing.set(contender, error.message);
          cells.delete(contender);
          process.stdout.write(`${name}: ${contender} is skipped: ${error.message}\n`);
          continue;
        }
        const why = error instanceof Error ? error.message.trim() : String(error);
        failures.set(contender, [...(failures.get(contender) ?? []), why]);
      }
    }
  }
  process.stderr.write("\r\x1b[K");
  return rowsOf(scenario, cells, failures);
}

/** What `--only` leaves of `names`; a kind of name that it does not mention stays whole. */
function chosen(names: readonly string[]): string[] {
  const isScenarios = names.some((name) => SCENARIOS[name] !== undefined);
  const mentioned = only.filter((name) => (SCENARIOS[name] !== undefined) === isScenarios);
  return names.filter((name) => mentioned.length === 0 || mentioned.includes(name));
}

function machine(): Record<string, string | number> {
  const [first] = cpus();
  return {
    node: process.versions.node,
    openssl: process.versions.openssl,
    system: `${process.platform} ${release()} ${process.arch}`,
    processor: first?.model ?? "",
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
  };
}

function stop(why: string): never {
  process.stderr.write(`bench: ${why}\n`);
  process.exit(2);
}
