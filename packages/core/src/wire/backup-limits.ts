/**
 * The bounds of a backup (spec/backup.md), with units and reasons, as those in `limits.ts`.
 *
 * @module
 */

/** A backup, sealed. Contacts and cards of 4,000 people weigh a tenth of it; photos that do not fit are left out. */
export const BACKUP_BYTES_MAX = 33_554_432;
/** What its contents are filled up to a multiple of, so that its size says little of how many people we know. */
export const BACKUP_STEP_BYTES = 4_096;
/** One record: an entry with eight cards and notes has half of it, a photo its whole. */
export const BACKUP_VALUE_BYTES_MAX = 131_072;
/** The name of a record: a PeerId or a hash in hexadecimal digits has 64, the host of a relay at most so many. */
export const BACKUP_NAME_BYTES_MAX = 255;
/** Photos: one for each card of our own, and for each person whose cards are kept. */
export const BACKUP_PHOTOS_MAX = 5_064;
/** Keys of relays: one or two for each contact that has one of its own. */
export const BACKUP_RELAYS_MAX = 4_096;
