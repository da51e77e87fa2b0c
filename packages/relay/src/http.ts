/**
 * The HTTP of a relay: a few GETs for people, load balancers and monitoring, and calls (calls.ts). Plain `node:http`:
 * there is little that a framework would help with.
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { splitOnce } from "./calls.ts";
import { RELAY_PATH } from "./handshake.ts";
import { OPENAPI } from "./openapi.ts";
import { type RouteAnswer, sendAnswer } from "./routes.ts";

/** What the answers depend on. */
export interface HttpFacts {
  readonly readiness: () => "ready" | "draining" | "storage";
  /** Prometheus text; `undefined`: not for that address. */
  readonly metrics: (request: IncomingMessage) => string | undefined;
  /** What is to be known of the certificate for passes; `undefined`: none is used. */
  readonly passes?: () => object | undefined;
  /** Calls of the relay's own at that path, without a query. */
  readonly call?: (path: string) => ((request: IncomingMessage, response: ServerResponse) => void) | undefined;
  /** What else is at the relay's port. */
  readonly route?: (request: IncomingMessage) => RouteAnswer | undefined;
}

interface Answer {
  readonly status: number;
  readonly type: "text/plain; charset=utf-8" | "text/plain; version=0.0.4; charset=utf-8" | "application/json";
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const text = (status: number, body: string, headers: Readonly<Record<string, string>> = {}): Answer => ({
  ...{ status, type: "text/plain; charset=utf-8", body: `${body}\n`, headers },
});
const json = (status: number, value: unknown): Answer => ({
  ...{ status, type: "application/json", body: `${JSON.stringify(value)}\n` },
});

export function answerRequest(request: IncomingMessage, response: ServerResponse, facts: HttpFacts): void {
  const call = facts.call?.(splitOnce(request.url ?? "", "?")[0]);
  if (call !== undefined) return call(request, response);
  const routed = isRelays(request) ? undefined : facts.route?.(request);
  if (routed !== undefined) return sendAnswer(request, response, routed);
  const { status, type, body, headers } = answerTo(request, facts);
  response.writeHead(status, {
    ...{ "Content-Type": type, "Content-Length": Buffer.byteLength(body) },
    ...{ "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff" },
    ...headers,
  });
  response.end(request.method === "HEAD" ? undefined : body);
}

/** Paths that no route can have: what watches a relay relies on them. */
const OWN_PATHS: readonly string[] = ["/health", "/ready", "/metrics", "/openapi.json", RELAY_PATH];

function isRelays({ method, url = "" }: IncomingMessage): boolean {
  return (method !== "GET" && method !== "HEAD") || OWN_PATHS.includes(url);
}

function answerTo(request: IncomingMessage, facts: HttpFacts): Answer {
  if (request.method !== "GET" && request.method !== "HEAD")
    return text(405, "Only GET and HEAD.", { Allow: "GET, HEAD", Connection: "close" });
  switch (request.url) {
    case "/":
      return text(200, "This is a Kith relay. It forwards sealed bytes between people who know each other.");
    case "/health":
      return json(200, { status: "ok", passes: facts.passes?.() });
    case "/ready": {
      const status = facts.readiness();
      return json(status === "ready" ? 200 : 503, { status });
    }
    case "/metrics": {
      const body = facts.metrics(request);
      if (body === undefined) return text(403, "Not for this address.");
      return { status: 200, type: "text/plain; version=0.0.4; charset=utf-8", body };
    }
    case "/openapi.json":
      return json(200, OPENAPI);
    case RELAY_PATH:
      return text(426, "A WebSocket is wanted here.", { Upgrade: "websocket", Connection: "Upgrade" });
    default:
      return text(404, "Not here.");
  }
}
