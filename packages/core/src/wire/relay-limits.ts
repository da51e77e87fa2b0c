/**
 * Bounds of the relay (spec/relay.md, spec/relay-meeting.md), both sides. What is full says so; nothing is dropped in silence.
 *
 * @module
 */
import { type Duration, days, hours, millis, minutes, seconds } from "../lib/time.ts";

/** Of a message between relay and client, in bytes: a packet of a link and the longest head before it. */
export const RELAY_MESSAGE_BYTES_MAX = 66_560;
/** Bytes of a packet that a relayed link takes. */
export const RELAYED_PACKET_BYTES_MAX = 65_535;
/** From connected to *ready*, the time of a toll not counted. */
export const RELAY_LOGIN_TIMEOUT: Duration = seconds(10);
/** Rotations of a relay's key that its clients are told of: who was away for more must be told the key anew. */
export const RELAY_SUCCESSIONS_MAX = 4;
/** In which a toll must be paid. */
export const RELAY_TOLL_TIMEOUT: Duration = seconds(30);
/** Receivers of one *spread*. */
export const RELAY_SPREAD_MAX = 64;
/** Tags in one message, and keys that watch one tag; who comes later is told of some and takes no place. */
export const RELAY_TAGS_PER_MESSAGE_MAX = 1_024;
export const RELAY_WATCHERS_MAX = 1_024;
/** Watchers that a newcomer is told of. */
export const RELAY_WATCHERS_TOLD_MAX = 32;
/** Tags that one key watches; more is *crowded*. */
export const RELAY_TAGS_MAX = 4_096;
/** On the way from one key to another, in bytes; each payload counts with the 33 bytes before it. */
export const RELAY_WINDOW_BYTES = 262_144;
/** Mailboxes of one key at a time. */
export const RELAY_MAILBOXES_MAX = 8;
export const RELAY_MAILBOX_LIFETIME_MAX: Duration = minutes(15);
/** Characters of a join code as somebody types it, with the longest host. */
export const JOIN_CODE_CHARS_MAX = 320;
/** Codes ended by a wrong try, after which the next ones have a word more; and how long that is remembered. */
export const CODES_BURNT_MAX = 2;
export const CODES_BURNT_FOR: Duration = days(30);
/** Kept items: one item's sealed bytes; for one key, of one sender for it, so that none fills the box; how long. */
export const RELAY_ITEM_BYTES_MAX = 65_536;
export const RELAY_ITEMS_MAX = 256;
export const RELAY_ITEMS_BYTES_MAX = 4_194_304;
export const RELAY_ITEMS_PER_SENDER_MAX = 64;
export const RELAY_ITEMS_BYTES_PER_PAIR_MAX = 1_048_576;
export const RELAY_ITEM_LIFETIME_MAX: Duration = days(14);
/** Items on the way to a key that it has not *taken*; also names in one *taken*. */
export const RELAY_ITEMS_PENDING_MAX = 64;
export const RELAY_PASS_BYTES_MAX = 64;
export const RELAY_CODE_BYTES_MAX = 64;
export const RELAY_ARGUMENT_BYTES_MAX = 1_024;
export const RELAY_ANSWER_BYTES_MAX = 4_096;
export const RELAY_ADDRESS_BYTES_MAX = 255;
/** A client's: after so long without a word from the relay it asks whether it is there, and then gives up. */
export const RELAY_QUIET_PING: Duration = seconds(25);
export const RELAY_QUIET_MAX: Duration = seconds(60);
/** From asked to connected. */
export const RELAY_CONNECT_TIMEOUT: Duration = seconds(20);
export const RELAY_RETRY_MIN: Duration = millis(500);
export const RELAY_RETRY_MAX: Duration = seconds(60);
/** A client pays no more; a relay that asks more is not one for strangers. */
export const RELAY_TOLL_BITS_PAID_MAX = 24;
/** Flows with one key, and in all; of a client's requests that wait for an answer. */
export const RELAY_FLOWS_PER_KEY_MAX = 4;
export const RELAY_FLOWS_MAX = 256;
export const RELAY_REQUESTS_MAX = 64;
/** How long a key that logged in is known. */
export const RELAY_KNOWN_FOR: Duration = days(30);
/** Of one sender for all receivers together. */
export const RELAY_ITEMS_BYTES_PER_SENDER_MAX = 16_777_216;
/** Free mailbox numbers among which one is drawn. */
export const RELAY_MAILBOX_CHOICES = 16;
/** Unknown mailboxes that one key or one source may name within a minute; then both are paused. */
export const RELAY_ENTER_MISSES_MAX = 10;
export const RELAY_ENTER_PAUSE: Duration = seconds(30);
/** Wrong claim codes that one source may try; then it is paused. */
export const RELAY_CLAIM_MISSES_MAX = 5;
export const RELAY_CLAIM_PAUSE: Duration = minutes(10);
/** Connections of one source, those of them that are not logged in, and its logins a minute. */
export const RELAY_CONNECTIONS_PER_SOURCE_MAX = 64;
export const RELAY_UNREADY_PER_SOURCE_MAX = 8;
export const RELAY_LOGINS_PER_MINUTE = 30;
/** Receivers to which one key has bytes on the way. */
export const RELAY_RECEIVERS_MAX = 256;
export const RELAY_DEPOSITS_PER_MINUTE = 64;
/** A receiver that takes nothing for so long is disconnected. */
export const RELAY_STALLED_TIMEOUT: Duration = seconds(30);
/** Before others are told that a key has left a tag. */
export const RELAY_LEFT_AFTER: Duration = seconds(60);
/** Zero bits of a toll while it is quiet, and at most. */
export const RELAY_TOLL_BITS = 14;
export const RELAY_TOLL_BITS_BUSY = 22;
/** For how long a credential for the TURN server is good. */
export const RELAY_TURN_LIFETIME: Duration = hours(12);
/** For how long a ticket for calls by HTTP is good. */
export const RELAY_TICKET_LIFETIME: Duration = hours(1);
/** Shares that one key keeps at a relay, those that ended early counted until their time is up, and their bytes. */
export const RELAY_SHARES_PER_KEY_MAX = 256;
export const RELAY_SHARES_BYTES_PER_KEY_MAX = 4_194_304;
/** Shares that are put in a minute, by one key and from one source; and that one source takes. */
export const RELAY_SHARES_PER_MINUTE = 32;
export const RELAY_SHARES_PER_SOURCE_PER_MINUTE = 64;
export const RELAY_SHARE_TAKES_PER_MINUTE = 120;
/** In which the relay gives back what has left, however little it is. */
export const RELAY_GIVE_BACK_WITHIN: Duration = seconds(2);
