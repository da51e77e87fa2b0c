/**
 * Brings what stands in a document back to what stood in an earlier one, by edits: so others get it like any other edit, what
 * they write meanwhile merges, and what stays the same is not touched.
 *
 * @module
 */
import { bytesToHex } from "@kith/core";
import * as Y from "yjs";
import { EndpointError } from "../endpoint-error.ts";

/** All types that are in use in `doc`. @throws {EndpointError} `ERR_ARGUMENT`, before any edit, for what it cannot bring back */
export function bringBack(doc: Y.Doc, earlier: Y.Doc): void {
  const edits: (() => void)[] = [];
  for (const [name, type] of doc.share) {
    if (type instanceof Y.Text) edits.push(() => bringTextBack(type, earlier.getText(name).toString()));
    else if (type instanceof Y.Array) edits.push(bringingArrayBack(type, plain(earlier.getArray(name).toArray())));
    else if (type instanceof Y.Map) edits.push(bringingMapBack(type, earlier.getMap(name)));
    else if (type.constructor !== Y.AbstractType) throw cannot(name); // that one nobody has looked into
  }
  doc.transact(() => {
    for (const edit of edits) edit();
  });
}

/** One stretch is replaced: from the first letter that differs to the last one. */
function bringTextBack(text: Y.Text, wanted: string): void {
  const present = text.toString();
  if (present === wanted) return;
  const shorter = Math.min(present.length, wanted.length);
  let start = 0;
  while (start < shorter && present[start] === wanted[start]) start++;
  if (isHalf(present, start) || isHalf(wanted, start)) start--;
  let end = 0;
  while (end < shorter - start && present.at(-1 - end) === wanted.at(-1 - end)) end++;
  if (isHalf(present, present.length - end) || isHalf(wanted, wanted.length - end)) end--;
  text.delete(start, present.length - start - end);
  text.insert(start, wanted.slice(start, wanted.length - end));
}

/** Whether a cut there goes through a character of two units. */
const isHalf = (text: string, at: number): boolean => /[\uDC00-\uDFFF]/.test(text[at] ?? "") && at > 0;

function bringingArrayBack(array: Y.Array<unknown>, wanted: readonly unknown[]): () => void {
  const keys = wanted.map(keyOf);
  const present = plain(array.toArray()).map(keyOf);
  return () => {
    // What is wanted stays, each as often as it is; the rest goes, from the end so that places stay what they are.
    const left = new Map<string, number>();
    for (const key of keys) left.set(key, (left.get(key) ?? 0) + 1);
    const stays = present.map((key) => {
      const count = left.get(key) ?? 0;
      left.set(key, count - 1);
      return count > 0;
    });
    for (let end = present.length; end > 0; end--) {
      let start = end;
      while (start > 0 && stays[start - 1] === false) start--;
      if (start < end) array.delete(start, end - start);
      end = start;
    }
    // What is missing is put between.
    const kept = present.filter((_, index) => stays[index]);
    let next = 0;
    for (let index = 0; index < wanted.length; ) {
      if (keys[index] === kept[next]) {
        [index, next] = [index + 1, next + 1];
        continue;
      }
      let end = index;
      while (end < wanted.length && keys[end] !== kept[next]) end++;
      array.insert(index, wanted.slice(index, end));
      index = end;
    }
    if (array.length > wanted.length) array.delete(wanted.length, array.length - wanted.length); // they stood in another order
  };
}

function bringingMapBack(map: Y.Map<unknown>, earlier: Y.Map<unknown>): () => void {
  const wanted = new Map([...earlier].map(([key, value]) => [key, plain([value])[0]]));
  plain([...map.values()]);
  return () => {
    for (const key of [...map.keys()]) if (!wanted.has(key)) map.delete(key);
    for (const [key, value] of wanted) if (keyOf(map.get(key)) !== keyOf(value)) map.set(key, value);
  };
}

/** Values that can stand in a document twice: no types of Yjs, which have a place of their own. */
function plain(values: readonly unknown[]): readonly unknown[] {
  for (const value of values) if (value instanceof Y.AbstractType || value instanceof Y.Doc) throw cannot("it");
  return values;
}

const keyOf = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) => (part instanceof Uint8Array ? `bytes:${bytesToHex(part)}` : part)) ?? "";

const cannot = (name: string): EndpointError =>
  new EndpointError("ERR_ARGUMENT", `Cannot bring ${name} back: only texts, lists and maps of plain values`);
