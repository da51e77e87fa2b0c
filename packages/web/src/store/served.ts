/**
 * What the node says that served this page: how it can be used as a relay, and whether it lends its LAN. Remembered, for a start without network.
 *
 * @module
 */

import { isPrivateHost } from "@kith/sdk";
import { keepText, keptText } from "./kept-text.ts";

export interface Served {
  /** Of the relay at this origin, hexadecimal; `undefined`: there is none. */
  readonly relayKey: string | undefined;
  /** Others on its network are seen and reached through it. */
  readonly hasLan: boolean;
}

const KEY = "kith.served";
const ANSWER_TIME_MS = 3_000;

export async function askServer(): Promise<Served> {
  try {
    const answer = await fetch("./served.json", { cache: "no-store", signal: AbortSignal.timeout(ANSWER_TIME_MS) });
    const text = await answer.text();
    const served = read(text);
    keepText(KEY, text);
    return served;
  } catch {
    return read(keptText(KEY) ?? "{}");
  }
}

function read(text: string): Served {
  const said: unknown = JSON.parse(text);
  if (typeof said !== "object" || said === null) return { relayKey: undefined, hasLan: false };
  const key = "relayKey" in said ? said.relayKey : undefined;
  const relayKey = typeof key === "string" && /^[0-9a-f]{64}$/.test(key) ? key : undefined;
  return { relayKey, hasLan: "lan" in said && said.lan === true };
}

/** As `RelayList.add` takes it; `undefined`: none can be used from here, as over http under a name. */
export function relayAddress({ relayKey }: Served): string | undefined {
  const hasTls = location.protocol === "https:";
  if (relayKey === undefined || (!hasTls && !isPrivateHost(location.host))) return undefined;
  return `${hasTls ? "wss" : "ws"}://${location.host}#${relayKey}`;
}
