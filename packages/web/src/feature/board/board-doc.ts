/** The board in the shared document: elements by id, in the order in which they were put there; one's own can be undone. */
import type { KithProvider } from "@kith/sdk/yjs";
import { UndoManager } from "yjs";
import { type BoardElement, readElement } from "./element.ts";

/** Elements of a board: beyond that nothing is added. */
export const ELEMENTS_MAX = 20_000;

export class BoardDoc {
  readonly undo: UndoManager;
  readonly #entries: ReturnType<KithProvider["doc"]["getArray"]>;
  readonly #read = new WeakMap<object, BoardElement | undefined>(); // what stands in the document never changes

  /** `undos`: by document, so that what one did before one was elsewhere can still be undone. */
  constructor({ doc }: KithProvider, undos: WeakMap<object, UndoManager>) {
    this.#entries = doc.getArray("board");
    this.undo = undos.get(doc) ?? new UndoManager(this.#entries);
    undos.set(doc, this.undo);
  }

  get elements(): readonly BoardElement[] {
    const elements: BoardElement[] = [];
    for (const value of this.#entries.toArray()) {
      const element = this.#element(value);
      if (element !== undefined) elements.push(element);
    }
    return elements;
  }

  /** False: the board is full. */
  add(element: BoardElement): boolean {
    if (this.#entries.length >= ELEMENTS_MAX) return false;
    this.undo.stopCapturing(); // each is undone alone
    this.#entries.push([element]);
    return true;
  }

  clear(): void {
    this.undo.stopCapturing();
    this.#entries.delete(0, this.#entries.length);
  }

  subscribe(changed: () => void): () => void {
    this.#entries.observe(changed);
    return () => this.#entries.unobserve(changed);
  }

  #element(value: unknown): BoardElement | undefined {
    if (typeof value !== "object" || value === null) return undefined;
    if (!this.#read.has(value)) this.#read.set(value, readElement(value));
    return this.#read.get(value);
  }
}
