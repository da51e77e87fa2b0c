/** Each pairing message in each state: taken where the spec says so, a protocol failure everywhere else. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Secret } from "../crypto/secret.ts";
import { textToBytes } from "../lib/utf8.ts";
import { WireError } from "../lib/wire-error.ts";
import { PAIRING_MESSAGE_BYTES_MAX } from "../wire/limits.ts";
import { AttemptLimits } from "./attempt-limits.ts";
import { PairingMachine } from "./pairing.ts";
import { encodePairingMessage, type PairingMessage } from "./pairing-message.ts";
import type { PairingOutput } from "./pairing-options.ts";
import { ShownCode } from "./shown-code.ts";
import { drain, NOW, person, provider, seeded, WALL } from "./trust-fixture.test.ts";

const B32 = new Uint8Array(32).fill(7);
const POINT = Uint8Array.from(
  "e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76"
    .match(/../g)!
    .map((hex) => Number.parseInt(hex, 16)),
);
/** One of each, well-formed. The request differs: what a state makes of each method is in `pairing.test.ts`. */
const MESSAGES: readonly PairingMessage[] = [
  { type: "request", method: "words", senderShows: false },
  { type: "ready", leadsTo: "contacts" },
  { type: "share", share: POINT },
  { type: "confirm", proof: B32 },
  { type: "wrong", triesLeft: 2 },
  { type: "commit", commitment: B32 },
  { type: "nonce", nonce: B32 },
  { type: "match" },
  { type: "introduce", introduction: Uint8Array.of(1) },
  { type: "verdict", role: "member" },
  { type: "cancel", reason: "denied" },
];

function machine(side: "initiator" | "responder"): PairingMachine {
  const [us, them] = side === "initiator" ? [person(1), person(2)] : [person(2), person(1)];
  const secret = new Secret(textToBytes("111111"));
  return new PairingMachine({
    provider,
    random: seeded(side === "initiator" ? 1 : 2),
    side,
    identity: us,
    remote: them.peerId,
    transcript: B32,
    name: "",
    source: "10.0.0.1",
    isKnown: true,
    attempts: new AttemptLimits([], NOW, WALL),
    offered: new ShownCode({ method: "pin", secret, random: seeded(3), now: NOW, wall: WALL }),
    isBlocked: () => false,
    now: NOW,
  });
}

/** Machines brought into each state, both real, and what they may hear there. */
type State = { readonly make: () => PairingMachine; readonly hears: readonly PairingMessage["type"][] };

const tell = (to: PairingMachine, ...messages: readonly PairingMessage[]): PairingMachine => {
  for (const message of messages) to.handleMessage(encodePairingMessage(message), NOW, WALL);
  return to;
};
const begin = (method: "pin" | "words" | "first-use"): PairingMachine => {
  const made = machine("initiator");
  made.start(method === "pin" ? { method, shows: false } : { method }, NOW, WALL);
  return made;
};
const typing = (): PairingMachine => {
  const made = tell(begin("pin"), { type: "ready", leadsTo: "contacts" });
  made.enterCode("111111", NOW);
  return made;
};
const request = (method: "pin" | "words" | "first-use"): PairingMessage => ({
  type: "request",
  method,
  senderShows: false,
});
const introduction = (): PairingMessage => {
  const other = begin("first-use");
  const bytes = drain(other).flatMap((output) => (output.type === "transmit" ? [output.bytes] : []))[1]!;
  return { type: "introduce", introduction: bytes.subarray(2) };
};

