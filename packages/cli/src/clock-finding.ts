/**
 * What `kith doctor` says of the clock once the running node was asked: that grants fail because the
 * clock once showed a later time is nothing that the system knows.
 *
 * @module
 */
import type { Finding } from "./shell.ts";

const BEHIND: Finding = {
  check: "clock",
  verdict: "bad",
  words: "The clock is behind what was seen before, and grants fail.",
  fix: "Set the date and time; if they are right now: kith trust accept-clock",
};

/** `clock`: of the running node; `undefined` if none runs. */
export const withClock = (findings: readonly Finding[], clock: "ok" | "behind" | undefined): readonly Finding[] =>
  findings.map((finding) =>
    finding.check === "clock" && finding.verdict !== "bad" && clock === "behind" ? BEHIND : finding,
  );
