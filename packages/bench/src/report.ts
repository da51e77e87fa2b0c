/** From cells to figures: medians over rounds, spread, Kith's ratio to each of the others, round by round. */
import type { Cell } from "./cell.ts";
import type { Scenario } from "./scenario/scenario.ts";

/** Cells of one contender, by round; a round that failed is missing. */
export type Rounds = ReadonlyMap<number, Cell>;

export interface Row {
  readonly contender: string;
  readonly median: number;
  /** (largest - smallest) / median, in per cent. */
  readonly spread: number;
  readonly cpuSeconds: number;
  /** Kith's value divided by this one's: the median of the rounds. */
  readonly ratio: number | undefined;
  /** The same of {@link Scenario.cost}. */
  readonly costRatio: number | undefined;
  readonly goal: number | undefined;
  readonly isMet: boolean | undefined;
  readonly extra: Readonly<Record<string, number>>;
  readonly values: readonly number[];
  readonly failures: readonly string[];
}

export function rowsOf(
  scenario: Scenario,
  cells: ReadonlyMap<string, Rounds>,
  failures: ReadonlyMap<string, readonly string[]>,
): Row[] {
  const kith = cells.get("kith");
  return [...cells].map(([contender, rounds]) => {
    const all = [...rounds.values()];
    const values = all.map(({ value }) => value);
    const middle = median(values);
    const ratioOf = (figure: (cell: Cell) => number | undefined): number | undefined => {
      const ratios = [...rounds].flatMap(([round, cell]) => {
        const own = kith?.get(round);
        const [ours, theirs] = [own && figure(own), figure(cell)];
        return ours === undefined || theirs === undefined || contender === "kith" ? [] : [ours / theirs];
      });
      return ratios.length === 0 ? undefined : median(ratios);
    };
    const ratio = ratioOf(({ value }) => value);
    const { cost } = scenario;
    const goal = contender === "kith" ? scenario.goal : scenario.ratioGoals?.[contender];
    return {
      contender,
      median: middle,
      spread: (100 * (Math.max(...values) - Math.min(...values))) / middle,
      cpuSeconds: median(all.map(({ cpuSeconds }) => cpuSeconds)),
      ratio,
      costRatio: cost === undefined ? undefined : ratioOf(({ extra }) => extra[cost]),
      goal,
      isMet: isMet(scenario, contender === "kith" ? middle : ratio, goal),
      extra: mediansOf(all.map(({ extra }) => extra)),
      values,
      failures: failures.get(contender) ?? [],
    };
  });
}

function isMet(scenario: Scenario, value: number | undefined, goal: number | undefined): boolean | undefined {
  if (value === undefined || goal === undefined) return undefined;
  return scenario.isLess === true ? value <= goal : value >= goal;
}

export function table(scenario: Scenario, rows: readonly Row[]): string {
  const extras = [...new Set(rows.flatMap(({ extra }) => Object.keys(extra)))];
  const { cost } = scenario;
  const costHead = cost === undefined ? [] : [`${cost}: kith ÷ it`];
  const head = ["contender", scenario.unit, "spread %", "CPU s", ...extras, ...costHead, "kith ÷ it", "goal", "met"];
  const sign = scenario.isLess === true ? "≤" : "≥";
  const lines = rows.map((row) => [
    row.contender,
    short(row.median),
    short(row.spread),
    short(row.cpuSeconds),
    ...extras.map((name) => short(row.extra[name])),
    ...costHead.map(() => short(row.costRatio)),
    short(row.ratio),
    row.goal === undefined ? "-" : `${sign} ${short(row.goal)}${row.contender === "kith" ? ` ${scenario.unit}` : ""}`,
    row.isMet === undefined ? "-" : row.isMet ? "yes" : "NO",
  ]);
  const widths = head.map((_, i) => Math.max(...[head, ...lines].map((line) => (line[i] ?? "").length)));
  const row = (cells: readonly string[]): string =>
    `| ${cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join(" | ")} |`;
  const rule = `|${widths.map((width, i) => (i === 0 ? "-".repeat(width + 2) : `${"-".repeat(width + 1)}:`)).join("|")}|`;
  const failed = rows.flatMap(({ contender, failures }) => failures.map((why) => `${contender} failed: ${why}`));
  return [scenario.title, "", row(head), rule, ...lines.map(row), ...extraGoals(scenario, rows), ...failed, ""].join(
    "\n",
  );
}

/** One line for each goal of a figure beside the value. */
function extraGoals(scenario: Scenario, rows: readonly Row[]): string[] {
  const figure = (contender: string, name: string): number | undefined =>
    rows.find((row) => row.contender === contender)?.extra[name];
  return (scenario.extraGoals ?? []).flatMap(({ name, atMost, of }) => {
    const own = figure("kith", name);
    const other = of === undefined ? 1 : figure(of, name);
    if (own === undefined || other === undefined) return [];
    const isMet = own / other <= atMost ? "yes" : "NO";
    const compared = of === undefined ? "" : ` of ${of}'s ${short(other)}`;
    return [`goal: ${name} at most ${short(atMost)}${compared}; kith ${short(own)}: ${isMet}`];
  });
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [low = Number.NaN, high = Number.NaN] = [sorted[middle - 1], sorted[middle]];
  return sorted.length % 2 === 1 ? high : (low + high) / 2;
}

function mediansOf(all: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const names = [...new Set(all.flatMap((each) => Object.keys(each)))];
  return Object.fromEntries(names.map((name) => [name, median(all.flatMap((each) => each[name] ?? []))]));
}

/** Three digits that matter. */
function short(value: number | undefined): string {
  if (value === undefined || Number.isNaN(value)) return "-";
  if (Math.abs(value) >= 1_000) return Math.round(value).toLocaleString("en");
  return String(Number(value.toPrecision(3)));
}
