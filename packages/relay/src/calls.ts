/**
 * Calls of a relay by HTTP that have a body, or change something (spec/relay-http.md): who calls, what was sent, and
 * how it is answered. A page of any origin may call: what counts is the ticket, and no cookie is taken or set.
 *
 * @module
 */
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import { type RouteAnswer, sendAnswer } from "./routes.ts";

/** One call, as nobody has checked yet. */
export interface Call {
  readonly method: string;
  /** Without a query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** Its address, by what trusted proxies say. */
  readonly address: string;
  /** @throws {CallError} 413 for more than `max` bytes; 400 if it ends early */
  readonly body: (max: number) => Promise<Uint8Array<ArrayBuffer>>;
}

export interface CallRoute {
  readonly methods: readonly string[];
  readonly answer: (call: Call) => Promise<RouteAnswer>;
}

/** Why a call is refused. `code` is stable, the message is for people. */
export class CallError extends Error {
  override readonly name = "CallError";
  readonly status: number;
  readonly code: string;
  /** Milliseconds after which it may be tried again. */
  readonly wait: number | undefined;

  constructor(status: number, code: string, message: string, wait?: number) {
    super(message);
    [this.status, this.code, this.wait] = [status, code, wait];
  }
}

const ANY_ORIGIN = { "Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "Retry-After" } as const;
const ALWAYS = { ...ANY_ORIGIN, "Cache-Control": "no-store", "Cross-Origin-Resource-Policy": "cross-origin" } as const;
/** By whoever sends it. */
const ADDED = ["Content-Length", "X-Content-Type-Options"] as const;
/** For how long a page need not ask again whether it may call, in seconds. */
const PREFLIGHT_AGE = "7200";

export const refusal = ({ status, code, message, wait }: CallError): RouteAnswer => ({
  status,
  headers: {
    "Content-Type": "application/json",
    ...(wait !== undefined && { "Retry-After": String(Math.max(1, Math.ceil(wait / 1_000))) }),
    // What is left of its body is not waited for.
    ...(status === 413 && { Connection: "close" }),
    ...(status === 401 && { "WWW-Authenticate": "Bearer" }),
  },
  body: `${JSON.stringify({ code, message })}\n`,
});

/** Answers, whatever happens. `onCrash` hears of what is our own fault. */
export function answerCall(
  request: IncomingMessage,
  response: ServerResponse,
  { route, address, onCrash }: { route: CallRoute; address: string; onCrash: (error: unknown) => void },
): void {
  const send = ({ status, headers, body }: RouteAnswer): void => {
    if (response.headersSent || response.destroyed) return;
    // Once each, however a route writes their names: a page takes no "*, *".
    const all = new Headers(ALWAYS);
    for (const [name, value] of Object.entries(headers)) all.set(name, value);
    for (const name of ADDED) all.delete(name);
    sendAnswer(request, response, { status, body, headers: Object.fromEntries(all) });
  };
  const { method = "" } = request;
  if (method === "OPTIONS") return send(preflight(route));
  if (!route.methods.includes(method)) {
    const { status, body, headers } = refusal(new CallError(405, "method", `Only ${route.methods.join(", ")}.`));
    return send({ status, body, headers: { ...headers, Allow: `${route.methods.join(", ")}, OPTIONS` } });
  }
  route.answer(callOf(request, address)).then(send, (error: unknown) => {
    if (error instanceof CallError) return send(refusal(error));
    onCrash(error);
    send(refusal(new CallError(500, "internal", "That went wrong here.")));
  });
}

const preflight = ({ methods }: CallRoute): RouteAnswer => ({
  status: 204,
  headers: {
    "Access-Control-Allow-Methods": methods.join(", "),
    "Access-Control-Allow-Headers": "Authorization, Content-Type",
    "Access-Control-Max-Age": PREFLIGHT_AGE,
  },
  body: "",
});

function callOf(request: IncomingMessage, address: string): Call {
  const [path = "", query = ""] = splitOnce(request.url ?? "", "?");
  return {
    ...{ method: request.method ?? "", path, query: new URLSearchParams(query) },
    ...{ headers: request.headers, address, body: (max) => readBody(request, max) },
  };
}

/** The listener's time for a whole request bounds how long that may take. */
async function readBody(request: IncomingMessage, max: number): Promise<Uint8Array<ArrayBuffer>> {
  const tooLarge = (): CallError => new CallError(413, "too-large", `At most ${max} bytes.`);
  if (Number(request.headers["content-length"] ?? 0) > max) throw tooLarge();
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of request as AsyncIterable<Uint8Array>) {
      length += chunk.length;
      if (length > max) throw tooLarge();
      chunks.push(chunk);
    }
  } catch (error) {
    throw error instanceof CallError ? error : new CallError(400, "body", "The body ended early.");
  }
  const body = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    body.set(chunk, at);
    at += chunk.length;
  }
  return body;
}

export function splitOnce(text: string, separator: string): readonly [string, string?] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + separator.length)];
}
