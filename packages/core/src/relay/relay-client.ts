/**
 * One endpoint at one relay (spec/relay.md, spec/relay-meeting.md): it connects, logs in, and stays so for as long as
 * it is wanted.
 *
 *     waiting ─▶ connecting ─▶ entering ─▶ ready
 *        ◀──── lost, with a growing pause ────┘        over: stopped, or the relay's key is another than it was
 *
 * Connections and the search for a toll belong to whoever drives it. It trusts the relay with nothing but what only a
 * relay can do: what is forwarded proves itself above.
 *
 * @module
 */
import { assert } from "../lib/assert.ts";
import { bytesEqual } from "../lib/bytes.ts";
import { bytesToHex, hexToBytes } from "../lib/hex.ts";
import { randomBelow } from "../lib/random.ts";
import { after, type Duration, type Instant, millis, seconds, since, wallTime } from "../lib/time.ts";
import { WireError } from "../lib/wire-error.ts";
import {
  RELAY_CONNECT_TIMEOUT,
  RELAY_QUIET_MAX,
  RELAY_QUIET_PING,
  RELAY_RETRY_MAX,
  RELAY_RETRY_MIN,
  RELAY_TAGS_MAX,
  RELAY_TAGS_PER_MESSAGE_MAX,
} from "../wire/relay-limits.ts";
import { pinOf, type ReadyMessage, type RelayClientOutput, type RelayLoss, readyOf } from "./relay-client-output.ts";
import { type ProvenRelay, RelayEntry, type RelayEntryOptions } from "./relay-entry.ts";
import { RelayFlows } from "./relay-flows.ts";
import {
  type ClientMessage,
  decodeServerMessage,
  encodeClientMessage,
  RELAY_TAG_BYTES,
  type RelayReason,
  type ServerMessage,
} from "./relay-message.ts";
import { type RelayRequest, RelayRequests, type RequestKind } from "./relay-requests.ts";

/** A login that lasted so long was a good one: the next pause is the shortest again. */
const STEADY_AFTER: Duration = seconds(10);
/** How long a relay that should be there may take to say so. */
const PROBE_WAIT: Duration = seconds(5);
/** WebSocket close codes (RFC 6455 §7.4.1). */
const DONE = 1_000;
const GOING_AWAY = 1_001;
const VIOLATION = 1_002;

/** `relayKey`: the one that this relay must have; `undefined`: whichever it shows at first. */
export type RelayClientOptions = RelayEntryOptions;

type Phase =
  | { readonly at: "waiting" | "connecting"; readonly until: Instant }
  | { readonly at: "entering"; readonly entry: RelayEntry }
  | { readonly at: "ready"; readonly key: Uint8Array; readonly from: Instant }
  | { readonly at: "over" };

export class RelayClient {
  readonly #options: RelayClientOptions;
  readonly #flows: RelayFlows;
  readonly #tags = new Set<string>(); // wanted; at most RELAY_TAGS_MAX
  readonly #requests = new RelayRequests();
  readonly #outputs: RelayClientOutput[] = [];
  #phase: Phase;
  #relay: ProvenRelay | undefined;
  #heardAt: Instant; //             the last message of this connection
  #goneAt: Instant | undefined; //  unless something is heard before
  #failures = 0;

  /** It begins at once. */
  constructor(options: RelayClientOptions, now: Instant) {
    this.#options = options;
    this.#flows = new RelayFlows(options.random);
    this.#phase = { at: "waiting", until: now };
    this.#heardAt = now;
    this.handleTimeout(now);
  }

  // --- read -----------------------------------------------------------------------------------

  get phase(): Phase["at"] {
    return this.#phase.at;
  }

  /** Our key here, once we are logged in. */
  get key(): Uint8Array | undefined {
    return this.#phase.at === "ready" ? this.#phase.key : undefined;
  }

  /** The relay's, once it is known. */
  get relayKey(): Uint8Array | undefined {
    return this.#relay?.relayKey ?? this.#options.relayKey;
  }

