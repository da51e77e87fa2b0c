// STUN servers on real UDP sockets, that see what we say they see.
import assert from "node:assert/strict";
import { createSocket, type Socket } from "node:dgram";
import { after, test } from "node:test";
import { millis } from "@kith/core";
import type { Finding } from "../doctor/finding.ts";
import { checkNat, parseStunServer } from "./doctor-nat.ts";
import { bindingRequest, readBindingAnswer } from "./stun.ts";

const sockets: Socket[] = [];
after(() => {
  for (const socket of sockets) socket.close();
});

interface Manner {
  /** Where requests seem to come from; from where they do unless told. */
  readonly sees?: { readonly address: string; readonly port: number };
  readonly isSilent?: boolean;
  /** How many requests it does not hear. */
  readonly loses?: number;
  /** Answers of a server from before RFC 5389. */
  readonly isOld?: boolean;
}

/** Its address, `host:port`. */
async function stunServer({ sees, isSilent = false, loses = 0, isOld = false }: Manner = {}): Promise<string> {
  const socket = createSocket("udp4");
  sockets.push(socket);
  let heard = 0;
  socket.on("message", (request, from) => {
    heard += 1;
    if (isSilent || heard <= loses) return;
    const { address, port } = sees ?? from;
    const value = Buffer.from([0, 1, port >> 8, port & 0xff, ...address.split(".").map(Number)]);
    if (!isOld)
      for (const [i, at] of [2, 3, 4, 5, 6, 7].entries())
        value[at] = (value[at] ?? 0) ^ (request[4 + (i < 2 ? i : i - 2)] ?? 0);
    const software = Buffer.from([0x80, 0x22, 0, 3, 0x61, 0x62, 0x63, 0]); // three bytes, filled up to four
    const answer = Buffer.concat([request, software, Buffer.from([0, isOld ? 0x01 : 0x20, 0, 8]), value]);
    answer[0] = 1;
    answer.writeUInt16BE(answer.length - 20, 2);
    socket.send(Buffer.from("not STUN at all"), from.port, from.address);
    socket.send(answer, from.port, from.address);
  });
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  return `127.0.0.1:${socket.address().port}`;
}

const loopback = [
  { link: "lo", address: "127.0.0.1", family: "ipv4" as const, cidr: "127.0.0.1/8", isLoopback: true, scope: 0 },
];
const waits = [100, 100].map(millis);
const brief = (findings: readonly Finding[]): string[] => findings.map(({ check, verdict }) => `${check} ${verdict}`);

const PUBLIC = { address: "203.0.113.9", port: 40_001 };
for (const [what, manners, expected, words] of [
  ["no router in between", [{}, {}], ["udp good", "nat good"], /its own address/],
  ["a router that is the same towards all", [{ sees: PUBLIC }, { sees: PUBLIC }], ["udp good", "nat good"], /same way/],
  ["requests that get lost", [{ sees: PUBLIC, loses: 1 }, { sees: PUBLIC }], ["udp good", "nat good"], /same way/],
  ["an old server", [{ sees: PUBLIC, isOld: true }, { sees: PUBLIC }], ["udp good", "nat good"], /same way/],
  [
    "another port for each",
    [{ sees: PUBLIC }, { sees: { ...PUBLIC, port: 40_002 } }],
    ["udp good", "nat warn"],
    /symmetric/,
  ],
  [
    "another address for each",
    [{ sees: PUBLIC }, { sees: { ...PUBLIC, address: "203.0.113.10" } }],
    ["udp good", "nat warn"],
    /symmetric/,
  ],
  [
    "one server that is silent",
    [{ sees: PUBLIC }, { isSilent: true }],
    ["udp good", "nat unknown"],
    /only one answered/,
  ],
  ["one server alone", [{ sees: PUBLIC }], ["udp good", "nat unknown"], /only one answered/],
  ["servers that are silent", [{ isSilent: true }, { isSilent: true }], ["udp warn"], /lets none through/],
] as const satisfies readonly (readonly [string, readonly Manner[], readonly string[], RegExp])[]) {
  test(`doctor, with ${what}, finds ${expected.join(", ")}`, async () => {
    const servers = await Promise.all(manners.map(stunServer));
    const findings = await checkNat(servers, loopback, { waits });
    assert.deepEqual(brief(findings), expected);
    assert.match(findings.at(-1)?.words ?? "", words);
    for (const { verdict, fix } of findings) assert.equal(fix === undefined, verdict === "good");
    assert.ok(!JSON.stringify(findings).includes("203.0.113"), "a report names no addresses");
  });
}

test("doctor asks nobody unless told, tells names that lead nowhere, and one server twice", async () => {
  assert.deepEqual(await checkNat([], loopback), []);
  assert.deepEqual(brief(await checkNat(["x y"], loopback)), ["udp unknown"]);
  const [nowhere] = await checkNat(["nowhere.invalid", "elsewhere.invalid:99"], loopback, { waits });
  assert.match(nowhere?.words ?? "", /lead nowhere/);
  const server = await stunServer({ sees: PUBLIC });
  assert.match((await checkNat([server, server], loopback, { waits })).at(-1)?.words ?? "", /the same one/);
});

test("parseStunServer reads host, port and brackets, and nothing else", () => {
  assert.deepEqual(parseStunServer("stun:stun.example"), { address: "stun.example", port: 3_478 });
  assert.deepEqual(parseStunServer(" stun.example:19302 "), { address: "stun.example", port: 19_302 });
  assert.deepEqual(parseStunServer("[2001:db8::1]:5"), { address: "2001:db8::1", port: 5 });
  for (const text of ["", "a b", "a:0", "a:65536", "http://a", "a/b", "2001:db8::1"])
    assert.equal(parseStunServer(text), undefined, text);
});

test("readBindingAnswer reads the samples of RFC 5769 and no part or variant of them", () => {
  const ipv4 = hex(
    "0101003c2112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220002000080001a147e112a643000800142b91f599fd9e90c38c7489f92af9ba53f06be7d780280004c07d4c96",
  );
  const ipv6 = hex(
    "010100482112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d900080014a382954e4be67bf11784c97c8292c275bfe3ed4180280004c8fb0b4c",
  );
  const transaction = ipv4.slice(8, 20);
  assert.deepEqual(readBindingAnswer(ipv4, transaction), { address: "192.0.2.1", port: 32_853 });
  assert.deepEqual(readBindingAnswer(ipv6, transaction), {
    address: "2001:db8:1234:5678:11:2233:4455:6677",
    port: 32_853,
  });
  for (let length = 0; length < ipv4.length; length++)
    assert.equal(readBindingAnswer(ipv4.slice(0, length), transaction), undefined);
  for (let at = 0; at < 20; at++) {
    const wrong = ipv4.slice();
    wrong[at] = (wrong[at] ?? 0) ^ 1;
    assert.equal(readBindingAnswer(wrong, transaction), undefined, `byte ${at}`);
  }
  for (let round = 0; round < 2_000; round++) {
    const noise = ipv6.slice();
    for (let times = 0; times < 3; times++)
      noise[20 + Math.floor(Math.random() * (noise.length - 20))] = Math.floor(Math.random() * 256);
    readBindingAnswer(noise, transaction); // throws nothing
  }
  const request = bindingRequest(transaction);
  assert.equal(Buffer.from(request).toString("hex"), `000100002112a442${Buffer.from(transaction).toString("hex")}`);
});

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "hex"));
