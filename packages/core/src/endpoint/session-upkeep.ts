/**
 * What comes of sessions once they have keys: they lose links and want them back, end, are too many.
 *
 * @module
 */
import { after, type Instant } from "../lib/time.ts";
import type { ResumeBook } from "../session/resume-book.ts";
import { CLOSING_SESSIONS_MAX, RESUME_SECRET_AFTER_LINK } from "../wire/limits.ts";
import { CLOSE } from "../wire/registry.ts";
import { strangersToDrop, whoYields } from "./crowding.ts";
import type { Persona } from "./persona.ts";
import type { SessionEntry, SessionTable } from "./session-table.ts";
import type { PassiveReason, Standing, SwitchboardOutput, SwitchboardPolicy } from "./switchboard-output.ts";
import { TwinWatch } from "./twin-watch.ts";
import type { Ways } from "./ways.ts";

/** Ends after which another try at once would only end the same way. */
const FUTILE: ReadonlySet<number> = new Set([CLOSE.idle, CLOSE.overloaded, CLOSE.protocolError, CLOSE.revoked]);

export interface UpkeepParts {
  readonly table: SessionTable;
  readonly book: ResumeBook;
  readonly reach: Ways;
  readonly main: Persona;
  readonly policy: SwitchboardPolicy;
  /** Sessions with links, by standing. */
  readonly directMax: Readonly<Record<Standing, number>>;
  /** Where outputs go. */
  readonly outputs: SwitchboardOutput[];
}

export class SessionUpkeep {
  readonly #table: SessionTable;
  readonly #book: ResumeBook;
  readonly #reach: Ways;
  readonly #main: Persona;
  readonly #policy: SwitchboardPolicy;
  readonly #directMax: Readonly<Record<Standing, number>>;
  readonly #outputs: SwitchboardOutput[];
  readonly #twins = new TwinWatch();

  constructor(parts: UpkeepParts) {
    this.#table = parts.table;
    this.#book = parts.book;
    this.#reach = parts.reach;
    this.#main = parts.main;
    this.#policy = parts.policy;
    this.#directMax = parts.directMax;
    this.#outputs = parts.outputs;
  }

  /** Carries out what came of the session. */
  drain(entry: SessionEntry, now: Instant): void {
    const { stack } = entry;
    for (let output = stack.poll(); output !== undefined; output = stack.poll()) {
      switch (output.type) {
        case "linkProven":
          this.#outputs.push({ type: "authenticated", link: output.link }, { type: "pathChanged", session: entry });
          this.handleLinks(entry, now); // one that the peer brought may be of a better kind
          break;
        case "closeLink":
          this.#outputs.push({ type: "closeLink", link: output.link });
          break;
        case "moved":
          this.#outputs.push({ type: "pathChanged", session: entry });
          break;
        case "stripeWanted":
          if (entry.persona === this.#main) this.#reach.handleStripeWanted(stack.peer);
          break;
        case "confirmed":
          this.#book.confirm(entry.keying.resumeId);
          break;
        case "lessened":
          this.handleLinks(entry, now);
          break;
        case "linkless":
          this.#handleLinkless(entry, now);
          break;
        case "sessionClosed":
          this.#book.dropSession(entry.keying);
          this.#table.handleClosed(entry, output.reason, output.by);
          this.#reach.handleOver(stack.peer);
          if (FUTILE.has(output.reason)) this.#reach.handleTurnedAway(stack.peer, now);
          if (output.reason === CLOSE.replaced && output.by === "peer") this.#handleReplaced(entry, now);
          this.#outputs.push({ type: "sessionOver", session: entry, reason: output.reason, by: output.by });
          this.#boundClosing(now);
          break;
        case "ended":
          for (const link of stack.links) this.#outputs.push({ type: "closeLink", link });
          this.#table.forget(entry.id);
          if (entry.persona === this.#main && this.#table.of(stack.peer) === undefined) {
            this.#reach.handleDown(stack.peer, now);
          }
          if (this.#policy.standingOf(stack.peer) === "stranger") this.#reach.forget(stack.peer);
          else if (!this.#policy.isContact(stack.peer)) this.#reach.release(stack.peer);
          break;
        case "messages":
          entry.lastUsedAt = now;
          this.#outputs.push({ type: "channel", session: entry, output });
          break;
        default:
          this.#outputs.push({ type: "channel", session: entry, output });
      }
    }
  }

  /** Links came or went. Through others is better than nothing, and no reason not to try the other ways. */
  handleLinks({ persona, stack }: SessionEntry, now: Instant): void {
    if (persona === this.#main) this.#reach.handleLinks(stack.peer, stack.ways, now);
  }

  handleOpened(entry: SessionEntry, now: Instant): void {
    const { peer, remoteIncarnation } = entry.keying;
    if (this.#twins.handleOpened(peer, remoteIncarnation, now)) this.#goPassive(entry, "runs-twice", now);
  }

  /** A one-time identity has no copy anywhere: of ours only the device's own can run twice. */
  #handleReplaced(entry: SessionEntry, now: Instant): void {
    if (entry.persona !== this.#main) return;
    if (this.#twins.handleReplaced(entry.keying.peer, now)) this.#goPassive(entry, "runs-elsewhere", now);
  }

  #goPassive({ keying: { peer }, source }: SessionEntry, reason: PassiveReason, now: Instant): void {
    if (this.#reach.goPassive(peer, now)) this.#outputs.push({ type: "passive", source, reason, peer });
  }

  #handleLinkless(entry: SessionEntry, now: Instant): void {
    const { stack, keying } = entry;
    this.#book.expireAt(keying.resumeId, after(now, RESUME_SECRET_AFTER_LINK));
    this.#outputs.push({ type: "pathChanged", session: entry });
    if (entry.persona === this.#main) {
      const canComeBack = this.#reach.canReach(stack.peer);
      this.handleLinks(entry, now);
      if (stack.channelCount > 0 && canComeBack) this.#reach.want(stack.peer, "session", now);
    }
    this.#dropStrangers(now);
  }

  #dropStrangers(now: Instant): void {
    const standingOf = ({ stack }: SessionEntry): Standing => this.#policy.standingOf(stack.peer);
    for (const entry of strangersToDrop(this.#table.entries, standingOf)) {
      entry.stack.close(CLOSE.idle, now);
      this.drain(entry, now);
    }
  }

  /** A session with a link more: somebody may have to yield. */
  makeRoom(newest: SessionEntry, now: Instant): void {
    const yields = whoYields(this.#table.entries, newest, {
      max: this.#directMax,
      standingOf: ({ stack }) => this.#policy.standingOf(stack.peer),
      isBusy: ({ id }) => this.#policy.isBusy(id),
    });
    if (yields === undefined) return;
    yields.entry.stack.close(yields.isIdle ? CLOSE.idle : CLOSE.overloaded, now);
    this.drain(yields.entry, now);
  }

  /** Who comes and goes all the time leaves many goodbyes: the oldest of them go unsaid. */
  #boundClosing(now: Instant): void {
    while (this.#table.closing > CLOSING_SESSIONS_MAX) {
      const oldest = this.#table.takeOldestClosing();
      if (oldest === undefined) return;
      for (const link of [...oldest.stack.links]) {
        this.#outputs.push({ type: "closeLink", link });
        oldest.stack.handleLinkDown(link, now);
      }
      this.#table.forget(oldest.id);
    }
  }
}
