/**
 * Bounds of a room's mesh, with unit and reason, as those of limits.ts.
 *
 * @module
 */
import type { Duration } from "../lib/time.ts";
import { millis, minutes, seconds } from "../lib/time.ts";

/** Members up to which each is linked with each; above, how many links one wants, and has at most. */
export const FULL_MESH_MEMBERS_MAX = 9;
export const MESH_LINKS_TARGET = 6;
export const MESH_LINKS_MAX = 8;
/** Members that we try to reach at once: while we have links, and while we have none. */
export const MESH_DIALS_MAX = 2;
export const MESH_DIALS_ALONE_MAX = 4;
/** One dial; then the member counts as out of reach. Longer than {@link DIAL_TIMEOUT} with its handshake. */
export const MESH_DIAL_TIMEOUT: Duration = seconds(25);
/** A member out of reach is tried again after so long, then after twice as long each time (R25). */
export const MESH_RETRY_MIN: Duration = seconds(1);
export const MESH_RETRY_MAX: Duration = seconds(30);
/** One link is replaced by one to a random member about this often, so that islands find each other. */
export const MESH_SHUFFLE: Duration = minutes(4);
/** A neighbour that broke a rule or reads nothing is not linked to for so long (R33). */
export const MESH_BAN: Duration = minutes(1);
/** A neighbour that takes nothing for so long is given up. */
export const MESH_STALL: Duration = seconds(30);
/** Who was told that there is no room closes the channel; else we do after so long. */
export const MESH_LEAVE_GRACE: Duration = seconds(3);
/** Lists that a member without other links gets at once. */
export const NEWCOMER_LISTS_MAX = 15;
/** Names of other members in a *full*. */
export const MESH_SUGGESTIONS_MAX = 8;
/** Hops of an envelope: more than any path of a mesh of 1,000 with six links each. */
export const BROADCAST_HOPS_MAX = 16;
export const UNICAST_HOPS_MAX = 8;
/** What an envelope carries, so that it and its signature fit {@link WHOLE_MESSAGE_BYTES_MAX}. */
export const ENVELOPE_PAYLOAD_BYTES_MAX = 61_440;
/** History of a room, whichever is reached first; the oldest goes. */
export const HISTORY_ENVELOPES_MAX = 4_096;
export const HISTORY_BYTES_MAX = 8_388_608;
export const HISTORY_AGE_MAX: Duration = minutes(15);
/** Envelopes of one stream that wait for an earlier one; beyond, the earlier one counts as missed. */
export const HELD_BACK_MAX = 1_024;
/** Streams remembered of one origin (the newest), and names of older ones, which are not taken again. */
export const STREAMS_PER_ORIGIN_MAX = 4;
export const RETIRED_STREAMS_MAX = 64;
/** Members that went, of whom is kept how far we heard them: who comes back is not heard twice. */
export const FORMER_ORIGINS_MAX = 64;
/** A hole in a stream: first asked for, asked of another neighbour, and given up. */
export const GAP_PATIENCE: Duration = seconds(1);
export const GAP_RETRY: Duration = seconds(2);
export const GAP_LOST: Duration = seconds(10);
/** Ids wait so long to be announced together; announced ones so long for their envelope before it is asked for. */
export const HAVE_DELAY: Duration = millis(300);
export const GRAFT_PATIENCE: Duration = millis(400);
export const GRAFT_PATIENCE_MAX: Duration = seconds(5);
export const GRAFT_PATIENCE_SPREAD: Duration = millis(1_000);
/** Neighbour lists wait as ids do; where more members than so many are heard of, so long. */
export const LISTS_WAIT_MEMBERS = 240;
export const LISTS_DELAY_LARGE: Duration = seconds(1);
/**
 * Ids in one message, and announced ones that we wait for: of all neighbours, and of one that was the first to say
 * so, for names can be invented, and who does it is to take the room of nobody else.
 */
export const HAVE_IDS_MAX = 512;
export const ANNOUNCED_MAX = 4_096;
export const ANNOUNCED_PER_NEIGHBOUR_MAX = 512;
/** Names of streams whose origin is no member: their envelopes are not asked for until the roster changes. */
export const STRANGE_STREAMS_MAX = 512;
/**
 * Repeats in a row, with nothing first in between, that make a link lazy. With one, envelopes of several origins on
 * their way at once cut the same ring twice; members behind the cuts graft; and so on (measured, spec/mesh.md §6).
 */
export const PRUNE_AFTER_REPEATS = 3;
/** Without a broadcast for so long, repeats of neighbour lists count. */
export const MESH_QUIET: Duration = seconds(10);
/** An announcer by which an envelope would have come by so many hops less becomes its way (Plumtree §3.8). */
export const SHORTCUT_HOPS_MIN = 3;
/** Only for what came over so many hops, and so rarely: a tree that is changed for each origin in turn never rests. */
export const SHORTCUT_FROM_HOPS = 8;
export const SHORTCUT_INTERVAL: Duration = seconds(10);
/** Streams in one part of a version vector, and ranges in one request. */
export const VECTOR_STREAMS_MAX = 512;
export const PULL_RANGES_MAX = 256;
/** An exchange of what is missing that brings nothing for so long is over; and how often one begins by itself. */
export const SYNC_PATIENCE: Duration = seconds(5);
export const SYNC_INTERVAL: Duration = seconds(30);
/** Envelopes younger than this may be on their way by themselves and are not named in a version vector. */
export const SETTLE_TIME: Duration = seconds(2);
/** Broadcasts of one origin: a second and at once, where each counts once for every so many bytes begun (4 MiB/s). */
export const ORIGIN_BROADCASTS_PER_SECOND = 200;
export const ORIGIN_BROADCASTS_BURST = 400;
export const ENVELOPE_UNIT_BYTES = 20_480;
/** Unicasts of one origin through us, counted likewise. */
export const ORIGIN_UNICASTS_PER_SECOND = 500;
export const ORIGIN_UNICASTS_BURST = 1_000;
/** Ours are fewer, so that jitter on the way makes none of them too many. */
export const OWN_BROADCASTS_PER_SECOND = 150;
export const OWN_BROADCASTS_BURST = 300;
/** Messages of one neighbour, all kinds: honest ones bring what all origins say, and history. */
export const NEIGHBOUR_MESSAGES_PER_SECOND = 4_000;
export const NEIGHBOUR_MESSAGES_BURST = 16_384;
/** Oddities of a neighbour that may be chance (a repeat, a stranger's envelope), at once and a second. */
export const NEIGHBOUR_ODDITIES_BURST = 512;
export const NEIGHBOUR_ODDITIES_PER_SECOND = 4;
/** What waits for one neighbour: envelopes beyond are announced instead, unicasts dropped. */
export const NEIGHBOUR_QUEUE_MESSAGES_MAX = 256;
export const NEIGHBOUR_QUEUE_BYTES_MAX = 1_048_576;
/** Small messages of ours about the link itself: one that reads nothing meanwhile is given up. */
export const NEIGHBOUR_CONTROL_MAX = 256;
/** Neighbour lists in one message; they are at most 4 KiB each, in practice half of one. */
export const NEIGHBOUR_LISTS_PER_MESSAGE_MAX = 15;
/** Ids of unicasts, so that each is passed on once. */
export const UNICAST_IDS_MAX = 10_000;
export const UNICAST_IDS_LIFETIME: Duration = minutes(5);
