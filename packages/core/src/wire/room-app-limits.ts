/**
 * The bounds of what applications exchange in a room, with units and reasons, as those in `limits.ts`.
 *
 * @module
 */
import type { Duration } from "../lib/time.ts";
import { minutes, seconds } from "../lib/time.ts";

// --- files (spec/app-swarm.md) ----------------------------------------------------------------
/** Chunks of a file that a room shares, 64 GiB: the set of them fits one message, their leaves 8 MiB. */
export const SWARM_CHUNKS_MAX = 262_144;
/** Members that a member who fetches opens channels to, and how many it has in all, opened by others too. */
export const SWARM_PARTNERS_WANTED = 6;
export const SWARM_PARTNERS_MAX = 12;
/** Chunks asked of one partner at once, and of all: each is in memory when it comes, until it is written. */
export const SWARM_REQUESTS_MAX = 6;
export const SWARM_REQUESTS_ALL_MAX = 32;
/** Chunks that one partner may wait for at once; one more is refused. */
export const SWARM_ASKS_MAX = 16;
/** Chunks read ahead for all partners. */
export const SWARM_READS_MAX = 8;
/** Messages that wait for one partner's channel before the partner is given up. */
export const SWARM_OUTBOX_MAX = 256;
/** Chunks that the sender shows one partner ahead of what it has. */
export const SWARM_SHOWN_MAX = 6;
/** The same and those that it has and nobody else, while others want the file. */
export const SWARM_UNSPREAD_MAX = 10;
/** A partner that gives nothing for so long loses what was asked of it to others. */
export const SWARM_REQUEST_TIMEOUT: Duration = seconds(20);
/** Whoever has nothing to ask for so long says so to its partners. */
export const SWARM_STUCK_AFTER: Duration = seconds(3);
/** A chunk that was shown, or sent, and that its receiver does not report in this time is shown to another. */
export const SWARM_SHOWN_TIMEOUT: Duration = seconds(60);
/** Between two `seek` of one file: the first pause, which doubles, and the longest. */
export const SWARM_SEEK_INTERVAL: Duration = seconds(5);
export const SWARM_SEEK_INTERVAL_MAX: Duration = seconds(60);
/** A channel that serves nobody is closed after so long. */
export const SWARM_PARTNER_IDLE: Duration = seconds(30);
/** A member that could not be reached, or was busy, is tried again after so long. */
export const SWARM_PARTNER_RETRY: Duration = seconds(10);
/** Files known of a room, of them those that one member announced; the oldest that was not asked for goes. */
export const SWARM_FILES_MAX = 256;
export const SWARM_OFFERS_PER_MEMBER_MAX = 32;
/** Files of a room that we fetch or have; one more is refused. */
export const SWARM_HELD_MAX = 64;
/** Members remembered for one file as having some of it. */
export const SWARM_SOURCES_MAX = 32;
/** Leaf hashes in one message. */
export const SWARM_LIST_LEAVES_MAX = 1_024;
/** Chunks told in one message. */
export const SWARM_GOT_MAX = 1_024;
/** Members who sent wrong data that are remembered. */
export const SWARM_BANNED_MAX = 256;

// --- shared state (spec/app-doc.md) -----------------------------------------------------------
/** A message with its header: as large as a room's messages may be. */
export const DOC_MESSAGE_BYTES_MAX = 16_384;
/** Update of one edit, which goes to all; a larger one reaches them by exchange. */
export const DOC_UPDATE_BYTES_MAX = 1_048_576;
/** State vector, and what a vector lacks: at most the whole state. */
export const DOC_VECTOR_BYTES_MAX = 1_048_576;
export const DOC_DIFF_BYTES_MAX = 16_777_216;
/** Bytes of updates that wait to be sent to all; beyond, they reach the others by exchange. */
export const DOC_OUTBOX_BYTES_MAX = 4_194_304;
/** Members of whom a part of an update is held; one more pushes out the oldest. */
export const DOC_PARTIAL_UPDATES_MAX = 64;
/** Exchanges with members that asked for one, at once; one more is refused. */
export const DOC_EXCHANGES_MAX = 4;
/** An exchange in which nothing comes for so long is given up, */
export const DOC_EXCHANGE_TIMEOUT: Duration = seconds(10);
/** and another one begun after so long, with whoever else there is; doubled each time. */
export const DOC_RETRY: Duration = seconds(1);
export const DOC_RETRY_MAX: Duration = seconds(30);
/** Between two marks of one member in a room of up to 12; in larger ones in proportion. */
export const DOC_MARK_INTERVAL: Duration = minutes(1);
