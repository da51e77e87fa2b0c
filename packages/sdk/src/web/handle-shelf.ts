/**
 * Handles of files and folders that a person chose, over reloads: IndexedDB alone can hold them. They lie there in the
 * open, with the names of what was chosen.
 *
 * @module
 */
import { openDB } from "idb";
import { storageError } from "./idb-error.ts";

const SHELF = "handles";

export class HandleShelf {
  readonly #name: string;

  constructor(name: string) {
    this.#name = name;
  }

  put(id: string, handle: FileSystemHandle): Promise<void> {
    return this.#on(async (database) => void (await database.put(SHELF, handle, id)));
  }

  get(id: string): Promise<FileSystemHandle | undefined> {
    return this.#on(async (database) => {
      const found: unknown = await database.get(SHELF, id);
      return found instanceof FileSystemHandle ? found : undefined;
    });
  }

  delete(id: string): Promise<void> {
    return this.#on((database) => database.delete(SHELF, id));
  }

  async #on<T>(run: (database: Awaited<ReturnType<typeof openShelf>>) => Promise<T>): Promise<T> {
    try {
      const database = await openShelf(this.#name);
      try {
        return await run(database);
      } finally {
        database.close();
      }
    } catch (error) {
      throw storageError("use", error);
    }
  }
}

const openShelf = (name: string) => openDB(name, 1, { upgrade: (made) => void made.createObjectStore(SHELF) });
