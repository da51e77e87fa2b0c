/**
 * Shares of cards by HTTP (spec/relay-http.md §3): put and ended with a ticket, taken by whoever has the id.
 *
 *     PUT    /shares/ID?lifetime=SECONDS&uses=COUNT   sealed bytes
 *     POST   /shares/ID                               takes it: that is counted, so it is no GET, which others repeat
 *     DELETE /shares/ID
 *
 * @module
 */
import { hexToBytes, type RelayAnswers, type StorageTrouble, seconds, wallAfter, wallTime } from "@kith/core";
import { CARD_SHARE_LIFETIME_MAX, CARD_SHARE_SIZES, CARD_SHARE_USES_MAX } from "@kith/core/card";
import { type Call, CallError, type CallRoute } from "./calls.ts";
import type { RouteAnswer } from "./routes.ts";
import { relaySourceOf } from "./source.ts";
import type { TicketCheck } from "./ticket-check.ts";
import type { TurnAsker } from "./turn-asker.ts";

const PATH = /^\/shares\/([0-9a-f]{32})$/;
const SIZE_MAX = Math.max(...CARD_SHARE_SIZES);

export interface ShareCallsOptions {
  readonly store: Pick<TurnAsker, "ask">;
  readonly tickets: TicketCheck;
  /** It goes away, and takes nothing new. */
  readonly isDraining: () => boolean;
  /** For metrics: what came of a call. */
  readonly count: (outcome: string) => void;
  readonly wall?: () => number;
}

export class ShareCalls implements CallRoute {
  readonly methods: readonly string[] = ["PUT", "POST", "DELETE"];
  readonly #options: ShareCallsOptions;

  constructor(options: ShareCallsOptions) {
    this.#options = options;
  }

  /** Whether a path, without a query, is a share's. */
  has(path: string): boolean {
    return PATH.test(path);
  }

  readonly answer = async (call: Call): Promise<RouteAnswer> => {
    const [, id = ""] = PATH.exec(call.path) ?? [];
    const share = { id: hexToBytes(id), source: relaySourceOf(call.address) };
    if (call.method === "POST") return this.#take(share);
    const key = await this.#options.tickets.keyOf(call.headers.authorization, this.#wall());
    if (key === undefined) throw noTicket();
    return call.method === "PUT" ? this.#keep(call, { ...share, key }) : this.#end({ id: share.id, key });
  };

  async #keep(call: Call, share: { id: Uint8Array; source: string; key: Uint8Array }): Promise<RouteAnswer> {
    if (this.#options.isDraining()) throw new CallError(503, "draining", "This relay goes away.", 10_000);
    if (call.headers["content-type"] !== "application/octet-stream")
      throw new CallError(415, "media-type", "application/octet-stream is wanted.");
    const { lifetime, uses } = termsOf(call.query);
    const sealed = await call.body(SIZE_MAX);
    if (!CARD_SHARE_SIZES.includes(sealed.length))
      throw new CallError(400, "size", `${sealed.length} bytes: a sealed share has ${CARD_SHARE_SIZES.join(", ")}.`);
    const wall = wallTime(this.#wall());
    const until = wallAfter(wall, seconds(lifetime));
    const { store } = this.#options;
    const answer = this.#counted(
      await store.ask<"keepShare">({ type: "keepShare", ...share, sealed, uses, until, wall }),
    );
    switch (answer.verdict) {
      case "kept":
        return { status: 201, headers: { "Content-Type": "application/json" }, body: `${JSON.stringify({ until })}\n` };
      case "taken":
        throw new CallError(409, "taken", "Something else has or had that id.");
      case "full":
        throw new CallError(507, "full", "As many shares as there may be.");
      case "stranger":
        throw noTicket(); // of a key that was purged since
    }
  }

  async #take(share: { id: Uint8Array; source: string }): Promise<RouteAnswer> {
    const { store } = this.#options;
    const wall = wallTime(this.#wall());
    const answer = this.#counted(await store.ask<"takeShare">({ type: "takeShare", ...share, wall }));
    switch (answer.verdict) {
      case "given":
        return { status: 200, headers: { "Content-Type": "application/octet-stream" }, body: answer.sealed };
      case "unknown":
        throw new CallError(404, "unknown", "Nothing is kept under that id: its time is over, or it never was.");
      case "ended":
        throw new CallError(410, "ended", "It was taken as often as it may be, or was taken back.");
    }
  }

  async #end(share: { id: Uint8Array; key: Uint8Array }): Promise<RouteAnswer> {
    const { store } = this.#options;
    const wall = wallTime(this.#wall());
    const answer = this.#counted(await store.ask<"endShare">({ type: "endShare", ...share, wall }));
    if (answer.verdict === "unknown") throw new CallError(404, "unknown", "Nothing of yours is kept under that id.");
    return { status: 204, headers: {}, body: "" };
  }

  /** @throws {CallError} where nothing was done */
  #counted<Answer extends ShareAnswer>(answer: Answer | StorageTrouble): Exclude<Answer, Paused> {
    if (answer.type === "storage") throw new CallError(503, "storage", "The store cannot be used now.", 10_000);
    this.#options.count(`${answer.type}.${answer.verdict}`);
    if (isPaused(answer)) throw new CallError(429, "busy", "Too often.", answer.until - this.#wall());
    return answer as Exclude<Answer, Paused>;
  }

  #wall(): number {
    return this.#options.wall?.() ?? Date.now();
  }
}

type ShareAnswer = RelayAnswers["keepShare" | "takeShare" | "endShare"];
type Paused = Extract<ShareAnswer, { readonly verdict: "paused" }>;
const isPaused = (answer: ShareAnswer): answer is Paused => answer.verdict === "paused";

const noTicket = (): CallError =>
  new CallError(401, "ticket", "Log in to this relay, and show the ticket that it gives.");

/** Both, once each, in plain digits. @throws {CallError} */
function termsOf(query: URLSearchParams): { readonly lifetime: number; readonly uses: number } {
  const read = (name: string, min: number, max: number): number => {
    const [text = "", ...more] = query.getAll(name);
    const number = /^\d{1,9}$/.test(text) && more.length === 0 ? Number(text) : -1;
    if (number < min || number > max) throw new CallError(400, "terms", `${name} is a number from ${min} to ${max}.`);
    return number;
  };
  const terms = {
    lifetime: read("lifetime", 1, CARD_SHARE_LIFETIME_MAX / 1_000),
    uses: read("uses", 0, CARD_SHARE_USES_MAX),
  };
  if ([...query.keys()].length !== 2) throw new CallError(400, "terms", "lifetime and uses, nothing else.");
  return terms;
}
