/**
 * A document of Yjs as the owner of a {@link DocSync} holds it: shared text, a list of files (map) and a drawing
 * (array). Yjs is loaded by name and described here as far as it is used, so that types are checked without it.
 */

interface YText {
  readonly length: number;
  insert(at: number, text: string): void;
  delete(at: number, length: number): void;
  toString(): string;
}

interface YMap {
  set(key: string, value: unknown): void;
  delete(key: string): void;
  toJSON(): Record<string, unknown>;
}

interface YArray {
  readonly length: number;
  push(values: readonly unknown[]): void;
  delete(at: number, length: number): void;
  toJSON(): unknown[];
}

interface YDoc {
  clientID: number;
  getText(name: string): YText;
  getMap(name: string): YMap;
  getArray(name: string): YArray;
  on(event: "update", listener: (update: Uint8Array, origin: unknown) => void): void;
  transact(work: () => void, origin?: unknown): void;
}

interface Yjs {
  readonly Doc: new () => YDoc;
  encodeStateVector(doc: YDoc): Uint8Array;
  encodeStateAsUpdate(doc: YDoc, vector?: Uint8Array): Uint8Array;
  applyUpdate(doc: YDoc, update: Uint8Array, origin?: unknown): void;
  snapshot(doc: YDoc): object;
  encodeSnapshot(snapshot: object): Uint8Array;
}

const name: string = "yjs";
const yjs: Yjs = await import(name);

/** Origin of what came from others. */
const REMOTE = "remote";

export class YjsReplica {
  readonly doc: YDoc = new yjs.Doc();
  readonly text: YText;
  readonly files: YMap;
  readonly drawing: YArray;
  /** Edits that nobody took yet. */
  readonly edits: Uint8Array[] = [];

  constructor(client: number) {
    this.doc.clientID = client; // instead of one by chance
    this.text = this.doc.getText("text");
    this.files = this.doc.getMap("files");
    this.drawing = this.doc.getArray("drawing");
    this.doc.on("update", (update, origin) => {
      if (origin !== REMOTE) this.edits.push(update);
    });
  }

  stateVector(): Uint8Array {
    return new Uint8Array(yjs.encodeStateVector(this.doc));
  }

  /** Deletions too, of which the vector says nothing. */
  digest(): Uint8Array {
    return new Uint8Array(yjs.encodeSnapshot(yjs.snapshot(this.doc)));
  }

  diffFor(vector: Uint8Array): Uint8Array {
    return new Uint8Array(yjs.encodeStateAsUpdate(this.doc, vector));
  }

  apply(update: Uint8Array): void {
    yjs.applyUpdate(this.doc, update, REMOTE);
  }

  /** What is in it, for people and for comparing. */
  content(): unknown {
    return { text: this.text.toString(), files: sorted(this.files.toJSON()), drawing: this.drawing.toJSON() };
  }

  bytes(): number {
    return yjs.encodeStateAsUpdate(this.doc).length;
  }
}

const sorted = (map: Record<string, unknown>): unknown => Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1));
