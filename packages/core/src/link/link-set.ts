/**
 * Which of a session's links carries its channels (spec/session.md §9).
 *
 *     added ──(validated)──▶ usable ──(an acknowledgement came over it)──▶ proven
 *
 * Straight before WebRTC before relayed before routed; within a class the one in use stays unless another is clearly
 * faster. Make before break: channels move to a better link only once it is proven, and fall back to whatever is usable
 * when theirs goes. Where one WebRTC link is slow, several carry together ({@link Striping}). Both ends choose for what
 * they send. Only one of them, the leader, lets unneeded links go: if both did, each might drop the other's choice.
 *
 * It decides and never acts: links, paths and dialling belong to the endpoint. A move is an output;
 * frames in flight on the path before stay there until they are acknowledged or that path goes.
 *
 * @module
 */
import { assert } from "../lib/assert.ts";
import { after, type Instant, since, sooner } from "../lib/time.ts";
import type { PathStats } from "../session/session-output.ts";
import { LINKS_PER_SESSION_MAX, PATH_BYTES_IN_FLIGHT_MAX, STANDBY_LINGER, STRIPE_FROM_BYTES } from "../wire/limits.ts";
import { Striping } from "./striping.ts";

/** Ways a link can be made, best first where nothing else decides. */
const KINDS = ["tcp", "webrtc", "websocket", "memory", "relayed", "routed"] as const;
export type LinkKind = (typeof KINDS)[number];

export type LinkSetOutput =
  /** Channel frames leave on this path from now on. */
  | { readonly type: "use"; readonly path: number }
  /** One more WebRTC link is worth a try: those that are there carry slowly. */
  | { readonly type: "stripeWanted" }
  /** Close this link: others do its work. */
  | { readonly type: "drop"; readonly path: number };

interface Candidate {
  readonly path: number;
  readonly kind: LinkKind;
  phase: "added" | "usable" | "proven";
  srtt: number | undefined;
  rttMin: number | undefined;
  bytesInFlight: number;
  bytesAcked: number;
  trafficAt: Instant;
}

export class LinkSet {
  readonly #leads: boolean;
  readonly #links = new Map<number, Candidate>(); // at most LINKS_PER_SESSION_MAX and those being tried
  readonly #outputs: LinkSetOutput[] = [];
  readonly #striping = new Striping();
  #active: Candidate | undefined;
  #stripes: readonly Candidate[] = []; // those that carry together, the one in use first

  /** `leads`: true at exactly one end of a session, say at the smaller PeerId. */
  constructor(options: { leads: boolean }) {
    this.#leads = options.leads;
  }

  // --- read -----------------------------------------------------------------------------------

  /** The path that channels use; `undefined` while none works. */
  get active(): number | undefined {
    return this.#active?.path;
  }

