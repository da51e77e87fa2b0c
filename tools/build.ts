/** `npm run build`: what the published packages hold, in each package's `dist`. */
import { rmSync } from "node:fs";
import { runStages } from "./stages.ts";

const PACKAGES = ["core", "sdk", "relay", "web", "cli"] as const;
for (const name of PACKAGES) rmSync(`packages/${name}/dist`, { recursive: true, force: true });
runStages([
  { name: "build", command: ["tsc", "-b", ...PACKAGES.map((name) => `packages/${name}`)] },
  { name: "app", command: ["vite", "build", "packages/web"] },
]);
