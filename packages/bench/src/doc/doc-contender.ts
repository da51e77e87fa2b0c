/**
 * What shares a document of Yjs: one process has it, another opens it.
 *
 * @module
 */
import type { Doc } from "yjs";

export interface OpenedDoc {
  readonly doc: Doc;
  close(): Promise<void>;
}

export interface DocGuest {
  /** Opens the document, empty as yet. */
  open(): Promise<OpenedDoc>;
}

export interface DocContender {
  /** Has the document, which `fill` writes; what a guest needs to know. */
  serve(fill: (doc: Doc) => void): Promise<string>;
  /** A guest that can open the document as often as it likes. */
  reach(address: string): Promise<DocGuest>;
  /** The same for somebody who was never there, from the first byte that goes to the other side. */
  comeIn?(address: string, number: number): Promise<OpenedDoc>;
}
