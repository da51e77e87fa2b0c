import assert from "node:assert/strict";
import { test } from "node:test";
import { AddressSet, clientAddress, LOCAL_PREFIXES, loggedSource, relaySourceOf } from "./source.ts";

test("[REL-12] a source is the socket's address, or what the last trusted proxy says", () => {
  const trusted = new AddressSet(["10.0.0.0/8", "2001:db8::/32"]);
  const cases: readonly (readonly [remote: string, forwarded: string | undefined, client: string])[] = [
    ["192.0.2.1", undefined, "192.0.2.1"],
    ["192.0.2.1", "198.51.100.7", "192.0.2.1"], //                          nobody trusts it
    ["::ffff:10.1.2.3", "198.51.100.7", "198.51.100.7"],
    ["10.1.2.3", "203.0.113.9, 198.51.100.7", "198.51.100.7"], //           what a client wrote is left of what the proxy did
    ["10.1.2.3", "203.0.113.9, 198.51.100.7, 10.9.9.9", "198.51.100.7"], // two proxies
    ["10.1.2.3", "10.4.4.4", "10.4.4.4"],
    ["10.1.2.3", "unknown", "10.1.2.3"],
    ["10.1.2.3", "198.51.100.7, unknown", "10.1.2.3"],
    ["10.1.2.3", `${"1.1.1.1,".repeat(300)}198.51.100.7`, "10.1.2.3"],
    ["2001:db8::9", "[2001:db9::1]", "2001:db9::1"],
    ["10.1.2.3", "", "10.1.2.3"],
  ];
  for (const [remote, forwarded, client] of cases)
    assert.equal(clientAddress(remote, forwarded, trusted), client, `${remote} ${forwarded}`);
});

test("relaySourceOf counts an IPv4 address for itself and an IPv6 one by its /48; a log has less", () => {
  assert.equal(relaySourceOf("::ffff:192.0.2.77"), "192.0.2.77");
  assert.equal(relaySourceOf("2001:db8:1:2::3"), relaySourceOf("2001:db8:1:ffff::4"));
  assert.equal(loggedSource(relaySourceOf("192.0.2.77")), "192.0.2.0/24");
  assert.equal(loggedSource(relaySourceOf("2001:db8:1:2::3")), "2001:db8:1/48");
  assert.equal(loggedSource(relaySourceOf("fe80::1%eth0")), "fe80:0:0/48");
});

test("AddressSet knows what is local, in either notation", () => {
  const local = new AddressSet(LOCAL_PREFIXES);
  for (const address of ["127.0.0.1", "::ffff:192.168.1.1", "::1", "fd00::1", "fe80::1%eth0"])
    assert.ok(local.has(address), address);
  for (const address of ["192.0.2.1", "2001:db8::1", "", "unknown"]) assert.ok(!local.has(address), address);
});
