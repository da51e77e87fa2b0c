import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Secret } from "../crypto/secret.ts";
import { base64urlToBytes, bytesToBase64url } from "../lib/base64url.ts";
import { bytesToHex } from "../lib/hex.ts";
import { textToBytes } from "../lib/utf8.ts";
import { assertStrict, codeOf, peer, vectors, WALL, wallAt } from "../trust/trust-fixture.test.ts";
import {
  CLOCK_SKEW,
  HINT_BYTES_MAX,
  NAME_BYTES_MAX,
  RELAY_PLACE_HOST_BYTES_MAX,
  TICKET_HINTS_MAX,
  TICKET_RELAYS_MAX,
  TICKET_TEXT_CHARS_MAX,
} from "../wire/limits.ts";
import type { RoomId } from "./room-id.ts";
import { decodeTicket, encodeTicket, isTicketExpired, TICKET_PREFIX, type Ticket, type TicketRelay } from "./ticket.ts";

const ROOM = "ab".repeat(32) as RoomId;
const seed = (number: number): Secret => new Secret(new Uint8Array(32).fill(number));
const key = (number: number): Uint8Array => new Uint8Array(32).fill(number);
const RELAY: TicketRelay = { scheme: "wss", host: "relay.example", key: key(1) };
const place = {
  room: ROOM,
  member: peer(1),
  expires: WALL,
  name: "Garden",
  hints: ["192.168.1.2:4000"],
  relays: [RELAY],
};
const invitation = (more: Partial<Ticket> = {}): Ticket =>
  ({ ...place, kind: "invitation", seed: seed(7), ...more }) as Ticket;
const knock = (more: Partial<Ticket> = {}): Ticket => ({ ...place, kind: "knock", ...more }) as Ticket;
const seen = (ticket: Ticket) => {
  const relays = ticket.relays.map((relay) => ({ ...relay, key: bytesToHex(relay.key) }));
  return ticket.kind === "knock"
    ? { ...ticket, relays }
    : { ...ticket, relays, seed: bytesToHex(ticket.seed.reveal()) };
};

test("[JOI-1] a link round-trips, whatever is in it", () => {
  const each = fc.record({
    isKnock: fc.boolean(),
    seed: fc.nat(255),
    member: fc.nat(9).map(peer),
    expires: fc.nat().map((ms) => wallAt(ms)),
    name: fc.constantFrom("", "Garden", "Über uns", "👩‍👧 family", "x".repeat(NAME_BYTES_MAX)),
    hints: fc.array(fc.stringMatching(/^[0-9a-z.:]{1,30}$/), { maxLength: TICKET_HINTS_MAX }),
    relays: fc.array(
      fc.record({
        scheme: fc.constantFrom("wss" as const, "ws" as const),
        host: fc.stringMatching(/^[0-9a-z.:[\]-]{1,72}$/),
        key: fc.uint8Array({ minLength: 32, maxLength: 32 }),
      }),
      { maxLength: TICKET_RELAYS_MAX },
    ),
  });
  fc.assert(
    fc.property(each, ({ isKnock, seed: number, ...rest }) => {
      const made = isKnock ? knock(rest) : invitation({ ...rest, seed: seed(number) } as Partial<Ticket>);
      assert.deepEqual(seen(decodeTicket(encodeTicket(made))), seen(made));
    }),
  );
});

test("[JOI-1] a link is read wherever a page puts it, and nothing that only resembles it is", () => {
  const bare = encodeTicket(invitation()).slice(TICKET_PREFIX.length);
  for (const before of ["kith://join#", "https://kith.example/#join=", "https://kith.example/app?join=", "#", "join="])
    assert.deepEqual(seen(decodeTicket(`  ${before}${bare}\n`)), seen(invitation()), before);
  for (const text of ["", bare, `kith://join/${bare}`, `https://x/?enjoin=${bare}`, "kith://join#", `#${bare}&x=1`])
    assert.equal(
      codeOf(() => decodeTicket(text)),
      "ERR_UNKNOWN_TYPE",
      text.slice(0, 30),
    );
});

