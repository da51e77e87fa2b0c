/**
 * Who owns a relay, and what the owner may ask of it (spec/relay.md §8); and what any key may ask about itself: that
 * it is forgotten, a credential for the TURN server, and a ticket for calls by HTTP.
 *
 * Codes, recovery keys and passes leave as they are; the state has hashes of them alone.
 *
 * @module
 */

import type { Secret } from "../crypto/secret.ts";
import { bytesToBase64url } from "../lib/base64url.ts";
import { bytesToHex } from "../lib/hex.ts";
import { Reader } from "../lib/reader.ts";
import { type Duration, seconds, wallAfter } from "../lib/time.ts";
import { textToBytes } from "../lib/utf8.ts";
import { WireError } from "../lib/wire-error.ts";
import { Writer } from "../lib/writer.ts";
import { RELAY_VERB } from "../wire/registry.ts";
import {
  RELAY_ADDRESS_BYTES_MAX,
  RELAY_ANSWER_BYTES_MAX,
  RELAY_TICKET_LIFETIME,
  RELAY_TURN_LIFETIME,
} from "../wire/relay-limits.ts";
import type { RelayConnection } from "./relay-connection.ts";
import type { ClientMessage } from "./relay-message.ts";
import { succession } from "./relay-succession.ts";
import { signTicket } from "./relay-ticket.ts";
import type { Switchboard } from "./switchboard.ts";
import { encodeTurnOffer, TURN_URLS_MAX } from "./turn-offer.ts";

const RECOVERY_BYTES = 24; // 32 characters
const PASS_BYTES = 16;
const TURN_NAME_BYTES = 8;

/** What the owner asks for, read. */
type Wish =
  | { readonly verb: "status" | "backup" | "rotate" }
  | { readonly verb: "policy"; readonly invitedOnly: boolean }
  | { readonly verb: "admit"; readonly uses: number; readonly lifetime: Duration }
  | { readonly verb: "drain"; readonly time: Duration; readonly other: string };

/** Called when the owner wants the relay to end. */
export type Drain = (time: Duration, other: string) => void;

export class RelayOwnership {
  readonly #board: Switchboard;
  readonly #seed: Secret;
  readonly #drain: Drain;

  /** `seed`: of the relay's key. */
  constructor(board: Switchboard, seed: Secret, drain: Drain) {
    this.#board = board;
    this.#seed = seed;
    this.#drain = drain;
  }

