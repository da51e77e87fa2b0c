/**
 * `/sign-pass` (spec/relay-http.md §4): who is logged in to the relay has the manifest of a Wallet pass signed. One
 * handler for Node and for workerd; it sees file names and hashes, and keeps nothing.
 *
 * @module
 */
import { bytesToHex, RateBook, sourceOf, type WallTime, wallTime } from "@kith/core";
import { type Context, Hono } from "hono";
import type { TicketCheck } from "../ticket-check.ts";
import { MANIFEST_BYTES_MAX, manifestFault } from "./pass-manifest.ts";
import type { PassNames, PassSigner } from "./pass-signer.ts";
import { PassSecretError } from "./pem.ts";

const SIGN_PASS_PATH = "/sign-pass";
/** Of one source, and of one key. */
export const SIGNATURES_PER_MINUTE = 100;
/** Bits of an IPv6 address that are one source. */
const IPV6_SOURCE_BITS = 48;
const SWEEP_EVERY_MS = 60_000;

export interface SignPassOptions {
  /** May take its time, once. @throws {PassSecretError} */
  readonly signer: () => Promise<PassSigner>;
  readonly tickets: Pick<TicketCheck, "keyOf">;
  /** For metrics: what came of a call. */
  readonly count?: (outcome: string) => void;
  readonly wall?: () => number;
}

/** Where a request comes from, by whoever runs the handler. */
export interface SignPassEnv {
  readonly Bindings: { readonly address: string };
}

/** What GET answers, for whoever makes a pass. */
export interface PassSigning extends PassNames {
  readonly certificate: "given" | "test";
  readonly until: number;
}

type App = Hono<SignPassEnv>;
type Asked = Context<SignPassEnv>;
type Refusal = readonly [status: 400 | 401 | 413 | 415 | 429 | 503, code: string, message: string, wait?: number];

const ANY_ORIGIN = {
  "Access-Control-Allow-Origin": "*",
  "Access-Control-Expose-Headers": "Kith-Pass-Certificate, Retry-After",
  "Cache-Control": "no-store",
  "X-Content-Type-Options": "nosniff",
};
const PREFLIGHT = {
  "Access-Control-Allow-Methods": "GET, POST",
  "Access-Control-Allow-Headers": "Authorization, Content-Type",
  "Access-Control-Max-Age": "7200",
};

export function signPassApp(options: SignPassOptions): App {
  const desk = new SignPassDesk(options);
  const app: App = new Hono();
  app.use(async (context, next) => {
    await next();
    for (const [name, value] of Object.entries(ANY_ORIGIN)) context.header(name, value);
  });
  app.options(SIGN_PASS_PATH, (context) => context.body(null, 204, PREFLIGHT));
  app.get(SIGN_PASS_PATH, (context) => desk.tell(context));
  app.post(SIGN_PASS_PATH, (context) => desk.sign(context));
  app.notFound((context) => context.json({ code: "unknown", message: "Not here." }, 404));
  app.onError((_error, context) => context.json({ code: "internal", message: "That went wrong here." }, 500));
  return app;
}

class SignPassDesk {
  readonly #options: SignPassOptions;
  readonly #rates = new RateBook();
  #sweptAt = 0;

  constructor(options: SignPassOptions) {
    this.#options = options;
  }

  async tell(context: Asked): Promise<Response> {
    const signer = await this.#signer();
    if (signer === undefined) return this.#refuse(context, NO_CERTIFICATE);
    const { kind, until, names } = signer;
    return context.json({ ...names, certificate: kind, until } satisfies PassSigning);
  }

  async sign(context: Asked): Promise<Response> {
    const wall = this.#wall();
    const source = sourceOf(context.env.address, IPV6_SOURCE_BITS);
    // Before anything is computed for whoever it is: a signature of a ticket is checked as seldom as one is made.
    const busy = this.#count(`from ${source}`, wall);
    if (busy !== undefined) return this.#refuse(context, busy);
    const key = await this.#options.tickets.keyOf(context.req.header("Authorization"), wall);
    if (key === undefined) return this.#refuse(context, NO_TICKET);
    const paused = this.#count(`key ${bytesToHex(key)}`, wall);
    if (paused !== undefined) return this.#refuse(context, paused);
    if (context.req.header("Content-Type")?.toLowerCase() !== "application/json") return this.#refuse(context, NO_JSON);
    const manifest = await bodyOf(context.req.raw, MANIFEST_BYTES_MAX);
    if (manifest === undefined) return this.#refuse(context, TOO_LARGE);
    const fault = manifestFault(manifest);
    if (fault !== undefined) return this.#refuse(context, [400, "manifest", fault]);
    const signer = await this.#signer();
    if (signer === undefined || signer.until <= wall) return this.#refuse(context, NO_CERTIFICATE);
    const signature = await signer.sign(manifest, new Date(wall));
    this.#options.count?.("signPass.signed");
    return context.body(signature, 200, {
      "Content-Type": "application/octet-stream",
      "Kith-Pass-Certificate": signer.kind,
    });
  }

  #count(name: string, wall: WallTime): Refusal | undefined {
    if (wall >= this.#sweptAt + SWEEP_EVERY_MS || wall < this.#sweptAt) {
      this.#sweptAt = wall;
      this.#rates.sweep(wall);
    }
    const until = this.#rates.take(name, SIGNATURES_PER_MINUTE, wall);
    return until === undefined ? undefined : [429, "busy", "Too often.", until - wall];
  }

  #refuse(context: Asked, [status, code, message, wait]: Refusal): Response {
    this.#options.count?.(`signPass.${code}`);
    if (wait !== undefined) context.header("Retry-After", String(Math.max(1, Math.ceil(wait / 1_000))));
    if (status === 401) context.header("WWW-Authenticate", "Bearer");
    return context.json({ code, message }, status);
  }

  /** `undefined`: its secrets cannot be used, which whoever runs it was told. */
  async #signer(): Promise<PassSigner | undefined> {
    try {
      return await this.#options.signer();
    } catch (error) {
      if (error instanceof PassSecretError) return undefined;
      throw error;
    }
  }

  #wall(): WallTime {
    return wallTime(this.#options.wall?.() ?? Date.now());
  }
}

const NO_TICKET: Refusal = [401, "ticket", "Log in to the relay, and show the ticket that it gives."];
const NO_JSON: Refusal = [415, "media-type", "application/json is wanted."];
const TOO_LARGE: Refusal = [413, "too-large", `At most ${MANIFEST_BYTES_MAX} bytes.`];
const NO_CERTIFICATE: Refusal = [503, "certificate", "There is no certificate that is good now.", 60_000];

/** `undefined`: it is longer. Nothing beyond is read. */
async function bodyOf(request: Request, max: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
  if (Number(request.headers.get("Content-Length") ?? 0) > max) return undefined;
  const bytes = new Uint8Array(max);
  let length = 0;
  const reader: ReadableStreamDefaultReader<Uint8Array> | undefined = request.body?.getReader();
  for (let part = await reader?.read(); part?.value !== undefined; part = await reader?.read()) {
    if (length + part.value.length > max) {
      await reader?.cancel();
      return undefined;
    }
    bytes.set(part.value, length);
    length += part.value.length;
  }
  return bytes.slice(0, length);
}
