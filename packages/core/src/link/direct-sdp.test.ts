/** From a platform's description to the bytes that are shown, and back to one that a platform takes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { bytesToHex } from "../lib/hex.ts";
import type { DirectEnd } from "./direct-code.ts";
import { directCandidateLines, directEndOf, directSdp } from "./direct-sdp.ts";

const PRINT = Array.from({ length: 32 }, (_, i) => (i + 1).toString(16).padStart(2, "0")).join(":");
/** Of Chromium, shortened where nothing is read. */
const SDP = [
  "v=0",
  "o=- 4611731400430051336 2 IN IP4 127.0.0.1",
  "s=-",
  "t=0 0",
  "a=group:BUNDLE 0",
  "a=extmap-allow-mixed",
  "a=msid-semantic: WMS",
  "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
  "c=IN IP4 0.0.0.0",
  "a=ice-ufrag:F7gI",
  "a=ice-pwd:x9cml/YzichV2+XlhiMu8g8B",
  "a=ice-options:trickle",
  `a=fingerprint:sha-256 ${PRINT.toUpperCase()}`,
  "a=setup:active",
  "a=mid:0",
  "a=sctp-port:5000",
  "a=max-message-size:262144",
  "",
].join("\r\n");
const MDNS = "candidate:1 1 udp 2113937151 9b36eaac-bb2e-49bb-bb78-21c41c499900.local 53412 typ host generation 0";
const host = (address: string, port = 4000): string => `candidate:1 1 UDP 2122317823 ${address} ${port} typ host`;
const lines = (candidates: readonly string[]): string[] => {
  const end = directEndOf("answer", SDP, candidates);
  assert.ok(end !== undefined);
  return directCandidateLines(end).map((line) => line.split(" ").slice(4).join(" "));
};

test("[DIR-4] what is rebuilt has what was read of ours, and reads the same", () => {
  const end = directEndOf("answer", SDP, [MDNS]) as DirectEnd;
  assert.deepEqual(
    { ...end, fingerprint: bytesToHex(end.fingerprint), candidates: end.candidates.length },
    { fingerprint: PRINT.replaceAll(":", ""), ufrag: "F7gI", pwd: "x9cml/YzichV2+XlhiMu8g8B", candidates: 1 },
  );
  const rebuilt = directSdp("answer", end);
  assert.deepEqual(directEndOf("answer", rebuilt, directCandidateLines(end)), end);
  assert.ok(directSdp("offer", end).includes("a=setup:actpass\r\n"));
});

test("[DIR-5] a description that the other side could not rebuild is not shown", () => {
  assert.notEqual(directEndOf("answer", SDP, []), undefined);
  assert.notEqual(directEndOf("answer", SDP.replace("a=max-message-size:262144\r\n", ""), []), undefined);
  for (const [from, to] of [
    ["a=mid:0", "a=mid:data"],
    ["a=sctp-port:5000", "a=sctp-port:5001"],
    ["a=setup:active", "a=setup:passive"],
    ["a=max-message-size:262144", "a=max-message-size:65535"],
    ["sha-256", "sha-512"],
    ["F7gI", "F7g"],
    ["F7gI", "F7gIF7gIF7gIF7gIF"],
    ["F7gI", "F7g-"],
    ["x9cml/YzichV2+XlhiMu8g8B", "short"],
  ] as const)
    assert.equal(directEndOf("answer", SDP.replace(from, to), []), undefined, to);
});

test("[DIR-5] of many addresses one of each kind comes first, real ones before names, and what leads nowhere is left out", () => {
  const srflx = "candidate:4 1 udp 1677729535 203.0.113.7 61000 typ srflx raddr 0.0.0.0 rport 0";
  assert.deepEqual(lines([MDNS, host("10.0.0.1"), host("10.0.0.2"), srflx, host("2001:db8::7")]), [
    "10.0.0.1 4000 typ host",
    "203.0.113.7 61000 typ srflx raddr 0.0.0.0 rport 9",
    "9b36eaac-bb2e-49bb-bb78-21c41c499900.local 53412 typ host",
    "2001:0db8:0000:0000:0000:0000:0000:0007 4000 typ host",
  ]);
  assert.deepEqual(lines([1, 2, 3, 4, 5].map((last) => host(`10.0.0.${last}`))).length, 4);
  const useless = [
    "candidate:1 1 tcp 1518280447 10.0.0.1 9 typ host tcptype active",
    "candidate:1 1 udp 1 10.0.0.1 4000 typ prflx",
    ...["fe80::1", "::1::2", "10.0.0.256x", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7::8", "example.org", "12345::1"].map(
      (each) => host(each),
    ),
    host("10.0.0.1", 0),
    "",
  ];
  assert.deepEqual(lines(useless), []);
  assert.deepEqual(lines([host("::1"), host("1:2:3:4:5:6:7:8")]).length, 2);
  assert.deepEqual(lines([host("10.0.0.256")]), []);
});