const STATES: Readonly<Record<string, State>> = {
  "responder idle": { make: () => machine("responder"), hears: ["request", "cancel"] },
  "initiator idle": { make: () => machine("initiator"), hears: ["cancel"] },
  "typer ready": { make: () => begin("pin"), hears: ["ready", "cancel"] },
  "typer entering": { make: () => tell(begin("pin"), { type: "ready", leadsTo: "contacts" }), hears: ["cancel"] },
  "typer sharing": { make: typing, hears: ["share", "cancel"] },
  "typer confirming": {
    make: () => tell(typing(), { type: "share", share: POINT }),
    hears: ["confirm", "wrong", "cancel"],
  },
  "shower showing": { make: () => tell(machine("responder"), request("pin")), hears: ["share", "cancel"] },
  "shower checking": {
    make: () => tell(machine("responder"), request("pin"), { type: "share", share: POINT }),
    hears: ["confirm", "cancel"],
  },
  "shower storing": {
    make: () =>
      tell(machine("responder"), request("pin"), { type: "share", share: POINT }, { type: "confirm", proof: B32 }),
    hears: ["cancel"],
  },
  "words committed": { make: () => begin("words"), hears: ["nonce", "cancel"] },
  "words listening": { make: () => tell(machine("responder"), request("words")), hears: ["commit", "cancel"] },
  "words promised": {
    make: () => tell(machine("responder"), request("words"), { type: "commit", commitment: B32 }),
    hears: ["cancel"], // a nonce too, but not this one
  },
  "words comparing": { make: () => tell(begin("words"), { type: "nonce", nonce: B32 }), hears: ["match", "cancel"] },
  "words comparing, theirs said": {
    make: () => tell(begin("words"), { type: "nonce", nonce: B32 }, { type: "match" }),
    hears: ["cancel"],
  },
  "initiator introducing": { make: () => begin("first-use"), hears: ["cancel"] }, // an introduction too, a well-formed one
  "responder asked": {
    make: () => tell(machine("responder"), request("first-use"), introduction()),
    hears: ["cancel"],
  },
  "responder agreed": {
    make: () => {
      const made = tell(machine("responder"), request("first-use"), introduction());
      made.consent({ accept: true, role: "guest", remember: true }, NOW);
      return made;
    },
    hears: ["verdict", "cancel"],
  },
};

const failureOf = (outputs: readonly PairingOutput[]): string | undefined =>
  outputs.find((output) => output.type === "failed")?.reason;

for (const [name, { make, hears }] of Object.entries(STATES)) {
  test(`[PAI-1] ${name} hears ${hears.join(", ")}, and takes all else for a broken protocol`, () => {
    for (const message of MESSAGES) {
      const made = make();
      drain(made);
      assert.equal(made.isOver, false, name);
      tell(made, message);
      const reason = failureOf(drain(made));
      if (message.type === "cancel") assert.equal(reason, "denied");
      else if (hears.includes(message.type)) assert.notEqual(reason, "protocol", message.type);
      else assert.equal(reason, "protocol", message.type);
    }
  });
}

test("[PAI-1] a machine that is over hears nothing and says nothing", () => {
  const made = machine("responder");
  made.cancel();
  drain(made);
  for (const message of MESSAGES) tell(made, message);
  made.handleStored(1, NOW);
  made.handleTimeout(NOW);
  made.handleClosed();
  assert.equal(made.enterCode("111111", NOW), false);
  made.match(true, NOW);
  made.consent({ accept: false }, NOW);
  assert.deepEqual(drain(made), []);
});

test("[PAI-1] whatever bytes come, a machine ends in a state and outputs, never in a throw", () => {
  const makes = Object.values(STATES).map(({ make }) => make);
  const junk = fc.oneof(
    fc.uint8Array({ maxLength: 80 }),
    fc.tuple(fc.nat(12), fc.uint8Array({ maxLength: 40 })).map(([type, rest]) => Uint8Array.of(type, ...rest)),
    fc.constant(new Uint8Array(PAIRING_MESSAGE_BYTES_MAX + 1).fill(9)),
  );
  fc.assert(
    fc.property(fc.constantFrom(...makes), fc.array(junk, { maxLength: 4 }), (make, messages) => {
      const made = make();
      try {
        for (const bytes of messages) made.handleMessage(bytes, NOW, WALL);
      } catch (error) {
        assert.ok(!(error instanceof WireError));
        throw error;
      }
      assert.ok(drain(made).length < 20);
    }),
    { numRuns: 200 },
  );
});
