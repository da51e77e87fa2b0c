import assert from "node:assert/strict";
import { test } from "node:test";
import { Secret } from "../crypto/secret.ts";
import { hexToBytes } from "../lib/hex.ts";
import { bytesToText, textToBytes } from "../lib/utf8.ts";
import { assertStrict, at, codeOf, NOW, seeded, unspaced, vectors, WALL, wallAt } from "../trust/trust-fixture.test.ts";
import { PAIRING_CODE_CHARS_MAX, PAIRING_CODE_TTL, PAIRING_TRIES, ROOM_CODE_NUMBER_MAX } from "../wire/limits.ts";
import {
  adoptRoomCode,
  decodeRoomCodeNews,
  encodeRoomCodeNews,
  newRoomCode,
  parseRoomCode,
  type RoomCodeNews,
  roomCodeNews,
  roomCodeText,
} from "./room-code.ts";

const made = (seed = 1, taken: ReadonlySet<number> = new Set()) =>
  newRoomCode({ random: seeded(seed), taken, now: NOW, wall: WALL });

test("[JOI-7] a room code is a number and two words, and is read as people type it", () => {
  const code = made();
  const text = roomCodeText(code);
  assert.match(text, /^[1-9][0-9]{0,2}-[a-z]+-[a-z]+$/);
  const read = parseRoomCode(text);
  assert.deepEqual(read, { number: code.number, words: bytesToText(code.shown.secret.reveal()) });
  const [number, one, two] = text.split("-");
  assert.deepEqual(parseRoomCode(` ${number} ${one?.toUpperCase()}, ${two} `), read);
  const none = ["", "7", "7-acorn", "0-acorn-canyon", "1000-acorn-canyon", "acorn-canyon", "7-acorn-canyon-acorn"];
  for (const wrong of [...none, "7-zzzzzz-qqqqqq", `7-acorn-canyon${" ".repeat(PAIRING_CODE_CHARS_MAX)}`])
    assert.equal(parseRoomCode(wrong), undefined, wrong);
});

test("newRoomCode never takes a number that is shown already", () => {
  const all = Array.from({ length: ROOM_CODE_NUMBER_MAX }, (_, index) => index + 1);
  assert.equal(made(1, new Set(all.filter((number) => number !== 5))).number, 5);
  assert.throws(() => made(1, new Set(all)), { name: "AssertionError" });
});

test("[JOI-8] a code that another member announced has its tries and its end, and no more", () => {
  const code = made();
  code.shown.wrong();
  const news = decodeRoomCodeNews(encodeRoomCodeNews(roomCodeNews(code)));
  assert.ok(news.type === "shown");
  const adopted = adoptRoomCode(news, { random: seeded(3), now: at(30_000), wall: wallAt(30_000) });
  assert.equal(roomCodeText(adopted), roomCodeText(code));
  assert.equal(adopted.shown.id, code.shown.id);
  assert.equal(adopted.shown.triesLeft, PAIRING_TRIES - 1);
  assert.equal(adopted.shown.expiresAt, at(PAIRING_CODE_TTL));
  const late = { ...news, words: new Secret(textToBytes("acorn-canyon")), expires: wallAt(1e12) };
  const bounded = adoptRoomCode(late, { random: seeded(3), now: NOW, wall: WALL });
  assert.equal(bounded.shown.expiresAt, at(PAIRING_CODE_TTL), "a member cannot make it live longer");
});

test("[JOI-8] news of a code round-trip, and nothing else decodes", () => {
  const over: RoomCodeNews = { type: "over", id: "00112233aabbccdd" };
  assert.deepEqual(decodeRoomCodeNews(encodeRoomCodeNews(over)), over);
  assertStrict(encodeRoomCodeNews(over), decodeRoomCodeNews);
  const shown = roomCodeNews(made());
  assert.ok(shown.type === "shown");
  assertStrict(encodeRoomCodeNews(shown), decodeRoomCodeNews);
  const withFields = (more: Partial<typeof shown>) =>
    codeOf(() => decodeRoomCodeNews(encodeRoomCodeNews({ ...shown, ...more })));
  assert.equal(withFields({}), undefined);
  assert.equal(withFields({ number: 0 }), "ERR_VALUE");
  assert.equal(withFields({ number: ROOM_CODE_NUMBER_MAX + 1 }), "ERR_VALUE");
  assert.equal(withFields({ triesLeft: PAIRING_TRIES + 1 }), "ERR_VALUE");
  for (const words of ["acorn", "Acorn-Canyon", "acorn canyon", "acorn-canyo", "acorn-canyon-acorn"])
    assert.equal(withFields({ words: new Secret(textToBytes(words)) }), "ERR_TEXT", words);
  assert.ok(JSON.stringify(shown).includes("<secret>"));
});

interface NewsCase {
  kind: string;
  name: string;
  news: string;
  error?: string;
}
for (const { name, news, error } of vectors<NewsCase>("room-joining.json").filter(({ kind }) => kind === "news")) {
  test(`room joining vector: ${name}`, () => {
    const bytes = hexToBytes(unspaced(news));
    if (error !== undefined) assert.throws(() => decodeRoomCodeNews(bytes), { code: error });
    else assert.deepEqual(encodeRoomCodeNews(decodeRoomCodeNews(bytes)), bytes);
  });
}
