/**
 * Bounds of signaling (spec/signaling.md).
 *
 * @module
 */
import { type Duration, seconds } from "../lib/time.ts";

/** A description of one data channel with all candidates takes 2 KiB; the largest seen of any browser, 4. */
export const SIGNAL_SDP_BYTES_MAX = 8_192;
export const SIGNAL_SDP_LINES_MAX = 128;
export const SIGNAL_CANDIDATE_BYTES_MAX = 512;
export const SIGNAL_MID_BYTES_MAX = 16;
/** Candidates of one side for one description. A machine with many networks and two servers has 40. */
export const SIGNAL_CANDIDATES_MAX = 64;
/** Messages of a peer: so many at once, then so many a second. */
export const SIGNAL_MESSAGES_BURST = 256;
export const SIGNAL_MESSAGES_PER_SECOND = 8;
/** Offers of new connections: so many at once, then one in {@link SIGNAL_OFFER_EVERY}. Each costs sockets. */
export const SIGNAL_OFFERS_BURST = 6;
export const SIGNAL_OFFER_EVERY: Duration = seconds(10);
/** Connections with one peer that are up or on their way: those that carry together, and two that take over. */
export const SIGNAL_CONNECTIONS_PER_PEER_MAX = 6;
/** Connections of an endpoint with all peers. Chromium makes 500 in all. */
export const SIGNAL_CONNECTIONS_MAX = 128;
/** From the first step to an open channel, and from a new offer for ICE to its answer applied. */
export const SIGNAL_NEGOTIATION_TIMEOUT: Duration = seconds(20);
/** A connection that its platform calls disconnected mostly comes back by itself within this. */
export const SIGNAL_RESTART_AFTER: Duration = seconds(2);
