/** What is signed, and what is not. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { textToBytes } from "@kith/core";
import fc from "fast-check";
import { MANIFEST_BYTES_MAX, manifestFault, PASS_FILES } from "./pass-manifest.ts";

const HASH = "0123456789abcdef0123456789abcdef01234567";
const fault = (text: string): string | undefined => manifestFault(textToBytes(text));
const manifest = (...names: readonly string[]): string => `{${names.map((name) => `"${name}":"${HASH}"`).join(",")}}`;
const LEAST = ["pass.json", "icon.png"] as const;

test("[RHT-11] manifestFault takes flat manifests of the files of a pass, as programs write them", () => {
  for (const text of [
    manifest(...LEAST),
    manifest(...PASS_FILES),
    JSON.stringify(JSON.parse(manifest(...PASS_FILES)), undefined, 2),
    ` \t\r\n{ "pass.json" : "${HASH}" ,\n"icon.png":"${HASH}"}\n`,
  ])
    assert.equal(fault(text), undefined, text);
  assert.ok(PASS_FILES.size <= 20);
});

const pair = (name: string, value: string): string => `${manifest(...LEAST).slice(0, -1)},${name}:${value}}`;

for (const [why, text] of Object.entries({
  nothing: "",
  "an empty object": "{}",
  "no icon": manifest("pass.json"),
  "no pass": manifest("icon.png"),
  "an array": `[${manifest(...LEAST)}]`,
  nested: pair('"logo.png"', `{"a":"${HASH}"}`),
  "nested a thousand times": "[".repeat(4_000),
  "a name twice": manifest(...LEAST, "pass.json"),
  "a name twice, once with an escape": pair('"pass\\u002ejson"', `"${HASH}"`),
  "a name that no pass has": manifest(...LEAST, "evil.js"),
  "a folder": manifest(...LEAST, "en.lproj/pass.strings"),
  "a way out": manifest(...LEAST, "../pass.json"),
  "another case": manifest(...LEAST, "Logo.png"),
  "the name of what all objects have": manifest(...LEAST, "__proto__"),
  "a name that turns": manifest(...LEAST, "logo\u202e.png"),
  "a name with a zero": manifest(...LEAST, "logo.png\0"),
  "an empty name": manifest(...LEAST, ""),
  "a short hash": pair('"logo.png"', `"${HASH.slice(1)}"`),
  "a long hash": pair('"logo.png"', `"${HASH}0"`),
  "SHA-256": pair('"logo.png"', `"${"a".repeat(64)}"`),
  "upper case": pair('"logo.png"', `"${HASH.toUpperCase()}"`),
  "no hexadecimal digits": pair('"logo.png"', `"${"g".repeat(40)}"`),
  "a number": pair('"logo.png"', "1"),
  null: pair('"logo.png"', "null"),
  "a comma at the end": `${manifest(...LEAST).slice(0, -1)},}`,
  "two objects": manifest(...LEAST).repeat(2),
  "something after it": `${manifest(...LEAST)} x`,
  "a comment": `/**/${manifest(...LEAST)}`,
  "a byte order mark": `\ufeff${manifest(...LEAST)}`,
  "a form feed": manifest(...LEAST).replace(",", ",\f"),
  "single quotes": manifest(...LEAST).replaceAll('"', "'"),
  "half of it": manifest(...LEAST).slice(0, -1),
}))
  test(`[RHT-11] manifestFault refuses ${why}`, () => assert.equal(typeof fault(text), "string", text));

test("[RHT-11] manifestFault takes 8 KiB and no byte more, and more blanks cost no more time", () => {
  const long = manifest(...LEAST).padEnd(MANIFEST_BYTES_MAX);
  assert.equal(fault(long), undefined);
  assert.match(fault(`${long} `) ?? "", /8192/);
  assert.equal(typeof fault(`{${" ".repeat(MANIFEST_BYTES_MAX - 1)}`), "string");
});

test("[RHT-11] what manifestFault takes is JSON that says the same to everybody", () => {
  const name = fc.constantFrom(...PASS_FILES, "x", "__proto__", "", "a/b");
  const value = fc.constantFrom(HASH, HASH.slice(1), HASH.toUpperCase(), "");
  const blank = fc.constantFrom("", " ", "\n", "\t\t");
  fc.assert(
    fc.property(fc.array(fc.tuple(name, value, blank), { maxLength: 24 }), (entries) => {
      const text = `{${entries.map(([key, hash, space]) => `${space}"${key}"${space}:"${hash}"`).join(",")}}`;
      if (fault(text) !== undefined) return;
      const parsed: Record<string, unknown> = JSON.parse(text);
      assert.deepEqual(
        Object.keys(parsed),
        entries.map(([key]) => key),
      );
      assert.ok(entries.every(([key, hash]) => PASS_FILES.has(key) && parsed[key] === hash && hash === HASH));
      assert.ok("pass.json" in parsed && "icon.png" in parsed);
    }),
    { numRuns: 500 },
  );
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => typeof manifestFault(bytes) === "string"));
});
