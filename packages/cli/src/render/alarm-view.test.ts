import assert from "node:assert/strict";
import { test } from "node:test";
import { BOB } from "../testing/fake-people.ts";
import { alarmLines } from "./alarm-view.ts";

test("an alarm says who, what did not happen, and what to do", () => {
  const changed = alarmLines({ id: "1", kind: "key-changed", peer: BOB, found: BOB, at: 0 }, "Bob").join("\n");
  assert.match(changed, /STOP: another key answered where Bob was expected/);
  assert.match(changed, /Nothing was sent/);
  assert.match(changed, /kith trust revoke/);
  assert.match(alarmLines({ id: "2", kind: "runs-twice", peer: BOB, at: 0 }, "Bob").join("\n"), /two places/);
  const ours = alarmLines({ id: "3", kind: "runs-elsewhere", peer: BOB, at: 0 }, "Bob").join("\n");
  assert.match(ours, /This identity seems to run on another device/);
  assert.match(ours, /End one of the two/);
  assert.match(ours, /kith connect/);
});
