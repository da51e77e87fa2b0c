import assert from "node:assert/strict";
import { test } from "node:test";
import { pairingCode, pairingText, readScanned } from "./scanned.ts";

const PAIR = "kith:pair/AQBf-_x9";

test("a scanned text is a pairing, a join code or an invitation, as such or in a link to any page of the app", () => {
  assert.deepEqual(readScanned(` ${PAIR}\n`), { what: "pair", text: PAIR });
  assert.deepEqual(readScanned("http://192.168.1.2:8420/#/people/pair/AQBf-_x9"), { what: "pair", text: PAIR });
  assert.deepEqual(readScanned("7-Acorn-Canyon"), { what: "join", code: "7-acorn-canyon" });
  assert.deepEqual(readScanned("https://kith.example/app/#/people/join/7-acorn-canyon"), {
    ...{ what: "join", code: "7-acorn-canyon" },
  });
  assert.deepEqual(readScanned("http://10.0.0.1:8420/#/people/join/7-acorn-canyon%4010.0.0.1%3A8420"), {
    ...{ what: "join", code: "7-acorn-canyon@10.0.0.1:8420" },
  });
  assert.deepEqual(readScanned("http://localhost/#/rooms/join/kith%3Aroom%2FAQ"), {
    ...{ what: "room", ticket: "kith:room/AQ" },
  });
  for (const [kind, text] of [
    ["offer", "kith:rtc/AQEACQwPEhUY-_"],
    ["offer", "kith:rtc/AQEBCQwPEhUY"],
    ["answer", "kith:rtc/AQJ626UK9soi"],
  ] as const)
    assert.deepEqual(readScanned(`${text} `), { what: "direct", kind, text });
  assert.equal(pairingText(pairingCode(PAIR)), PAIR);
});

test("whatever else somebody puts into a QR code leads nowhere", () => {
  for (const text of [
    ...[
      "",
      "https://example.com/",
      "javascript:alert(1)",
      "kith:rtc/AQMA",
      "kith:rtc/AQEA AQ",
      "kith:pair/",
      "kith:pair/<b>",
      "kith:pair/AQ AQ",
    ],
    ...["http://a/#/people/pair/%E0%A4%A", "http://a/#/people/pair/%3Cb%3E", "http://a/#/chats/join/7-acorn-canyon"],
    ...[
      "7-acorn",
      "7-acorn-canyon@",
      "7-acorn-canyon@a/b",
      "http://a/#/people/join/http://a/%23/chats",
      `kith:pair/${"A".repeat(5_000)}`,
    ],
  ])
    assert.equal(readScanned(text), undefined, text);
});