  claim(from: RelayConnection, key: Uint8Array, request: number, code: Uint8Array): void {
    const { crypto, random, at } = this.#board;
    const recovery = textToBytes(bytesToBase64url(random(RECOVERY_BYTES)));
    const [proof, hash] = [crypto.sha256(code), crypto.sha256(recovery)];
    const { source } = from;
    const question = { type: "claim", key, source, proof, recovery: hash, wall: at.wall } as const;
    this.#board.ask<"claim">(question, from, (answer) => {
      if (answer === undefined) this.#board.fail(from, request, "storage");
      else if (answer.verdict === "wrong") this.#board.fail(from, request, "unknown");
      else if (answer.verdict === "paused")
        this.#board.fail(from, request, "paused", this.#board.waitUntil(answer.until));
      else {
        this.#board.event({ type: "claimed" });
        this.#board.done(from, request, recovery);
      }
    });
  }

  manage(from: RelayConnection, key: Uint8Array, message: ClientMessage & { type: "manage" }): void {
    const { request } = message;
    this.#board.ask<"owner">({ type: "owner", key }, from, (answer) => {
      if (answer === undefined) return this.#board.fail(from, request, "storage");
      if (!answer.owner) return this.#board.fail(from, request, "forbidden");
      const wish = readWish(message.verb, message.argument);
      if (wish === undefined) this.#board.fail(from, request, "unknown");
      else this.#grant(from, request, wish);
    });
  }

  /** The owner must hand the relay over first: its key is part of what the relay is. */
  purge(from: RelayConnection, key: Uint8Array, request: number): void {
    this.#board.ask<"owner">({ type: "owner", key }, from, (answer) => {
      if (answer?.owner) return this.#board.fail(from, request, "forbidden");
      if (answer === undefined) return this.#board.fail(from, request, "storage");
      this.#board.ask<"purge">({ type: "purge", key }, from, (purged) => {
        if (purged === undefined) this.#board.fail(from, request, "storage");
        else this.#board.done(from, request);
      });
    });
  }

  /** A user of the TURN server is a time and chance: two credentials of one key have nothing in common. */
  turn(from: RelayConnection, request: number): void {
    const { random, at } = this.#board;
    const until = Math.floor(wallAfter(at.wall, RELAY_TURN_LIFETIME) / 1_000);
    const user = `${until}:${bytesToHex(random(TURN_NAME_BYTES))}`;
    this.#board.ask<"turn">({ type: "turn", user }, from, (answer) => {
      if (answer === undefined) return this.#board.fail(from, request, "storage");
      if (answer.credential === undefined) return this.#board.fail(from, request, "unknown");
      const { password, urls } = answer.credential;
      const some = urls.slice(0, TURN_URLS_MAX);
      const offer = { user, password, lifetime: RELAY_TURN_LIFETIME, urls: some };
      this.#board.done(from, request, encodeTurnOffer(offer));
    });
  }

  /** Signed, and kept nowhere: who sees the ticket and knows the relay's key can check it. */
  ticket(from: RelayConnection, key: Uint8Array, request: number): void {
    const { crypto, at } = this.#board;
    this.#board.done(from, request, signTicket(crypto, this.#seed, key, wallAfter(at.wall, RELAY_TICKET_LIFETIME)));
  }

  #grant(from: RelayConnection, request: number, wish: Wish): void {
    const board = this.#board;
    const { wall } = board.at;
    /** Nothing but that it was done. */
    const plainly = (answer: unknown): void =>
      answer === undefined ? board.fail(from, request, "storage") : board.done(from, request);
    const text = (value: string | undefined): void =>
      value === undefined
        ? board.fail(from, request, "storage")
        : board.done(from, request, textToBytes(value).subarray(0, RELAY_ANSWER_BYTES_MAX));
    switch (wish.verb) {
      case "status":
        return board.ask<"status">({ type: "status" }, from, (answer) => text(answer?.text));
      case "backup":
        return board.ask<"backup">({ type: "backup" }, from, (answer) => text(answer?.name));
      case "policy":
        return board.ask<"policy">({ type: "policy", invitedOnly: wish.invitedOnly }, from, plainly);
      case "admit": {
        const pass = board.random(PASS_BYTES);
        const [uses, until] = [wish.uses, wallAfter(wall, wish.lifetime)];
        const question = { type: "admit", pass: board.crypto.sha256(pass), uses, until, wall } as const;
        return board.ask<"admit">(question, from, (answer) => {
          if (answer === undefined) board.fail(from, request, "storage");
          else if (answer.verdict === "full") board.fail(from, request, "full");
          else board.done(from, request, pass);
        });
      }
      case "drain":
        board.done(from, request);
        return this.#drain(wish.time, wish.other);
      case "rotate": {
        const seed = board.random(32);
        const next = board.crypto.ed25519PublicKey(seed);
        const { signature } = succession(board.crypto, this.#seed, next);
        return board.ask<"rotate">({ type: "rotate", seed }, from, (answer) => {
          if (answer === undefined) board.fail(from, request, "storage");
          else board.done(from, request, new Writer(96).bytes(next).bytes(signature).take());
        });
      }
    }
  }
}

/** Undefined: no such verb, or not its argument. */
function readWish(verb: number, argument: Uint8Array): Wish | undefined {
  try {
    const reader = new Reader(argument);
    const wish = readVerb(verb, reader);
    reader.end();
    return wish;
  } catch (error) {
    if (error instanceof WireError) return undefined;
    throw error;
  }
}

function readVerb(verb: number, reader: Reader): Wish {
  switch (verb) {
    case RELAY_VERB.status:
      return { verb: "status" };
    case RELAY_VERB.backup:
      return { verb: "backup" };
    case RELAY_VERB.rotate:
      return { verb: "rotate" };
    case RELAY_VERB.policy: {
      const policy = reader.u8();
      if (policy !== 1 && policy !== 2) throw new WireError("ERR_VALUE", `policy ${policy}`);
      return { verb: "policy", invitedOnly: policy === 2 };
    }
    case RELAY_VERB.admit:
      return { verb: "admit", uses: reader.u32(), lifetime: seconds(reader.u32()) };
    case RELAY_VERB.drain:
      return { verb: "drain", time: seconds(reader.u32()), other: reader.text(RELAY_ADDRESS_BYTES_MAX) };
    default:
      throw new WireError("ERR_UNKNOWN_TYPE", `verb ${verb}`);
  }
}
