/**
 * Backups: `@kith/core/backup`, a door of its own, because they know cards, which an application loads when they are wanted.
 */

export { BACKUP_BYTES_MAX } from "../../wire/backup-limits.ts";
export {
  type Backup,
  type BackupFault,
  backupFault,
  looksLikeBackup,
  openBackup,
  type SealedBackup,
  sealBackup,
} from "./backup.ts";
export { BACKUP_KINDS, BACKUP_PREFIXES, type BackupKindName } from "./backup-kind.ts";
export { type BackupMerge, mergeBackup } from "./merge-backup.ts";
