import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { bytesToHex } from "../../lib/hex.ts";
import { CREDENTIAL_SLOTS, FACT_LABEL_BYTES_MAX, FACT_VALUE_BYTES_MAX } from "../../wire/credential-limits.ts";
import { identity } from "./credential-world.test.ts";
import { type Fact, fact, factMessage, factsFault, factsFromCbor, factToCbor, messagesOf } from "./fact.ts";

const secret = new Uint8Array(32).fill(1);
const { peerId } = identity(2);

const NAMES = ["name", "role", "employeeOf", "attended", "memberOf"] as const;
/** Facts that an issuer may sign: any choice of places, with texts that are clean by construction. */
const text = (maxLength: number) => fc.string({ unit: fc.constantFrom(..."abz09äö€"), minLength: 1, maxLength });
const anyFacts = fc.subarray(Array.from({ length: CREDENTIAL_SLOTS - 2 }, (_, i) => i + 2)).chain((slots) =>
  fc.tuple(
    ...slots.map((slot) =>
      fc.record(
        {
          slot: fc.constant(slot),
          label: slot < 7 ? fc.constant<string>(NAMES[slot - 2]!) : text(9).map((each) => `x${each}`),
          value: text(30),
        },
        { noNullPrototype: true },
      ),
    ),
  ),
);

test("[CRE-3] any facts make sixteen messages, each of which says its place and nothing of the others", () => {
  fc.assert(
    fc.property(anyFacts, (facts: Fact[]) => {
      assert.equal(factsFault(facts), undefined);
      const messages = messagesOf(secret, peerId, facts).map(bytesToHex);
      assert.equal(messages.length, 16);
      assert.equal(new Set(messages).size, 16);
      for (const each of facts) assert.equal(messages[each.slot], bytesToHex(factMessage(each)));
      assert.deepEqual(factsFromCbor(facts.map(factToCbor)), { facts });
    }),
  );
});

test("[CRE-3] different facts, labels, values, places, holders and secrets are different messages", () => {
  const one = fact("floor", "3", 7);
  const all = [one, { ...one, slot: 8 }, { ...one, label: "flo" }, { ...one, value: "33" }, fact("role", "3")];
  assert.equal(new Set(all.map((each) => bytesToHex(factMessage(each)))).size, all.length);
  const [mine] = messagesOf(secret, peerId, []);
  assert.notDeepEqual(messagesOf(new Uint8Array(32), peerId, [])[0], mine);
  assert.notDeepEqual(messagesOf(secret, identity(3).peerId, [])[1], messagesOf(secret, peerId, [])[1]);
  assert.deepEqual(fact("role", "Engineer"), { slot: 3, label: "role", value: "Engineer" });
});

test("[CRE-3] what no issuer signs: its place, order, label and value", () => {
  const cases: readonly [Fact[], ReturnType<typeof factsFault>][] = [
    [[], undefined],
    [[fact("name", "a".repeat(FACT_VALUE_BYTES_MAX))], undefined],
    [[fact("name", "a".repeat(FACT_VALUE_BYTES_MAX + 1))], "value"],
    [[fact("name", "ä".repeat(FACT_VALUE_BYTES_MAX / 2 + 1))], "value"],
    [[fact("name", "")], "value"],
    [[fact("name", " a")], "value"],
    [[fact("l".repeat(FACT_LABEL_BYTES_MAX), "a", 15)], undefined],
    [[fact("l".repeat(FACT_LABEL_BYTES_MAX + 1), "a", 15)], "label"],
    [[fact("", "a", 15)], "label"],
    [[{ slot: 9, label: "MemberOf", value: "a" }], "label"],
    [[{ slot: 3, label: "name", value: "a" }], "label"],
    [[{ slot: 1, label: "name", value: "a" }], "slot"],
    [[{ slot: 16, label: "x", value: "a" }], "slot"],
    [[{ slot: 7.5, label: "x", value: "a" }], "slot"],
    [[fact("role", "a"), fact("name", "a")], "order"],
    [[fact("role", "a"), fact("role", "b")], "order"],
  ];
  for (const [facts, fault] of cases) assert.equal(factsFault(facts), fault, JSON.stringify(facts));
});
