/**
 * Bounds of what is kept for somebody who is away (spec/sealed-items.md).
 *
 * @module
 */
import { type Duration, days, hours, minutes, seconds } from "../lib/time.ts";

/** Relays that one contact names, and that we name. */
export const CARD_RELAYS_MAX = 4;
/** Sizes that an item may have, in bytes: what a relay learns of its length. The last is all that a relay takes. */
export const ITEM_SIZES: readonly number[] = [2_048, 4_096, 8_192, 16_384, 32_768, 65_536];
/** Texts and receipts in one item. */
export const ITEM_MESSAGES_MAX = 256;
/** A contact is away when nothing has reached it for so long. */
export const MAIL_PATIENCE: Duration = seconds(10);
/** A deposit that is not answered by then has failed, whatever becomes of it: it is the same item when it is tried again. */
export const DEPOSIT_TIMEOUT: Duration = minutes(1);
/** After a failure the next relay is tried; after all of them, all again, so much later, doubling. */
export const DEPOSIT_RETRY_MIN: Duration = minutes(1);
export const DEPOSIT_RETRY_MAX: Duration = hours(2);
/** Second copies on their way to relays at once, for all contacts; what is kept meanwhile gets none. */
export const MAIL_COPIES_MAX = 32;
/** Nothing is left at a relay for less than this. */
export const ITEM_LIFETIME_MIN: Duration = hours(1);
export const ITEM_LIFETIME_MAX: Duration = days(14);
/** Texts that were written further apart do not share an item. */
export const ITEM_SPREAD_MAX: Duration = days(1);
/** Items that wait for a transaction, and so for being taken: as many as a relay sends at a time. */
export const ITEMS_IN_HAND_MAX = 64;
/**
 * Items that come to nothing and are looked at, at once and a minute: each costs a decapsulation, and a relay can make up
 * as many as it likes. Beyond that all its items stay where they are. Those that are told to the log, at once and an hour.
 */
export const BAD_ITEMS_BURST_MAX = 64;
export const BAD_ITEMS_PER_MINUTE_MAX = 30;
export const BAD_ITEMS_LOGGED_BURST_MAX = 8;
export const BAD_ITEMS_LOGGED_PER_HOUR_MAX = 12;
/** Cards of one contact that are looked at, at once and an hour: each costs a signature to check. */
export const CARDS_BURST_MAX = 8;
export const CARDS_PER_HOUR_MAX = 12;
/** Addresses in one message of a contact, and how often it may tell others. */
export const MAIL_HINTS_MAX = 8;
export const MAIL_HINTS_BURST_MAX = 8;
export const MAIL_HINTS_PER_HOUR_MAX = 60;
