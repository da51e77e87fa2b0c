import assert from "node:assert/strict";
import { test } from "node:test";
import { parseRelayAddress, readRelayAddresses } from "./relay-address.ts";

test("[REL-1] a relay is reached with TLS, except on this machine and in private networks", () => {
  const url = (text: string): string | undefined => parseRelayAddress(text)?.url;
  assert.equal(url("relay.example.org"), "wss://relay.example.org/kith/1");
  assert.equal(url("WSS://Relay.Example.org:8443/"), "wss://relay.example.org:8443/kith/1");
  for (const host of [
    "localhost:80",
    "127.0.0.1:8080",
    "[::1]:80",
    "192.168.1.2",
    "10.0.0.1",
    "172.31.0.1",
    "[fd00::1]",
  ]) {
    assert.equal(url(host), `ws://${host}/kith/1`);
    assert.equal(url(`wss://${host}`), `wss://${host}/kith/1`);
  }
  for (const host of ["relay.example.org", "8.8.8.8", "172.32.0.1", "[2001:db8::1]", "localhost.example.org"])
    assert.equal(url(`ws://${host}`), undefined, host);
  assert.throws(() => readRelayAddresses(["ws://8.8.8.8:8420"]), /without TLS \(ws:\/\/\) only on this machine/);
  assert.throws(() => readRelayAddresses(["http://8.8.8.8"]), /wss:\/\/host\[:port\]/);
});

test("a key after the address is the relay's", () => {
  const key = "ab".repeat(32);
  const address = parseRelayAddress(`wss://relay.example.org#${key.toUpperCase()}`);
  assert.deepEqual(address?.relayKey, new Uint8Array(32).fill(0xab));
  assert.equal(address?.host, "relay.example.org");
});

test("anything else is no address", () => {
  for (const text of [
    "",
    "https://a.b",
    "wss://a b",
    "wss://a/b",
    "wss://u@a",
    "wss://a#12",
    "wss://a:0",
    "wss://a?x",
    "#",
  ])
    assert.equal(parseRelayAddress(text), undefined, text);
});
