import assert from "node:assert/strict";
import { test } from "node:test";
import { relaysToLookAt } from "./relays-to-look-at.ts";

test("the doctor looks at each relay once, with the key that the node has pinned", () => {
  const used = [
    { host: "relay.example", state: "ready", key: "aa" },
    { host: "10.0.0.1:8420", state: "waiting" },
  ] as const;
  assert.deepEqual(relaysToLookAt(["wss://Relay.example/#bb", "other.example"], used), [
    { address: "wss://Relay.example/#bb", pinned: "aa" },
    { address: "other.example" },
    { address: "10.0.0.1:8420" },
  ]);
  assert.deepEqual(relaysToLookAt([], []), []);
});
