/**
 * The doctor's look at relays from a page, by a WebSocket of its own to each: whether it answers, proves its key, and what
 * its clock shows. A browser does not say why a WebSocket does not come up; what can be told beside it is.
 *
 * @module
 */
import { type CryptoProvider, type Duration, millis, type RandomSource, type WallTime } from "@kith/core";
import type { Clock } from "../clock.ts";
import { judgeClock, judgeSkew } from "../doctor/clock-judge.ts";
import {
  GREETING_NONCE_BYTES,
  type Greeting,
  GreetingReader,
  helloBytes,
  judgeGreeting,
} from "../doctor/relay-greeting.ts";
import { isPrivateHost, parseRelayAddress } from "../relay-address.ts";
import type { OpenWebSocket } from "../relay-connection.ts";
import type { RelayView } from "../relays-api.ts";
import { type PageFinding, pageFinding } from "./doctor-finding.ts";

export type Visit =
  | Greeting
  | { readonly type: "silent" | "mute" | "stranger" }
  /** The browser's policy: no WebSocket without TLS from a page with it. */
  | { readonly type: "forbidden" };

export interface RelaySeen {
  readonly view: RelayView;
  readonly visit: Visit;
}

export interface VisitOptions {
  readonly webSocket: OpenWebSocket;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly signal?: AbortSignal | undefined;
}

const LIMIT: Duration = millis(5_000);

/** Never rejects, but for the signal's reason. */
export async function visitRelay({ host }: Pick<RelayView, "host">, options: VisitOptions): Promise<Visit> {
  const schemes = isPrivateHost(host) ? ["ws", "wss"] : ["wss"]; // one nearby may have TLS, and nobody said
  let first: Visit | undefined;
  for (const scheme of schemes) {
    options.signal?.throwIfAborted();
    const url = parseRelayAddress(`${scheme}://${host}`)?.url;
    const visit = url === undefined ? ({ type: "silent" } as const) : await greet(url, options);
    if (visit.type === "welcome") return visit;
    first ??= visit;
  }
  options.signal?.throwIfAborted();
  return first ?? { type: "silent" };
}

function greet(url: string, { webSocket, clock, random, signal }: VisitOptions): Promise<Visit> {
  return new Promise((resolve) => {
    let socket: ReturnType<OpenWebSocket>;
    try {
      socket = webSocket(url);
    } catch {
      return resolve({ type: "forbidden" });
    }
    const nonce = random(GREETING_NONCE_BYTES);
    const reader = new GreetingReader(nonce);
    let isUp = false;
    const settle = (visit: Visit): void => {
      cancel();
      signal?.removeEventListener("abort", fail);
      socket.close(1_000);
      resolve(visit);
    };
    const fail = (): void => settle({ type: isUp ? "mute" : "silent" });
    const cancel = clock.schedule(LIMIT, fail);
    signal?.addEventListener("abort", fail);
    socket.binaryType = "arraybuffer";
    socket.addEventListener("open", () => {
      isUp = true;
      socket.send(new Uint8Array(helloBytes(nonce)));
    });
    socket.addEventListener("message", (event) => {
      const data: unknown = "data" in event ? event.data : undefined;
      const read = data instanceof ArrayBuffer ? reader.read(new Uint8Array(data)) : { type: "stranger" as const };
      if (read !== undefined) settle(read);
    });
    socket.addEventListener("error", () => {}); // its close follows
    socket.addEventListener("close", fail);
  });
}

export function judgeRelays(provider: CryptoProvider, relays: readonly RelaySeen[]): PageFinding[] {
  if (relays.length === 0) return [pageFinding("relay-none")];
  return relays.map((relay) => pageFinding(codeOf(provider, relay), { relay: relay.view.host }));
}

function codeOf(provider: CryptoProvider, { view, visit }: RelaySeen): PageFinding["code"] {
  if (view.state === "key-changed") return "relay-changed";
  if (visit.type !== "welcome") {
    // Where the page's own connection stands, ours can have failed for a moment only.
    return view.state === "ready" ? "relay-right" : `relay-${visit.type}`;
  }
  const key = judgeGreeting(provider, visit, view.key);
  if (key === "unproven" || key === "changed") return `relay-${key}`;
  if (view.state === "ready") return `relay-${key}`;
  return REFUSALS[view.problem ?? "asked"] ?? "relay-busy";
}

/** Why it does not let us in although it answers. */
const REFUSALS: Readonly<Record<string, PageFinding["code"]>> = {
  unwelcome: "relay-unwelcome",
  forbidden: "relay-unwelcome",
  replaced: "relay-elsewhere",
  // It is back, and our next try is still to come.
  ...{ unreachable: "relay-entering", ended: "relay-entering", silent: "relay-entering", asked: "relay-entering" },
};

/** `other`: what else tells the time, to the second. */
export function judgeClocks(
  provider: CryptoProvider,
  { wall, relays, other }: { readonly wall: WallTime; readonly relays: readonly RelaySeen[]; readonly other?: number },
): PageFinding {
  const own = judgeClock(wall);
  if (own !== "possible") return pageFinding(`clock-${own}`);
  const heard = relays.flatMap(({ view, visit }) =>
    visit.type === "welcome" && judgeGreeting(provider, visit, view.key) !== "unproven"
      ? [{ relay: view.host, ahead: visit.welcome.wall - wall }]
      : [],
  );
  const all = other === undefined ? heard : [...heard, { relay: "what served this page", ahead: other - wall }];
  const [worst] = [...all].sort((a, b) => Math.abs(b.ahead) - Math.abs(a.ahead));
  if (worst === undefined) return pageFinding("clock-unasked");
  const verdict = judgeSkew(worst.ahead);
  if (verdict === "good") return pageFinding("clock-right");
  return pageFinding(verdict === "warn" ? "clock-near" : "clock-off", worst);
}
