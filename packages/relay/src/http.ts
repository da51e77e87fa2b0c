/**
 * The HTTP of a relay: a few GETs for people, load balancers and monitoring. Plain `node:http`: there is no routing,
 * no body and no parameter that a framework would help with.
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { RELAY_PATH } from "./handshake.ts";
import { OPENAPI } from "./openapi.ts";

/** What the answers depend on. */
export interface HttpFacts {
  readonly readiness: () => "ready" | "draining" | "storage";
  /** Prometheus text; `undefined`: not for that address. */
  readonly metrics: (request: IncomingMessage) => string | undefined;
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
  const { status, type, body, headers } = answerTo(request, facts);
  response.writeHead(status, {
    ...{ "Content-Type": type, "Content-Length": Buffer.byteLength(body) },
    ...{ "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff" },
    ...headers,
  });
  response.end(request.method === "HEAD" ? undefined : body);
}

function answerTo(request: IncomingMessage, facts: HttpFacts): Answer {
  if (request.method !== "GET" && request.method !== "HEAD")
    return text(405, "Only GET and HEAD.", { Allow: "GET, HEAD", Connection: "close" });
  switch (request.url) {
    case "/":
      return text(200, "This is a Kith relay. It forwards sealed bytes between people who know each other.");
    case "/health":
      return json(200, { status: "ok" });
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
