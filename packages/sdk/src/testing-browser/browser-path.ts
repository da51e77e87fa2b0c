/** Where a browser of this machine is: the one that a variable names, else the usual place, else Debian's, installed where we may. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

export interface WantedBrowser {
  readonly variable: string;
  readonly paths: readonly string[];
  /** Debian's. */
  readonly package: string;
}

/** `undefined`: there is none, and it cannot be installed here. */
export function browserPath(wanted: WantedBrowser): string | undefined {
  return find(wanted) ?? (installs(wanted.package) ? find(wanted) : undefined);
}

const find = ({ variable, paths }: WantedBrowser): string | undefined =>
  [process.env[variable], ...paths].find((path) => path !== undefined && existsSync(path));

/** Several test processes may want it at once: apt-get lets one in and the others wait. */
function installs(name: string): boolean {
  if (process.platform !== "linux" || process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) return false;
  const apt = (...args: string[]): boolean =>
    spawnSync("apt-get", ["-o", "DPkg::Lock::Timeout=300", ...args], {
      stdio: ["ignore", 2, 2],
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    }).status === 0;
  const install = (): boolean => apt("install", "-y", "--no-install-recommends", name);
  return install() || (apt("update") && install());
}
