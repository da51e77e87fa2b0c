/**
 * Which keys a sealed store has, in memory while it is unlocked. It may know one whose write failed: reading finds nothing
 * there. It never lacks one that is there.
 *
 * @module
 */

export interface IndexEntry {
  readonly key: string;
  readonly row: string;
  /** The row that holds the key is on the disk. */
  isNamed: boolean;
}

export class SealedIndex {
  readonly #entries = new Map<string, IndexEntry>();

  get size(): number {
    return this.#entries.size;
  }

  rowOf(key: string): string | undefined {
    return this.#entries.get(key)?.row;
  }

  /** The entry of that key, which is there or made. */
  add(key: string, row: string, isNamed: boolean): IndexEntry {
    const found = this.#entries.get(key);
    if (found !== undefined) return found;
    const made = { key, row, isNamed };
    this.#entries.set(key, made);
    return made;
  }

  /** What was there. */
  remove(key: string): IndexEntry | undefined {
    const found = this.#entries.get(key);
    this.#entries.delete(key);
    return found;
  }

  /** In the order of the keys. */
  list(prefix: string): readonly IndexEntry[] {
    return [...this.#entries.values()]
      .filter(({ key }) => key.startsWith(prefix))
      .sort((a, b) => (a.key < b.key ? -1 : 1));
  }
}