test("[JOI-1] decodeTicket takes nothing but what encodeTicket makes", () => {
  const relays = [RELAY, { ...RELAY, scheme: "ws", host: "[fd00::2]:8420" } as const];
  for (const made of [invitation(), knock({ relays: [] }), knock({ relays })]) {
    const bytes = base64urlToBytes(encodeTicket(made).slice(TICKET_PREFIX.length));
    assertStrict(bytes, (broken) => decodeTicket(TICKET_PREFIX + bytesToBase64url(broken)));
  }
  fc.assert(fc.property(fc.string(), (text) => void codeOf(() => decodeTicket(`#${text}`))));
});

test("encodeTicket cleans a name of 5,000 code points and controls; decodeTicket refuses one", () => {
  const long = "\u{1f469}".repeat(5_000);
  const cleaned = decodeTicket(encodeTicket(knock({ name: `\u001b[2J${long}\u202e` })));
  assert.equal(cleaned.name, `[2J${"\u{1f469}".repeat((NAME_BYTES_MAX - 3) >> 2)}`);
  const withName = (name: Uint8Array): string => {
    const bytes = base64urlToBytes(
      encodeTicket(knock({ name: "", hints: [], relays: [] })).slice(TICKET_PREFIX.length),
    );
    const length = name.length < 128 ? [name.length] : [(name.length & 0x7f) | 0x80, name.length >> 7];
    return TICKET_PREFIX + bytesToBase64url(Uint8Array.of(...bytes.subarray(0, -2), ...length, ...name, 0));
  };
  assert.equal(decodeTicket(withName(textToBytes("Ada"))).name, "Ada");
  assert.equal(
    codeOf(() => decodeTicket(withName(textToBytes("a\u001b[2J")))),
    "ERR_TEXT",
  );
  assert.equal(
    codeOf(() => decodeTicket(withName(new Uint8Array(NAME_BYTES_MAX + 1).fill(97)))),
    "ERR_TOO_LARGE",
  );
});

test("encodeTicket takes what is an address, up to its bounds; the longest link fits TICKET_TEXT_CHARS_MAX, in a page", () => {
  const long = "a".repeat(HINT_BYTES_MAX);
  const hints = ["a b:1", `${long}a`, long, "b:1", "c:1", "d:1", "e:1"];
  assert.deepEqual(decodeTicket(encodeTicket(knock({ hints }))).hints, [long, "b:1", "c:1", "d:1"]);
  const host = "r".repeat(RELAY_PLACE_HOST_BYTES_MAX);
  const hosts = ["Relay.example", `${host}r`, host, "b", "c"];
  const named = decodeTicket(encodeTicket(knock({ relays: hosts.map((each) => ({ ...RELAY, host: each })) }))).relays;
  assert.deepEqual(
    named.map((relay) => relay.host),
    [host, "b"],
  );
  const longest = invitation({
    relays: Array.from({ length: TICKET_RELAYS_MAX }, () => ({ ...RELAY, host })),
    name: "x".repeat(NAME_BYTES_MAX),
    hints: Array.from({ length: TICKET_HINTS_MAX }, () => long),
  });
  const text = `https://kith.example/a/long/path/to/the/app/#join=${encodeTicket(longest).slice(TICKET_PREFIX.length)}`;
  assert.deepEqual(seen(decodeTicket(text)), seen(longest));
  assert.equal(
    codeOf(() => decodeTicket(`#${"A".repeat(TICKET_TEXT_CHARS_MAX)}`)),
    "ERR_TOO_LARGE",
  );
});

test("[JOI-2] a link ends with the skew, and never prints its seed", () => {
  assert.equal(isTicketExpired(knock(), wallAt(CLOCK_SKEW)), false);
  assert.equal(isTicketExpired(knock(), wallAt(CLOCK_SKEW + 1)), true);
  assert.ok(JSON.stringify(invitation()).includes("<secret>"));
});

interface TicketCase {
  kind: string;
  name: string;
  text: string;
  ticket?: object;
  error?: string;
}
for (const { name, text, ticket, error } of vectors<TicketCase>("room-joining.json").filter(
  ({ kind }) => kind === "ticket",
)) {
  test(`room joining vector: ${name}`, () => {
    if (error !== undefined) return void assert.throws(() => decodeTicket(text), { code: error });
    const decoded = decodeTicket(text);
    assert.deepEqual(seen(decoded), ticket);
    assert.equal(encodeTicket(decoded), text);
  });
}
