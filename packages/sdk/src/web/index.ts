/** Kith in a page or a worker: `@kith/sdk/web`. */
export { argon2InWorker, type DeriveKey, serveArgon2 } from "./argon2-worker.ts";
export { createEndpoint, type WebEndpoint, type WebEndpointOptions } from "./create-endpoint.ts";
export { type About, type PageCode, type PageFinding, type PageWords, pageWords } from "./doctor-finding.ts";
export { type ExamineOptions, examinePage, type PageStep } from "./doctor-page.ts";
export { pageReport, type ReportOptions } from "./doctor-report.ts";
export type { WantedFile } from "./given-files.ts";
export {
  browserGuard,
  type Guard,
  type PageProtection,
  type PassphraseOptions,
  passkeyGuard,
  passphraseGuard,
} from "./guard.ts";
export { openIdbStore } from "./idb-store.ts";
export { type LanThroughNode, type LanThroughNodeOptions, lanThroughNode, type NodeState } from "./lan-through-node.ts";
export { openPageFiles, type PageFiles, type PageFilesOptions } from "./opfs-files.ts";
export {
  erasePage,
  erasePart,
  isErased,
  type PageContents,
  type PageStorage,
  pageContents,
  pageStorage,
  persistPage,
} from "./page-contents.ts";
export { createPasskey, mayHavePasskeys, type Passkey, passkey } from "./passkey.ts";
export type { ReceivedFile } from "./received-files.ts";
export { openSealedStore, type SealedStore, type SealedStoreOptions } from "./sealed-store.ts";
export { joinTabs, type Tabs, type TabsOptions } from "./tabs.ts";
export {
  type HomeBackup,
  type HomeIdentity,
  type NotKept,
  openBackupFile,
  openExport,
  openWebHome,
  type WebHome,
  type WebHomeOptions,
} from "./web-home.ts";
export { serveDisk } from "./worker-disk.ts";
