/**
 * Every bound, with its unit and its reason. Each has a test at the limit and one above.
 *
 * @module
 */

import type { Duration } from "../lib/time.ts";
import { days, hours, millis, minutes, seconds } from "../lib/time.ts";

// --- link -----------------------------------------------------------------------------------
/** Largest message on a link, in bytes: a record and its header. Noise §3 caps a message at 65,535. */
export const PACKET_BYTES_MAX = 65_535;
/** Largest message before a session exists: a hello of 1,300 bytes and room to grow. */
export const PREAUTH_PACKET_BYTES_MAX = 4_096;
/** All bytes a link may send before its handshake is done. */
export const PREAUTH_BYTES_MAX = 8_192;
export const HANDSHAKE_TIMEOUT: Duration = seconds(10);
export const DIAL_TIMEOUT: Duration = seconds(10);
/** Half-open handshakes at once: in all, from one source, and from where on strangers echo a cookie. */
export const HALF_OPEN_MAX = 64;
export const HALF_OPEN_PER_SOURCE_MAX = 4;
export const HALF_OPEN_COOKIE_FROM = 32;
/** Direct links to peers; the oldest idle one yields, never one in a transfer (DESIGN §4.4). */
export const DIRECT_LINKS_MAX = 8;
/** Links that one session may hold at once. */
export const LINKS_PER_SESSION_MAX = 4;

// --- session --------------------------------------------------------------------------------
export const RECORD_HEADER_BYTES = 16;
export const RECORD_TAG_BYTES = 16;
/** Counters a path remembers to refuse repeats (RFC 6479). */
export const REPLAY_WINDOW = 4_096;
/** Unacknowledged bytes a path may carry. */
export const PATH_BYTES_IN_FLIGHT_MAX = 1_048_576;
/** Records that do not open before their link is closed. */
export const UNOPENABLE_RECORDS_MAX = 32;
export const PROBE_TIMEOUT_MIN: Duration = millis(200);
export const PROBE_TIMEOUT_MAX: Duration = seconds(30);
/** Ack at the latest after so long, or so many bytes. */
export const ACK_DELAY: Duration = millis(20);
export const ACK_BYTES = 262_144;
/** A path with no sign of life for so long is dead. */
export const PATH_DEAD_AFTER: Duration = seconds(15);
/** Keepalive: first after so long without traffic, then twice as long each time, up to the maximum. */
export const KEEPALIVE_MIN: Duration = seconds(15);
export const KEEPALIVE_MAX: Duration = minutes(4);
export const REKEY_BYTES: number = 2 ** 34; // well under the 2^32 records that AES-GCM allows a key
export const REKEY_AGE: Duration = minutes(15);
/** Traffic keys live so long after the last link died; the resume secret so long. */
export const TRAFFIC_KEYS_AFTER_LINK: Duration = seconds(60);
export const RESUME_SECRET_AFTER_LINK: Duration = hours(24);
/** Two handshakes of one pair within this time are glare: the smaller initiator's wins (DESIGN §4.2). */
export const GLARE_WINDOW: Duration = seconds(5);

// --- channel --------------------------------------------------------------------------------
/** Open channels a peer may have with us. */
export const CHANNELS_MAX = 256;
/** Bytes a channel may receive ahead of its reader. */
export const CHANNEL_WINDOW_BYTES = 1_048_576;
/** Bytes of a channel that wait for sending or acknowledgement before `send` makes the caller wait. */
export const CHANNEL_SEND_BYTES_MAX = 2_097_152;
/** Largest message, so that one always fits a window. */
export const MESSAGE_BYTES_MAX = 524_288;
export const PROTOCOL_NAME_BYTES_MAX = 64;

// --- trust ----------------------------------------------------------------------------------
export const CONTACTS_MAX = 4_096;
export const NAME_BYTES_MAX = 128;
export const PAIRING_TRIES = 3;
export const PAIRING_CODE_TTL: Duration = minutes(2);
export const WRONG_CODES_PER_SOURCE_PER_HOUR = 5;
export const WRONG_CODES_PER_MINUTE = 10;
export const CODE_PAUSE: Duration = seconds(30);
export const CODE_ATTEMPT_COOLDOWN: Duration = seconds(5);
export const CLOCK_SKEW: Duration = minutes(10);
export const GRANTS_PER_PEER_MAX = 64;
export const BLOCKED_MAX = 4_096;
export const AUDIT_ENTRIES_MAX = 100_000;

// --- apps -----------------------------------------------------------------------------------
export const CHAT_TEXT_BYTES_MAX = 16_384;
export const OUTBOX_MESSAGES_MAX = 10_000;
export const OUTBOX_LIFETIME: Duration = days(14);
/** Longer than any outbox keeps a message, so that a repeat is always known (DESIGN §4.5). */
export const SEEN_IDS_LIFETIME: Duration = days(30);
export const FILE_CHUNK_BYTES = 262_144;
export const FILE_NAME_BYTES_MAX = 255;
export const FILE_PATH_DEPTH_MAX = 32;
export const FILES_PER_OFFER_MAX = 10_000;
export const TRANSFERS_PER_PEER_MAX = 16;