  /** Whether the relay has this key, or had it. */
  isOf(key: Uint8Array): boolean {
    return [this.relayKey, ...(this.#relay?.formerKeys ?? [])].some((one) => one && bytesEqual(one, key));
  }

  /** Bytes that may be written to a flow now. */
  room(flow: number): number {
    return this.#flows.room(flow);
  }

  // --- commands: connection ---------------------------------------------------------------------

  /** Forget the pauses and look whether the relay is there: the network may be another than a moment ago. */
  hurry(now: Instant): void {
    this.#failures = 0;
    if (this.#phase.at === "waiting") this.#phase = { at: "waiting", until: now };
    else if (this.#phase.at === "ready") this.#ping(now, PROBE_WAIT);
  }

  /** The connection is known to be dead, say after a long sleep: begin anew. */
  restart(now: Instant): void {
    this.#failures = 0;
    if (this.#phase.at === "over") return;
    if (this.#phase.at === "waiting") this.#phase = { at: "waiting", until: now };
    else this.#lose("asked", GOING_AWAY, now, millis(0));
  }

  /** For good. What was sent before still goes out. */
  stop(): void {
    if (this.#phase.at === "over") return;
    const isUp = this.#phase.at !== "waiting";
    this.#endConnection();
    if (isUp) this.#outputs.push({ type: "close", code: DONE });
    this.#phase = { at: "over" };
  }

  // --- commands: meeting and keeping --------------------------------------------------------------

  /** Tags to be met by, of 16 bytes, until {@link unwatch}. Of more than RELAY_TAGS_MAX the last are left out. */
  watch(tags: readonly Uint8Array[]): void {
    const fresh: Uint8Array[] = [];
    for (const tag of tags) {
      assert(tag.length === RELAY_TAG_BYTES, `a tag of ${tag.length} bytes`);
      const name = bytesToHex(tag);
      if (this.#tags.has(name) || this.#tags.size >= RELAY_TAGS_MAX) continue;
      this.#tags.add(name);
      fresh.push(tag);
    }
    if (this.#phase.at === "ready") this.#tellTags("watch", fresh);
  }

  unwatch(tags: readonly Uint8Array[]): void {
    const known = tags.filter((tag) => this.#tags.delete(bytesToHex(tag)));
    if (this.#phase.at === "ready") this.#tellTags("unwatch", known);
  }

  /** Answered once, with the number that this returns: by `done` or `failed`, an *open* by `opened` or `failed`. */
  ask(question: RelayRequest): number {
    return this.#request(question.type === "open" ? "open" : "other", question);
  }

  /** A mailbox is not needed any more, or items are ours now: needs no answer, and is not said while we are not in. */
  tell(message: Extract<ClientMessage, { type: "shut" | "taken" }>): void {
    if (this.#phase.at === "ready") this.#say(message);
  }

  // --- commands: links --------------------------------------------------------------------------

  /** A link to another key; `undefined`: we are not logged in, or there are as many as may be. */
  dialFlow(key: Uint8Array, now: Instant): number | undefined {
    if (this.#phase.at !== "ready") return undefined;
    // A link before this one may have died with a connection that nobody has found dead yet.
    if (since(this.#heardAt, now) >= PROBE_WAIT) this.#ping(now, PROBE_WAIT);
    const flow = this.#flows.dial(key);
    this.#drainFlows();
    return flow;
  }

  sendPacket(flow: number, parts: readonly Uint8Array[]): void {
    this.#flows.send(flow, parts);
    this.#drainFlows();
  }

  endFlow(flow: number): void {
    this.#flows.end(flow);
    this.#drainFlows();
  }

  // --- what the world did -----------------------------------------------------------------------

  /** The connection that was asked for is up. */
  handleUp(now: Instant): void {
    if (this.#phase.at !== "connecting") return;
    this.#heardAt = now;
    this.#phase = { at: "entering", entry: new RelayEntry({ ...this.#options, ...this.#relay }, now) };
    this.#drainEntry(now);
  }

  /** Outputs hold views into `bytes`. */
  handleMessage(bytes: Uint8Array, now: Instant): void {
    const phase = this.#phase;
    if (phase.at !== "entering" && phase.at !== "ready") return;
    this.#heardAt = now;
    this.#goneAt = undefined;
    try {
      const message = decodeServerMessage(bytes);
      if (message.type === "refused") return this.#refused(message.reason, message.wait, now);
      if (phase.at === "entering") phase.entry.handleMessage(message, now);
      else if (!this.#receive(message)) this.#lose("misbehaved", VIOLATION, now);
      this.#drainEntry(now);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#lose("misbehaved", VIOLATION, now);
    }
  }

  /** The connection ended, or none came up. */
  handleDown(now: Instant): void {
    if (this.#phase.at === "over" || this.#phase.at === "waiting") return;
    this.#lose(this.#phase.at === "connecting" ? "unreachable" : "ended", undefined, now);
  }

  /** `undefined`: nothing was found, or somebody gave up. */
  handleSolved(counter: number | undefined, now: Instant): void {
    if (this.#phase.at !== "entering") return;
    if (counter === undefined) return this.#lose("wrongToll", GOING_AWAY, now);
    this.#phase.entry.handleSolved(counter, now);
    this.#drainEntry(now);
  }

  handleTimeout(now: Instant): void {
    const phase = this.#phase;
    if (phase.at === "over" || now < (this.nextTimeout() ?? now)) return;
    if (phase.at === "ready") {
      if (this.#goneAt === undefined) this.#ping(now, millis(RELAY_QUIET_MAX - RELAY_QUIET_PING));
      else this.#lose("silent", GOING_AWAY, now);
    } else if (phase.at === "waiting") {
      this.#phase = { at: "connecting", until: after(now, RELAY_CONNECT_TIMEOUT) };
      this.#outputs.push({ type: "connect" });
    } else {
      this.#lose(phase.at === "connecting" ? "unreachable" : "silent", GOING_AWAY, now);
    }
  }

  nextTimeout(): Instant | undefined {
    const phase = this.#phase;
    if (phase.at === "over") return undefined;
    if (phase.at === "entering") return phase.entry.nextTimeout();
    return phase.at === "ready" ? (this.#goneAt ?? after(this.#heardAt, RELAY_QUIET_PING)) : phase.until;
  }

  poll(): RelayClientOutput | undefined {
    return this.#outputs.shift();
  }

  // --- inside: logging in -----------------------------------------------------------------------

  #drainEntry(now: Instant): void {
    if (this.#phase.at !== "entering") return;
    const { entry } = this.#phase;
    for (let output = entry.poll(); output !== undefined; output = entry.poll()) {
      switch (output.type) {
        case "say":
          this.#say(output.message);
          break;
        case "known":
          this.#relay = output.relay;
          if (output.isNew) this.#outputs.push(pinOf(output.relay));
          break;
        case "keyChanged":
          this.#outputs.push({ type: "close", code: DONE }, output);
          this.#phase = { at: "over" };
          break;
        case "entered":
          this.#entered(output.key, output.ready, now);
          break;
        case "refused":
          if (output.why === "misbehaved") this.#lose("misbehaved", VIOLATION, now);
          else this.#lose("expensive", GOING_AWAY, now, RELAY_RETRY_MAX);
          break;
        default:
          this.#outputs.push(output);
      }
    }
  }

  #entered(key: Uint8Array, ready: ReadyMessage, now: Instant): void {
    this.#phase = { at: "ready", key, from: now };
    this.#flows.begin(ready.window);
    this.#outputs.push(readyOf(key, ready));
    this.#tellTags("watch", [...this.#tags].map(hexToBytes));
  }

  #refused(reason: RelayReason, wait: number, now: Instant): void {
    // Who has our key is in, or was, a moment ago: throwing each other out for ever helps nobody.
    const isPointless = reason === "replaced" || reason === "unwelcome" || reason === "forbidden";
    this.#lose(reason, DONE, now, millis(isPointless ? RELAY_RETRY_MAX : Math.min(wait, RELAY_RETRY_MAX)));
  }

  // --- inside: logged in ------------------------------------------------------------------------

  /** False: that is no message for now. */
  #receive(message: ServerMessage): boolean {
    switch (message.type) {
      case "forwarded":
        this.#flows.handleForwarded(message.from, message.payload);
        this.#drainFlows();
        return true;
      case "window": {
        const isRight = this.#flows.handleWindow(message.to, message.bytes);
        this.#drainFlows();
        return isRight;
      }
      case "away":
        this.#flows.handleAway(message.to);
        this.#drainFlows();
        return true;
      case "arrived":
      case "left":
        // One that we no longer watch may have been on the way.
        if (this.#tags.has(bytesToHex(message.tag))) this.#outputs.push(message);
        return true;
      case "opened":
        if (this.#requests.answer(message.request, "opened") === undefined) return false;
        this.#outputs.push(message);
        return true;
      case "done":
      case "failed": {
        const asked = this.#requests.answer(message.request, message.type);
        if (asked === undefined) return false;
        if (asked !== "ping") this.#outputs.push(message);
        return true;
      }
      case "item":
        this.#outputs.push({ ...message, wall: wallTime(message.wall) });
        return true;
      case "met":
      case "draining":
        this.#outputs.push(message);
        return true;
      default:
        return false;
    }
  }

  #request(kind: RequestKind, question: RelayRequest): number {
    const request = this.#requests.take();
    const isReady = this.#phase.at === "ready";
    if (isReady && this.#requests.add(request, kind)) this.#say({ ...question, request });
    else this.#outputs.push({ type: "failed", request, reason: isReady ? "crowded" : "disconnected", wait: 0 });
    return request;
  }

  /** Is it there? It is given so long. */
  #ping(now: Instant, wait: Duration): void {
    const gone = after(now, wait);
    if (this.#goneAt !== undefined && this.#goneAt <= gone) return;
    if (this.#goneAt === undefined) this.#request("ping", { type: "ping" });
    this.#goneAt = gone;
  }

  #tellTags(type: "watch" | "unwatch", tags: readonly Uint8Array[]): void {
    for (let at = 0; at < tags.length; at += RELAY_TAGS_PER_MESSAGE_MAX)
      this.#say({ type, tags: tags.slice(at, at + RELAY_TAGS_PER_MESSAGE_MAX) });
  }

  #drainFlows(): void {
    for (let output = this.#flows.poll(); output !== undefined; output = this.#flows.poll()) this.#outputs.push(output);
  }

  #say(message: ClientMessage): void {
    this.#outputs.push({ type: "send", bytes: encodeClientMessage(message) });
  }

  // --- inside: ends -----------------------------------------------------------------------------

  /** `code`: to end the connection with, unless it has ended. `wait`: at least so long. */
  #lose(why: RelayLoss, code: number | undefined, now: Instant, wait: Duration = millis(0)): void {
    const isNow = why === "asked";
    if (this.#phase.at === "ready" && since(this.#phase.from, now) >= STEADY_AFTER) this.#failures = 0;
    this.#endConnection();
    if (code !== undefined) this.#outputs.push({ type: "close", code });
    const retryIn = isNow ? millis(0) : millis(Math.max(wait, this.#pause()));
    this.#failures += 1;
    this.#phase = { at: "waiting", until: after(now, retryIn) };
    this.#outputs.push({ type: "lost", why, retryIn });
  }

  #endConnection(): void {
    this.#flows.endAll();
    this.#drainFlows();
    for (const request of this.#requests.takeAll())
      this.#outputs.push({ type: "failed", request, reason: "disconnected", wait: 0 });
    this.#goneAt = undefined;
  }

  /** Doubling, with up to half of it taken off, so that a relay that comes back is not stormed. */
  #pause(): Duration {
    const whole = Math.min(RELAY_RETRY_MAX, RELAY_RETRY_MIN * 2 ** Math.min(this.#failures, 16));
    return millis(whole - randomBelow(this.#options.random, Math.max(1, Math.floor(whole / 2))));
  }
}
