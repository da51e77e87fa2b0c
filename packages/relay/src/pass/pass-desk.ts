/**
 * `/sign-pass` at a relay: secrets from files or settings, read at the start and when the relay reads its certificates
 * again; without any a test CA, made when it is first needed. So is the code that signs: a relay starts without it.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import type { Call, CallRoute } from "../calls.ts";
import type { RelayConfig } from "../config.ts";
import type { Log } from "../log.ts";
import { reasonOf } from "../relay-error.ts";
import type { RouteAnswer } from "../routes.ts";
import type { TicketCheck } from "../ticket-check.ts";
import { MANIFEST_BYTES_MAX } from "./pass-manifest.ts";
import type { PassSigner } from "./pass-signer.ts";
import { isPem, PassSecretError } from "./pem.ts";
import type { signPassApp } from "./sign-pass.ts";

const PATH = "/sign-pass";
type App = ReturnType<typeof signPassApp>;

export interface PassDeskOptions {
  readonly config: Pick<RelayConfig, "passCert" | "passKey" | "passWwdr" | "passSigning">;
  readonly tickets: TicketCheck;
  readonly log: Log;
  readonly count: (outcome: string) => void;
}

/** What `/health` says of it. */
export interface PassHealth {
  readonly certificate: "given" | "test" | "unusable";
  /** When it ends, as ISO 8601; absent for one that was made for a test or cannot be used. */
  readonly until?: string;
}

export class PassDesk implements CallRoute {
  readonly methods: readonly string[] = ["GET", "POST"];
  readonly #options: PassDeskOptions;
  #app: Promise<App> | undefined;
  #signer: Promise<PassSigner> | undefined;
  #health: PassHealth = { certificate: "test" };
  #until = 0;

  constructor(options: PassDeskOptions) {
    this.#options = options;
  }

  has(path: string): boolean {
    return path === PATH && this.#options.config.passSigning === "on";
  }

  /** `undefined`: it signs nothing. */
  get health(): PassHealth | undefined {
    return this.#options.config.passSigning === "on" ? this.#health : undefined;
  }

  /** Wall time at which the given certificate ends; 0: there is none. */
  get until(): number {
    return this.#until;
  }

  /** Reads the secrets, again: whoever signs with the ones before goes on until the new ones are read. */
  async start(): Promise<void> {
    if (!this.#isGiven || this.#options.config.passSigning === "off") return;
    const next = this.#read();
    const { log } = this.#options;
    try {
      const { until } = await next;
      this.#signer = next;
      this.#until = until;
      this.#health = { certificate: "given", until: new Date(until).toISOString() };
      if (until <= Date.now()) log("warn", "pass.ended", { until: new Date(until).toISOString() });
    } catch (error) {
      log("warn", "pass.unusable", { reason: reasonOf(error) });
      if (this.#signer !== undefined) return;
      next.catch(() => {});
      this.#signer = next;
      this.#health = { certificate: "unusable" };
    }
  }

  readonly answer = async (call: Call): Promise<RouteAnswer> => {
    const headers = new Headers();
    for (const name of ["authorization", "content-type"] as const) {
      const value = call.headers[name];
      if (value !== undefined) headers.set(name, value);
    }
    const body = call.method === "POST" ? await call.body(MANIFEST_BYTES_MAX) : undefined;
    const request = new Request(`http://relay.invalid${call.path}`, {
      ...{ method: call.method, headers },
      ...(body !== undefined && { body }),
    });
    this.#app ??= this.#makeApp();
    const response = await (await this.#app).fetch(request, { address: call.address });
    const bytes = new Uint8Array(await response.arrayBuffer());
    return { status: response.status, headers: Object.fromEntries(response.headers), body: bytes };
  };

  get #isGiven(): boolean {
    const { passCert, passKey, passWwdr } = this.#options.config;
    return passCert !== undefined || passKey !== undefined || passWwdr !== undefined;
  }

  async #makeApp(): Promise<App> {
    const { signPassApp } = await import("./sign-pass.ts");
    return signPassApp({ ...this.#options, signer: () => this.#open() });
  }

  #open(): Promise<PassSigner> {
    this.#signer ??= this.#isGiven ? this.#read() : this.#makeTest();
    return this.#signer;
  }

  async #makeTest(): Promise<PassSigner> {
    const [{ makeTestAuthority }, { PassSigner }] = await Promise.all([
      import("./test-authority.ts"),
      import("./pass-signer.ts"),
    ]);
    return PassSigner.open(await makeTestAuthority(Date.now()), "test");
  }

  async #read(): Promise<PassSigner> {
    const { passCert = "", passKey = "", passWwdr = "" } = this.#options.config;
    const { PassSigner } = await import("./pass-signer.ts");
    return PassSigner.open({ certificate: secretIn(passCert), key: secretIn(passKey), chain: secretIn(passWwdr) });
  }
}

/** Itself, or what is in the file. */
function secretIn(setting: string): string {
  if (isPem(setting)) return setting;
  try {
    return readFileSync(setting, "utf8");
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "unreadable";
    throw new PassSecretError(`a file of its settings cannot be read (${code})`); // not what may be a secret misspelt
  }
}
