import assert from "node:assert/strict";
import { test } from "node:test";
import { isRelayHost } from "./relay-host.ts";

test("isRelayHost knows names, addresses and ports from anything else", () => {
  for (const text of ["relay.example", "relay.example:8443", "localhost", "10.0.0.1:1", "[::1]:443", "a-b.c"]) {
    assert.ok(isRelayHost(text), text);
  }
  for (const text of [
    "",
    ".",
    "a..b",
    "-a",
    "a:0",
    "a:65536",
    "a:",
    "::1",
    "[a]",
    "a/b",
    "user@a",
    "ä.example",
    "a b",
  ]) {
    assert.equal(isRelayHost(text), false, text);
  }
});
