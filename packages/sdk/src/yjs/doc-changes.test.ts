/** What a document went through, gathered into one update. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import * as Y from "yjs";
import { DocChanges } from "./doc-changes.ts";

/** Notes what `doc` goes through. */
function changesOf(doc: Y.Doc): DocChanges {
  const changes = new DocChanges();
  doc.on("afterTransactionCleanup", (transaction) => changes.note(transaction));
  return changes;
}

const snapshotOf = (doc: Y.Doc): Uint8Array => Y.encodeSnapshot(Y.snapshot(doc));

type Act =
  | { readonly do: "write"; readonly who: number; readonly at: number; readonly text: string }
  | { readonly do: "delete"; readonly who: number; readonly at: number; readonly length: number }
  | { readonly do: "set"; readonly who: number; readonly key: string }
  | { readonly do: "merge"; readonly who: number }
  | { readonly do: "take" };

const who = fc.nat({ max: 1 });
const act: fc.Arbitrary<Act> = fc.oneof(
  fc.record({ do: fc.constant("write" as const), who, at: fc.nat(), text: fc.string({ minLength: 1, maxLength: 5 }) }),
  fc.record({ do: fc.constant("delete" as const), who, at: fc.nat(), length: fc.integer({ min: 1, max: 6 }) }),
  fc.record({ do: fc.constant("set" as const), who, key: fc.constantFrom("a", "b") }),
  fc.record({ do: fc.constant("merge" as const), who }),
  fc.record({ do: fc.constant("take" as const) }),
);

function perform(act: Exclude<Act, { do: "take" }>, docs: readonly [Y.Doc, Y.Doc]): void {
  const doc = docs[act.who === 0 ? 0 : 1];
  const text = doc.getText("text");
  if (act.do === "write") text.insert(act.at % (text.length + 1), act.text);
  else if (act.do === "set") doc.getMap("map").set(act.key, { said: act.key });
  else if (act.do === "merge") {
    const other = docs[act.who === 0 ? 1 : 0];
    Y.applyUpdate(doc, Y.encodeStateAsUpdate(other, Y.encodeStateVector(doc)), "other");
  } else if (text.length > 0) {
    const at = act.at % text.length;
    text.delete(at, Math.min(act.length, text.length - at));
  }
}

test("what was gathered brings a copy to the same state, whatever was done, however often it is asked", () => {
  fc.assert(
    fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
      const docs = [new Y.Doc(), new Y.Doc()] as const;
      const copy = new Y.Doc();
      const changes = changesOf(docs[0]);
      const take = (): void => {
        if (!changes.isEmpty) Y.applyUpdate(copy, changes.take(docs[0]));
        assert.ok(changes.isEmpty);
      };
      for (const each of acts)
        if (each.do === "take") take();
        else perform(each, docs);
      take();
      assert.deepEqual(snapshotOf(copy), snapshotOf(docs[0]));
      assert.equal(copy.getText("text").toString(), docs[0].getText("text").toString());
      assert.deepEqual(copy.getMap("map").toJSON(), docs[0].getMap("map").toJSON());
    }),
  );
});

test("letters typed one by one are one piece, and many deletions stay few", () => {
  const doc = new Y.Doc();
  const text = doc.getText("text");
  text.insert(0, "x".repeat(2_000));
  const changes = changesOf(doc);
  for (let index = 0; index < 1_000; index++) text.insert(index, "y");
  assert.ok(changes.take(doc).length < 1_100);
  for (let index = 0; index < 1_000; index++) text.delete(0, 1);
  assert.ok(changes.take(doc).length < 20);
});
