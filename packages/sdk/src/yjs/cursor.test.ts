import assert from "node:assert/strict";
import { test } from "node:test";
import {
  createAbsolutePositionFromRelativePosition,
  createRelativePositionFromJSON,
  createRelativePositionFromTypeIndex,
  Doc,
} from "yjs";
import { withReadCursor } from "./cursor.ts";

const json = (value: unknown): Record<string, unknown> => JSON.parse(JSON.stringify(value));

test("a cursor of an editor stays, with all its fields, whatever else the state holds", () => {
  const text = new Doc().getText("text");
  text.insert(0, "beans");
  const [anchor, head] = [1, 5].map((index) => json(createRelativePositionFromTypeIndex(text, index)));
  const state = { user: { name: "Ada" }, cursor: { anchor, head } };
  assert.deepEqual(withReadCursor(state), state);
  const bare = withReadCursor({ cursor: { anchor: { tname: "text" }, head: { tname: "text" } } });
  const whole = { type: null, tname: "text", item: null, assoc: 0 };
  assert.deepEqual(bare, { cursor: { anchor: whole, head: whole } });
  assert.deepEqual(withReadCursor({ cursor: { x: 1, y: 2 } }), { cursor: { x: 1, y: 2 } }); // somebody else's, as of a board
  assert.deepEqual(withReadCursor({ cursor: null }), { cursor: null });
});

test("a cursor that ends an editor's plugin is left out, and what is let through does not throw", () => {
  const whole = { type: null, tname: "text", item: null, assoc: 0 };
  const id = { client: 1, clock: 2 };
  const ids = [7, "x", [], {}, { client: 1 }, { client: -1, clock: 0 }, { client: 1, clock: 1e99 }];
  const bad = ["over there", 7, [], {}, { ...whole, tname: 7 }, { ...whole, tname: null }, { ...whole, assoc: "x" }];
  for (const wrong of [...bad, ...ids.map((item) => ({ ...whole, item })), ...ids.map((type) => ({ ...whole, type }))])
    for (const cursor of [{ anchor: wrong, head: whole }, { anchor: whole, head: wrong }, { head: wrong }])
      assert.deepEqual(withReadCursor({ user: 1, cursor }), { user: 1 }, JSON.stringify(cursor));
  const doc = new Doc();
  for (const position of [whole, { ...whole, item: id }, { ...whole, type: id }, { ...whole, tname: "constructor" }]) {
    assert.deepEqual(withReadCursor({ cursor: { anchor: position, head: position } })["cursor"], {
      ...{ anchor: position, head: position },
    });
    createAbsolutePositionFromRelativePosition(createRelativePositionFromJSON(position), doc);
  }
});
