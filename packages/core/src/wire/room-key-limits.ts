/**
 * The bounds of rooms' keys (spec/room-keys.md), with units and reasons, as in `limits.ts`.
 *
 * @module
 */
import { type Duration, days, hours, minutes, seconds } from "../lib/time.ts";

/** A prekey is replaced after so long; its secret half opens what was sealed to it for so long. */
export const PREKEY_RENEWAL: Duration = days(7);
export const PREKEY_LIFETIME: Duration = days(21);
/** Secret halves of our own kept at once: three weeks of renewals, and as many more for clocks that jump. */
export const PREKEY_SECRETS_MAX = 6;
/** Whom one epoch is for: the members that a room may have. */
export const EPOCH_RECIPIENTS_MAX = 1_000;
/**
 * Admissions that one epoch's key is hashed forward for; then a new epoch. Whoever gets a key walks to the
 * end of its chain to check it: 256 steps are about 4 ms.
 */
export const EPOCH_GENERATIONS_MAX = 256;
/** Bundles that every member keeps for others (the newest), and epochs whose keys it holds. */
export const EPOCH_BUNDLES_MAX = 4;
export const EPOCHS_HELD_MAX = 16;
/** A sender uses an epoch for so long, and begins a new one some time in the last two hours of it. */
export const EPOCH_AGE_MAX: Duration = hours(24);
export const EPOCH_AGE_JITTER: Duration = hours(2);
/** Keys of an epoch that a newer one replaced, for who has not heard of that, and for the history. */
export const EPOCH_KEPT_AFTER: Duration = hours(24);
/** A generation's key is kept so long after the next began: what is still in somebody's history (15 min) opens. */
export const GENERATION_KEPT_AFTER: Duration = minutes(20);
/** Whoever wants to send and has no epoch for it waits a random time up to this, since others want the same. */
export const ROTATION_WAIT_MAX: Duration = seconds(2);
/** As long as the bundle of a newer epoch is on its way here, at most so long more. */
export const ROTATION_PATIENCE: Duration = seconds(10);
/** After somebody left of its own accord: a new epoch within this time. */
export const ROTATION_AFTER_LEAVE: Duration = minutes(10);
/** One message of a program in a room, and what one batch of them holds, in bytes and number. */
export const ROOM_MESSAGE_BYTES_MAX = 16_384;
export const ROOM_BATCH_BYTES_MAX = 49_152;
export const ROOM_BATCH_MESSAGES_MAX = 1_024;
/** Keys of senders' streams kept ready; the one used longest ago goes and is derived again. */
export const ROOM_STREAM_KEYS_MAX = 2_048;
/** Batches that wait for a key, in number, bytes and time; beyond, the oldest is given up as unreadable. */
export const HELD_BATCHES_MAX = 1_024;
export const HELD_BATCHES_BYTES_MAX = 4_194_304;
export const HELD_BATCH_PATIENCE: Duration = seconds(30);
/** Part of a bundle in one message, and prekeys in one, so that messages stay under 48 KiB. */
export const BUNDLE_PART_BYTES_MAX = 48_000;
export const PREKEYS_PER_MESSAGE_MAX = 35;
/** Members in one list of prekeys: all. 44 bytes each. */
export const PREKEY_LIST_MAX = 1_000;
/** Digests and lists of one neighbour that are answered, at once and a minute: each may cost a list, or all prekeys. */
export const PREKEY_LISTS_BURST = 16;
export const PREKEY_LISTS_PER_MINUTE = 12;
/** A member's later prekey is taken so long after the one before at the earliest; the next comparison brings it. */
export const PREKEY_INTERVAL_MIN: Duration = minutes(1);
/** Former members of a room that are recognised when they come back; the one that went longest ago is forgotten. */
export const FORMER_MEMBERS_MAX = 64;
/** Neighbours compare their prekeys so often, and so long after a member without one came. */
export const PREKEY_COMPARISON: Duration = minutes(10);
export const PREKEY_COMPARISON_SOON: Duration = seconds(2);
/** Bundles and keys that one neighbour may ask for, at once and a minute. */
export const EPOCH_ASKS_BURST = 32;
export const EPOCH_ASKS_PER_MINUTE = 60;
/** A bundle that nobody has announced for so long is not waited for: neighbours are asked for the key itself. */
export const BUNDLE_PATIENCE: Duration = seconds(1);
/** A neighbour that sends no part, or does not answer, for so long: the next one is asked; after all, again. */
export const BUNDLE_STALL: Duration = seconds(5);
export const KEY_ANSWER_TIMEOUT: Duration = seconds(3);
export const KEY_RETRY: Duration = seconds(5);
/** A rotation of ours that the log has not taken by then is made again. */
export const ROTATION_RETRY: Duration = seconds(10);