  /**
   * Unacknowledged bytes on one path. Those that carry together share what one may have: a channel gets no further than
   * its window beyond what the slowest of them holds.
   */
  get bytesInFlightMax(): number {
    return PATH_BYTES_IN_FLIGHT_MAX / Math.max(1, this.#stripes.length);
  }

  /** Whether channel frames leave on the path: the one in use and, while much is under way there, its equals. */
  carries(path: number): boolean {
    if (path === this.#active?.path) return true;
    const [first] = this.#stripes;
    return (
      first !== undefined && first.bytesInFlight >= STRIPE_FROM_BYTES && this.#stripes.some((one) => one.path === path)
    );
  }

  get count(): number {
    return this.#links.size;
  }

  // --- commands -------------------------------------------------------------------------------

  /** A link became a path of the session. */
  add(path: number, kind: LinkKind, now: Instant): void {
    assert(!this.#links.has(path), `path ${path} is already there`);
    this.#links.set(path, { path, kind, phase: "added", ...NOTHING_KNOWN, trafficAt: now });
    this.#shed(now);
  }

  /** The path is gone, whoever ended it. */
  remove(path: number, now: Instant): void {
    const link = this.#links.get(path);
    if (link === undefined) return;
    this.#links.delete(path);
    if (link === this.#active) this.#active = undefined;
    this.#choose(now);
  }

  /** A new keying: paths are numbered anew, so that all known ones are gone. */
  clear(): void {
    this.#links.clear();
    this.#stripes = [];
    this.#active = undefined;
  }

  // --- what the world did ---------------------------------------------------------------------

  /** The session says that the path carries records both ways. */
  handleValidated(path: number, now: Instant): void {
    const link = this.#links.get(path);
    if (link?.phase !== "added") return;
    link.phase = "usable";
    this.#choose(now);
  }

  /** What the session knows of a path by now. Cheap: once a turn for each, or when a timer fires. */
  handleStats(path: number, stats: PathStats, now: Instant): void {
    const link = this.#links.get(path);
    if (link === undefined) return;
    if (stats.isValidated) link.phase = stats.recordsAcked > 0 ? "proven" : "usable";
    link.srtt = stats.srtt;
    link.rttMin = stats.rttMin;
    link.bytesInFlight = stats.bytesInFlight;
    link.bytesAcked = stats.bytesAcked;
    if (stats.trafficAt > link.trafficAt) link.trafficAt = stats.trafficAt;
    this.#choose(now);
  }

  /** Once a turn, when the stats of all are in: which carry together, and whether one more should. */
  settle(now: Instant): void {
    const active = this.#active;
    this.#stripes = [];
    if (active?.kind !== STRIPED) return;
    const others = [...this.#links.values()].filter((link) => link !== active && canStripe(link));
    this.#stripes = [active, ...others].slice(0, this.#striping.widthMax);
    let [bytesAcked, bytesInFlight] = [0, 0];
    for (const link of this.#stripes) {
      bytesAcked += link.bytesAcked;
      bytesInFlight += link.bytesInFlight;
    }
    const stats = { width: this.#stripes.length, bytesAcked, bytesInFlight, rttMin: active.rttMin };
    if (this.#striping.handle(stats, now)) this.#outputs.push({ type: "stripeWanted" });
  }

  handleTimeout(now: Instant): void {
    for (const link of this.#links.values()) {
      const lingers = this.#lingersUntil(link);
      if (lingers !== undefined && now >= lingers) this.#drop(link);
    }
  }

  // --- poll -----------------------------------------------------------------------------------

  poll(): LinkSetOutput | undefined {
    return this.#outputs.shift();
  }

  nextTimeout(): Instant | undefined {
    let next: Instant | undefined;
    for (const link of this.#links.values()) next = sooner(next, this.#lingersUntil(link));
    return next;
  }

  // --- inside ---------------------------------------------------------------------------------

  #choose(now: Instant): void {
    const best = this.#best();
    if (best === undefined || best === this.#active) return;
    this.#active = best;
    for (const link of this.#links.values()) link.trafficAt = now; // the peer may need a while to follow
    this.#outputs.push({ type: "use", path: best.path });
  }

  #best(): Candidate | undefined {
    let best = this.#active;
    for (const link of this.#links.values()) {
      if (link.phase === "added") continue;
      // Without a working path any usable one will do; away from one only a proven one.
      if (best === undefined || (isClearlyBetter(link, best) && (best !== this.#active || link.phase === "proven")))
        best = link;
    }
    return best;
  }

  /** When a standby link goes; `undefined` for links that stay. */
  #lingersUntil(link: Candidate): Instant | undefined {
    if (!this.#leads || this.#active === undefined || link === this.#active || link.phase === "added") return undefined;
    return after(link.trafficAt, STANDBY_LINGER);
  }

  /** Too many links: the worst go, never the one in use. */
  #shed(now: Instant): void {
    while (this.#links.size > LINKS_PER_SESSION_MAX) {
      let worst: Candidate | undefined;
      for (const link of this.#links.values()) {
        if (link === this.#active) continue;
        if (worst === undefined || rank(link, now) > rank(worst, now)) worst = link;
      }
      if (worst === undefined) return;
      this.#drop(worst);
    }
  }

  #drop(link: Candidate): void {
    this.#links.delete(link.path);
    this.#outputs.push({ type: "drop", path: link.path });
  }
}

/** A pipe of our own to the peer's address. */
export const isStraight = (kind: LinkKind): boolean => classOf(kind) === 0;

/** 0 straight; 1 WebRTC, as direct and some ten times slower (ADR 26); 2 relayed, 3 routed. */
const classOf = (kind: LinkKind): number => Math.max(0, LESSER.indexOf(kind) + 1);
const LESSER: readonly LinkKind[] = ["webrtc", "relayed", "routed"];

/** Whether moving from `b` to `a` is worth it: another class, or less than half the round trip by more than noise. */
function isClearlyBetter(a: Candidate, b: Candidate): boolean {
  if (classOf(a.kind) !== classOf(b.kind)) return classOf(a.kind) < classOf(b.kind);
  if (a.srtt === undefined || b.srtt === undefined) return false;
  return 2 * a.srtt + MOVE_GAIN_MS_MIN < b.srtt;
}

const MOVE_GAIN_MS_MIN = 10;

/** Several of these carry together: SCTP keeps too little in flight for a long line. */
const STRIPED: LinkKind = "webrtc";
const canStripe = ({ kind, phase }: Candidate): boolean => kind === STRIPED && phase === "proven";

const NOTHING_KNOWN = { srtt: undefined, rttMin: undefined, bytesInFlight: 0, bytesAcked: 0 } as const;

/** Higher goes first when there are too many: by class, by what it has shown, by kind, then the one idle longest. */
const rank = (link: Candidate, now: Instant): number =>
  classOf(link.kind) * 1e15 +
  (link.phase === "added" ? 0 : -1e14) +
  KINDS.indexOf(link.kind) * 1e12 +
  since(link.trafficAt, now);
