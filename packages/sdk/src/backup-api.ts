/** What making a backup gives. */

export interface BackupFile {
  readonly bytes: Uint8Array;
  /** Contacts, cards and the rest, each one. */
  readonly records: number;
  /** Records that could not be read, and are not in it. */
  readonly damaged: number;
  /** Photos for which there was no room. */
  readonly photosLeft: number;
}
