import assert from "node:assert/strict";
import { test } from "node:test";
import type { PageCode } from "@kith/sdk/web";
import { FINDINGS, findingDe } from "./findings-de.ts";

const about = { who: "Ben", through: "Cem", count: 2, ahead: 7_200_000 };

test("what is found has German words without gaps", () => {
  for (const code of Object.keys(FINDINGS) as PageCode[]) {
    const { words, fix } = findingDe(code, about);
    assert.doesNotMatch(`${words}${fix}`, /[{}]/, code);
  }
});

test("German words name who, the way, and by how much a clock is off", () => {
  assert.match(findingDe("way-apart", about).words, /^Ben: über Cem\. In einem anderen Netz/);
  assert.match(
    findingDe("way-near", { who: "Ben", relay: "relay.example" }).words,
    /^Ben: über das Relay relay\.example\./,
  );
  assert.match(
    findingDe("clock-near", { relay: "R", ahead: 7_200_000 }).words,
    /gegenüber der von R um 2 Stunden nach\./,
  );
  assert.match(findingDe("clock-off", { relay: "R", ahead: -60_000 }).words, /um eine Minute vor:/);
});
