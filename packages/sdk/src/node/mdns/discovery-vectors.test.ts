import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { bytesToHex, hexToBytes, instant, WireError } from "@kith/core";
import { type DnsMessage, type DnsRecord, decodeDnsMessage, encodeDnsMessage } from "./dns-message.ts";
import type { Advert } from "./dns-service.ts";
import { readPresence, writePresence } from "./presence-txt.ts";
import { Responder } from "./responder.ts";

interface MessageCase {
  readonly name: string;
  readonly message: string;
  readonly says?: readonly string[];
  readonly error?: string;
}

interface TextCase {
  readonly name: string;
  readonly hints: readonly string[];
  readonly shownName?: string;
  readonly txt: Readonly<Record<string, string>>;
}

interface Vectors {
  readonly advert: Advert & { readonly address: string };
  readonly cases: readonly MessageCase[];
  readonly texts: readonly TextCase[];
}

const file = new URL("../../../../../spec/vectors/discovery.json", import.meta.url);
const vectors = JSON.parse(readFileSync(file, "utf8")) as Vectors; // our own file, in our own form
const bytesOf = (hex: string): Uint8Array => hexToBytes(hex.replace(/[ |]/g, ""));

for (const { name, message, says, error } of vectors.cases) {
  test(`discovery.json: ${name}`, () => {
    if (error !== undefined) {
      assert.throws(() => decodeDnsMessage(bytesOf(message)), { name: WireError.name, code: error });
      return;
    }
    const decoded = decodeDnsMessage(bytesOf(message));
    assert.deepEqual(lines(decoded), says);
    assert.equal(bytesToHex(encodeDnsMessage(decoded)), bytesToHex(bytesOf(message)));
  });
}

test("discovery.json: what a responder says in its life is these bytes", () => {
  const { address, ...advert } = vectors.advert;
  const responder = new Responder({
    advert,
    addresses: [address],
    random: (length) => new Uint8Array(length),
    now: instant(0),
  });
  const said: string[] = [];
  for (let at = instant(0); ; at = responder.nextTimeout() ?? at) {
    responder.handleTimeout(at);
    for (let output = responder.poll(); output !== undefined; output = responder.poll()) {
      if (output.type === "send") said.push(bytesToHex(encodeDnsMessage(output.message)));
    }
    if (responder.isEstablished) break;
  }
  responder.stop();
  const goodbye = responder.poll();
  assert.ok(goodbye?.type === "send");
  said.push(bytesToHex(encodeDnsMessage(goodbye.message)));
  const expected = vectors.cases
    .filter(({ says }) => says !== undefined)
    .map(({ message }) => bytesToHex(bytesOf(message)));
  assert.deepEqual([...new Set(said)], expected.slice(0, 3)); // probe, announcement, goodbye
});

for (const { name, hints, shownName, txt } of vectors.texts) {
  test(`discovery.json: text with ${name}`, () => {
    const text = { name: shownName, hints: hints.map(hexToBytes) };
    assert.deepEqual(writePresence(text), txt);
    assert.deepEqual(readPresence(txt), text);
  });
}

/** A message as people write zones, questions with a question mark. */
function lines({ isResponse, questions, answers, authorities, additionals }: DnsMessage): string[] {
  return [
    isResponse ? "response" : "query",
    ...questions.map(({ name, type, wantsUnicast }) => `${name} ${type}${wantsUnicast ? " QU" : ""}?`),
    ...[answers, authorities, additionals].flatMap((section) => section.map(line)),
  ];
}

function line({ name, ttl, flush, data }: DnsRecord): string {
  const said =
    data.type === "SRV"
      ? `${data.port} ${data.target}`
      : data.type === "PTR"
        ? data.target
        : data.type === "TXT"
          ? data.strings.map((text) => JSON.stringify(new TextDecoder().decode(text))).join(" ")
          : data.address;
  return `${name} ${ttl}${flush ? " flush" : ""} ${data.type} ${said}`;
}
