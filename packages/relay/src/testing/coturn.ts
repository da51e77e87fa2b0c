/**
 * Debian's coturn, a TURN server, for tests: installed where we may, as the browsers of other tests are.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

/** Why it cannot be started here; `undefined`: it can. */
export function whyNoCoturn(): string | undefined {
  if (isInstalled() || (install() && isInstalled())) return undefined;
  return "turnserver is not installed (Debian: coturn)";
}

const isInstalled = (): boolean => spawnSync("turnserver", ["--version"]).error === undefined;

/** Several test processes may want something at once: apt-get lets one in and the others wait. */
function install(): boolean {
  if (process.platform !== "linux" || process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) return false;
  const apt = (...args: string[]): boolean =>
    spawnSync("apt-get", ["-o", "DPkg::Lock::Timeout=300", ...args], {
      stdio: ["ignore", 2, 2],
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    }).status === 0;
  const wanted = ["install", "-y", "--no-install-recommends", "coturn"];
  return apt(...wanted) || (apt("update") && apt(...wanted));
}
