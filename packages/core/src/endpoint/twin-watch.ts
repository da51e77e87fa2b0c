/**
 * Notices an identity that runs twice (spec/session.md §8): two processes with one key throw each other
 * out of their session with a third, again and again. The third sees processes come back after another
 * had taken their place, which a restart never looks like. Each of the two sees its sessions replaced.
 *
 * @module
 */
import type { PeerId } from "../identity/peer-id.ts";
import { type Instant, minutes, since } from "../lib/time.ts";
import { INCARNATION_TURNS_MAX } from "../wire/limits.ts";
import { processOf } from "./persona.ts";

/** Histories kept: of as many peers as have sessions, and the few before them. */
const PEERS_REMEMBERED_MAX = 1_024;
/** Of one peer; more that take turns than that are not noticed. */
const PROCESSES_REMEMBERED_MAX = 8;

interface History {
  /** The peer's, the latest last. */
  readonly processes: string[];
  /** When one of them came back. */
  readonly returns: Instant[];
  /** When the peer said that another process of ours had taken over. */
  readonly replacements: Instant[];
}

export class TwinWatch {
  readonly #histories = new Map<PeerId, History>(); // the one that changed last is last

  /** A session with an incarnation of `peer`. True: the peer's identity seems to run twice. */
  handleOpened(peer: PeerId, incarnation: string, now: Instant): boolean {
    const { processes, returns } = this.#historyOf(peer);
    const process = processOf(incarnation);
    const place = processes.indexOf(process);
    const isBack = place !== -1 && place < processes.length - 1;
    if (place !== -1) processes.splice(place, 1);
    processes.push(process);
    if (processes.length > PROCESSES_REMEMBERED_MAX) processes.shift();
    return isBack && isTooOften(returns, now);
  }

  /** `peer` has replaced our session by another. True: our identity seems to run twice. */
  handleReplaced(peer: PeerId, now: Instant): boolean {
    return isTooOften(this.#historyOf(peer).replacements, now);
  }

  #historyOf(peer: PeerId): History {
    const history = this.#histories.get(peer) ?? { processes: [], returns: [], replacements: [] };
    this.#histories.delete(peer);
    this.#histories.set(peer, history);
    const [oldest] = this.#histories.keys();
    if (oldest !== undefined && this.#histories.size > PEERS_REMEMBERED_MAX) this.#histories.delete(oldest);
    return history;
  }
}

/** Notes one more; whether there were too many within a minute. */
function isTooOften(turns: Instant[], now: Instant): boolean {
  turns.push(now);
  if (turns.length > INCARNATION_TURNS_MAX) turns.shift();
  return turns.filter((at) => since(at, now) < minutes(1)).length >= INCARNATION_TURNS_MAX;
}
