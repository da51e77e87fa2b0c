import assert from "node:assert/strict";
import { test } from "node:test";
import { type RelayConfig, readConfig } from "@kith/relay";
import { allAddresses, clientAddresses, ownAddress } from "./relay-addresses.ts";
import type { RunningRelay } from "./shell.ts";
import { fakeRelay } from "./testing/fake-relays.ts";

const config = (changes: Partial<RelayConfig>): RelayConfig => ({ ...readConfig({ env: {} }), ...changes });
const addressesOf = (changes: Partial<RelayConfig>): readonly [string | undefined, string] => {
  const given = config(changes);
  const relay: RunningRelay = fakeRelay(given);
  return [clientAddresses(relay, given)[0], ownAddress(relay, given)];
};
const KEY = "6e".repeat(32);

test("a node reaches its own relay over loopback, and tells others where they find it", () => {
  const publicUrl = "wss://relay.example";
  assert.deepEqual(addressesOf({ publicUrl }), [`wss://relay.example#${KEY}`, `ws://127.0.0.1:8420#${KEY}`]);
  assert.deepEqual(addressesOf({ host: "192.168.1.9" }), [
    `ws://192.168.1.9:8420#${KEY}`,
    `ws://192.168.1.9:8420#${KEY}`,
  ]);
  const [told, own] = addressesOf({});
  assert.match(told ?? "", /^ws:\/\/[\d.]+:8420#/);
  assert.equal(own, `ws://127.0.0.1:8420#${KEY}`);
});

test("without TLS only those addresses are told that clients take", () => {
  const given = config({});
  const relay: RunningRelay = fakeRelay(given);
  const told = (...hosts: string[]): readonly string[] => clientAddresses(relay, given, hosts);
  assert.deepEqual(told("203.0.113.7", "10.0.0.7"), [`ws://10.0.0.7:8420#${KEY}`]);
  assert.deepEqual(told("203.0.113.7"), [`ws://127.0.0.1:8420#${KEY}`]);
  const tls = config({ tlsCert: "/c.pem", tlsKey: "/k.pem" });
  assert.deepEqual(clientAddresses(relay, tls, ["203.0.113.7"]), [`wss://203.0.113.7:8420#${KEY}`]);
  assert.deepEqual(allAddresses(relay, given, ["203.0.113.7"]), [`ws://203.0.113.7:8420#${KEY}`], "for browsers");
});

test("with a certificate of its own it goes by the name that this is for", () => {
  const publicUrl = "wss://relay.example";
  const files = { tlsCert: "/c.pem", tlsKey: "/k.pem" };
  assert.deepEqual(addressesOf({ publicUrl, ...files }), [`wss://relay.example#${KEY}`, `wss://relay.example#${KEY}`]);
});
