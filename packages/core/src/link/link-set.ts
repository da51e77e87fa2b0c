/**
 * Which of a session's links carries its channels (spec/session.md §9).
 *
 *     added ──(validated)──▶ usable ──(an acknowledgement came over it)──▶ proven
 *
 * Direct before relayed before routed; within a class the one in use stays unless another is
 * clearly faster. Make before break: channels move to a better link only once it is proven, and
 * fall back to whatever is usable when theirs goes. Both ends choose for what they send. Only one
 * of them, the leader, lets unneeded links go: if both did, each might drop the other's choice.
 *
 * It decides and never acts: links, paths and dialling belong to the endpoint. A move is an output;
 * frames in flight on the path before stay there until they are acknowledged or that path goes.
 *
 * @module
 */
import { assert } from "../lib/assert.ts";
import { after, type Instant, since, sooner } from "../lib/time.ts";
import type { PathStats } from "../session/session-output.ts";
import { LINKS_PER_SESSION_MAX, STANDBY_LINGER } from "../wire/limits.ts";

/** Ways a link can be made, best first where nothing else decides. */
const KINDS = ["tcp", "webrtc", "websocket", "memory", "relayed", "routed"] as const;
export type LinkKind = (typeof KINDS)[number];

export type LinkSetOutput =
  /** Channel frames leave on this path from now on. */
  | { readonly type: "use"; readonly path: number }
  /** Close this link: others do its work. */
  | { readonly type: "drop"; readonly path: number };

interface Candidate {
  readonly path: number;
  readonly kind: LinkKind;
  phase: "added" | "usable" | "proven";
  srtt: number | undefined;
  trafficAt: Instant;
}

export class LinkSet {
  readonly #leads: boolean;
  readonly #links = new Map<number, Candidate>(); // at most LINKS_PER_SESSION_MAX and those being tried
  readonly #outputs: LinkSetOutput[] = [];
  #active: Candidate | undefined;

  /** `leads`: true at exactly one end of a session, say at the smaller PeerId. */
  constructor(options: { leads: boolean }) {
    this.#leads = options.leads;
  }

  // --- read -----------------------------------------------------------------------------------

  /** The path that channels use; `undefined` while none works. */
  get active(): number | undefined {
    return this.#active?.path;
  }

  get count(): number {
    return this.#links.size;
  }

  // --- commands -------------------------------------------------------------------------------

  /** A link became a path of the session. */
  add(path: number, kind: LinkKind, now: Instant): void {
    assert(!this.#links.has(path), `path ${path} is already there`);
    this.#links.set(path, { path, kind, phase: "added", srtt: undefined, trafficAt: now });
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
    if (stats.trafficAt > link.trafficAt) link.trafficAt = stats.trafficAt;
    this.#choose(now);
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

/** Neither over a relay nor through others. */
export const isStraight = (kind: LinkKind): boolean => classOf(kind) === 0;

/** 0 direct, 1 relayed, 2 routed. */
const classOf = (kind: LinkKind): number => (kind === "relayed" ? 1 : kind === "routed" ? 2 : 0);

/** Whether moving from `b` to `a` is worth it: another class, or less than half the round trip by more than noise. */
function isClearlyBetter(a: Candidate, b: Candidate): boolean {
  if (classOf(a.kind) !== classOf(b.kind)) return classOf(a.kind) < classOf(b.kind);
  if (a.srtt === undefined || b.srtt === undefined) return false;
  return 2 * a.srtt + MOVE_GAIN_MS_MIN < b.srtt;
}

const MOVE_GAIN_MS_MIN = 10;

/** Higher goes first when there are too many: by class, by what it has shown, by kind, then the one idle longest. */
const rank = (link: Candidate, now: Instant): number =>
  classOf(link.kind) * 1e15 +
  (link.phase === "added" ? 0 : -1e14) +
  KINDS.indexOf(link.kind) * 1e12 +
  since(link.trafficAt, now);
