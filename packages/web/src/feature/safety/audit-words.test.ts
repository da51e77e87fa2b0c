import assert from "node:assert/strict";
import { test } from "node:test";
import { AUDIT_EVENT } from "@kith/core";
import { AUDIT_WORDS } from "./audit-words.ts";

test("every event of the log has its words, in every language", () => {
  for (const words of Object.values(AUDIT_WORDS))
    assert.deepEqual(Object.keys(words).sort(), Object.keys(AUDIT_EVENT).sort());
});
