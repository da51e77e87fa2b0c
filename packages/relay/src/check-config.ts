/** What of a configuration only the machine can tell: `kith relay check-config`. */
import { accessSync, constants, statSync } from "node:fs";
import { dirname } from "node:path";
import type { RelayConfig } from "./config.ts";
import { type ConfigProblem, reasonOf } from "./relay-error.ts";
import { readTls } from "./tls-files.ts";

const DAY_MS = 86_400_000;
const EXPIRY_WARNING_DAYS = 7;

/** Starts nothing and writes nothing. What is wrong, or soon will be; nothing if a relay can start. */
export function checkConfig(config: RelayConfig, wall: number = Date.now()): readonly ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  try {
    const tls = readTls(config);
    const days = tls === undefined ? undefined : Math.floor((tls.validTo - wall) / DAY_MS);
    if (days !== undefined && days < EXPIRY_WARNING_DAYS)
      problems.push({ where: "tlsCert", problem: days < 0 ? "has expired" : `expires in ${days} days` });
  } catch (error) {
    problems.push({ where: "tlsCert and tlsKey", problem: `cannot be used: ${reasonOf(error)}` });
  }
  try {
    checkFolder(config.data);
  } catch (error) {
    problems.push({ where: "data", problem: `cannot be used: ${reasonOf(error)}` });
  }
  return problems;
}

/** There and ours to write, or to be made in the nearest folder that is there. */
function checkFolder(path: string): void {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined && dirname(path) !== path) return checkFolder(dirname(path));
  if (found?.isDirectory() === false) throw new Error(`${path} is no folder`);
  accessSync(path, constants.W_OK | constants.X_OK);
}
