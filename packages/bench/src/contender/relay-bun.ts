/** The least that one would write by hand with Bun: `relay-bun-server.ts`, run by the `bun` of npm. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Missing } from "../scenario/scenario.ts";
import type { RelayContender } from "./relay-contender.ts";
import { joinNumbered } from "./relay-numbered.ts";
import { freePort, serveByProgram } from "./relay-process.ts";

const BUN = fileURLToPath(new URL("../../node_modules/bun/bin/bun.exe", import.meta.url)); // so called everywhere
const SERVER = fileURLToPath(new URL("relay-bun-server.ts", import.meta.url));
const ADVICE = "npm did not install its binary, which its installation script puts there";

export const bunForwarder: RelayContender = {
  async serve() {
    if (!existsSync(BUN)) throw new Missing(`no Bun here: ${ADVICE}`);
    const port = await freePort();
    return await serveByProgram(BUN, [SERVER, String(port)], {
      ...{ port, address: `ws://127.0.0.1:${port}/`, advice: ADVICE },
    });
  },
  join: (address) => joinNumbered(address, true),
};
