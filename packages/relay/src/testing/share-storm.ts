/** Many who take one share at once, from a relay that is killed again and again meanwhile. */
import type { ChildProcess } from "node:child_process";
import { RelayGuest } from "./relay-guest.ts";
import { relayProcess } from "./relay-process.ts";
import { ShareHistory, type ShareOutcome } from "./share-history.ts";
import { ticketOf } from "./ticket-of.ts";

const TAKERS = 8;
const OUTCOMES: Readonly<Record<number, ShareOutcome>> = {
  200: "given",
  201: "kept",
  204: "ended",
  404: "unknown",
  410: "ended",
};

export interface Storm {
  readonly uses: number;
  /** The relay is killed each time that so many more have been given. */
  readonly killEvery: number;
  /** Ended by who put it there, once so many have been given. */
  readonly endAfter?: number;
}

/** Until nobody gets it any more. */
export async function shareStorm(data: string, { uses, killEvery, endAfter }: Storm): Promise<ShareHistory> {
  const history = new ShareHistory();
  const settings = { trustedProxies: ["127.0.0.1"] };
  let relay = await relayProcess(data, settings);
  const seed = new Uint8Array(32).fill(3);
  const ticketAt = async (port: number): Promise<{ readonly Authorization: string }> =>
    ticketOf(await RelayGuest.login(port, seed));
  let ticket = await ticketAt(relay.port);
  let calls = 0;
  const call = async (method: string, query = "", init: RequestInit = {}): Promise<ShareOutcome> => {
    calls += 1; // each from an address of its own: here it is not about those limits
    const address = `10.${(calls >> 16) & 255}.${(calls >> 8) & 255}.${calls & 255}`;
    const headers = { "X-Forwarded-For": address, "Content-Type": "application/octet-stream", ...init.headers };
    const url = `http://127.0.0.1:${relay.port}/shares/${"0f".repeat(16)}${query}`;
    const answer = await fetch(url, { ...init, method, headers });
    await answer.arrayBuffer(); // it counts as given when it is there whole
    const outcome = OUTCOMES[answer.status];
    if (outcome === undefined) throw new Error(`${method} is answered by ${answer.status}`);
    return outcome;
  };
  const body = new Uint8Array(4_608).fill(9);
  await history.record("put", () => call("PUT", `?lifetime=600&uses=${uses}`, { body, headers: ticket }));
  let [nextKill, isEnding] = [killEvery, false];
  let restart: Promise<void> | undefined;
  const again = async (child: ChildProcess): Promise<void> => {
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await gone;
    relay = await relayProcess(data, settings);
    ticket = await ticketAt(relay.port);
  };
  const takers = Array.from({ length: TAKERS }, async () => {
    for (;;) {
      const outcome = await history.record("take", () => call("POST"));
      if (outcome === "ended") return;
      if (outcome === "unknown") throw new Error("it is gone");
      const given = history.count("given");
      if (endAfter !== undefined && given >= endAfter && !isEnding) {
        isEnding = true;
        await restart;
        await history.record("end", () => call("DELETE", "", { headers: ticket }));
      }
      if (given >= nextKill && restart === undefined) {
        nextKill = given + killEvery;
        restart = again(relay.child).finally(() => {
          restart = undefined;
        });
      }
      if (outcome === "lost") await restart;
    }
  });
  await Promise.all(takers);
  relay.child.kill("SIGKILL");
  return history;
}
