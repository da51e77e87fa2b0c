/**
 * SHA-256 of all parts, one after the other, that answers later: for platforms whose fast one does (docs/adr/0033). The
 * contents of files are hashed by it, all else by the endpoint's provider. It does not reject, and nobody writes the parts before it has answered.
 *
 * @module
 */
export type BulkHash = (parts: readonly Uint8Array[]) => Promise<Uint8Array>;
