/**
 * Messages of `credential/1` (spec/credential.md §9): a verifier asks and a holder shows, a holder applies and an issuer
 * gives. Numbers and layouts: `wire/credential-registry.ts`. What is inside a show, a statement or a credential is
 * for their own decoders; here they are bytes within their bounds.
 *
 * @module
 */
import { Secret } from "../../crypto/secret.ts";
import { assert } from "../../lib/assert.ts";
import { decodeCbor, encodeCbor } from "../../lib/cbor.ts";
import { Reader } from "../../lib/reader.ts";
import { WireError } from "../../lib/wire-error.ts";
import { Writer } from "../../lib/writer.ts";
import {
  CREDENTIAL_BYTES_MAX,
  CREDENTIAL_SLOTS,
  FACT_LABEL_BYTES_MAX,
  FACT_VALUE_BYTES_MAX,
  ISSUER_STATEMENT_BYTES_MAX,
  SHOW_BYTES_MAX,
} from "../../wire/credential-limits.ts";
import { CREDENTIAL_REFUSAL, CREDENTIAL_MESSAGE as TYPE } from "../../wire/credential-registry.ts";
import { PROTOCOL } from "../../wire/registry.ts";
import { HOLDER_SECRET_BYTES } from "./credential.ts";
import { checkFacts, type Fact, factsFault, factsFromCbor, factToCbor } from "./fact.ts";
import { SHOW_NONCE_BYTES } from "./show.ts";

/** Facts that can be shown: all places but the secret and the holder. */
const WANTED_MAX: number = CREDENTIAL_SLOTS - 2;

export interface WantedFact {
  readonly label: string;
  /** Absent: any. */
  readonly value?: string;
}

export type CredentialRefusal = keyof typeof CREDENTIAL_REFUSAL;

export type CredentialMessage =
  | {
      readonly type: "ask";
      readonly nonce: Uint8Array;
      readonly mustNameHolder: boolean;
      readonly wanted: readonly WantedFact[];
    }
  | { readonly type: "show"; readonly bytes: Uint8Array }
  | { readonly type: "decline" }
  | { readonly type: "statement"; readonly bytes: Uint8Array }
  | { readonly type: "apply"; readonly secret: Secret; readonly epoch: number }
  | { readonly type: "credential"; readonly bytes: Uint8Array }
  | { readonly type: "refuse"; readonly reason: CredentialRefusal }
  | { readonly type: "present" }
  | { readonly type: "offer"; readonly epoch: number; readonly facts: readonly Fact[] };

/** `bytes` are within the bounds of what they are, and a secret has 32: else it is our bug. */
export function encodeCredentialMessage(message: CredentialMessage): Uint8Array {
  const writer = new Writer(256).u8(TYPE[message.type]);
  switch (message.type) {
    case "ask":
      return writeAsk(writer, message).finish();
    case "show":
    case "statement":
    case "credential":
      assert(
        message.bytes.length > 0 && message.bytes.length <= BYTES_MAX[message.type],
        `${message.type} of another size`,
      );
      return writer.bytes(message.bytes).finish();
    case "decline":
    case "present":
      return writer.finish();
    case "offer":
      assert(factsFault(message.facts) === undefined, "offer of facts that no issuer signs");
      return writer
        .u32(message.epoch)
        .bytes(encodeCbor(message.facts.map(factToCbor)))
        .finish();
    case "apply":
      assert(message.secret.reveal().length === HOLDER_SECRET_BYTES, "secret of a holder");
      return writer.bytes(message.secret.reveal()).u32(message.epoch).finish();
    case "refuse":
      return writer.u8(CREDENTIAL_REFUSAL[message.reason]).finish();
  }
}

/** Copies what it keeps. @throws {WireError} */
export function decodeCredentialMessage(bytes: Uint8Array): CredentialMessage {
  const reader = new Reader(bytes);
  const message = read(reader);
  reader.end();
  return message;
}

function read(reader: Reader): CredentialMessage {
  const number = reader.u8();
  switch (number) {
    case TYPE.ask:
      return readAsk(reader);
    case TYPE.show:
      return { type: "show", bytes: readRest(reader, "show") };
    case TYPE.decline:
      return { type: "decline" };
    case TYPE.present:
      return { type: "present" };
    case TYPE.offer:
      return { type: "offer", epoch: reader.u32(), facts: readOffered(reader) };
    case TYPE.statement:
      return { type: "statement", bytes: readRest(reader, "statement") };
    case TYPE.apply:
      return { type: "apply", secret: new Secret(reader.bytes(HOLDER_SECRET_BYTES).slice()), epoch: reader.u32() };
    case TYPE.credential:
      return { type: "credential", bytes: readRest(reader, "credential") };
    case TYPE.refuse:
      return { type: "refuse", reason: readReason(reader.u8()) };
    default:
      throw new WireError("ERR_UNKNOWN_TYPE", `message ${number} of ${PROTOCOL.credential}`);
  }
}

const BYTES_MAX = {
  show: SHOW_BYTES_MAX,
  statement: ISSUER_STATEMENT_BYTES_MAX,
  credential: CREDENTIAL_BYTES_MAX,
} as const;

function readRest(reader: Reader, what: keyof typeof BYTES_MAX): Uint8Array {
  if (reader.left === 0) throw new WireError("ERR_TRUNCATED", `empty ${what}`);
  if (reader.left > BYTES_MAX[what]) throw new WireError("ERR_TOO_LARGE", `${what} of ${reader.left} bytes`);
  return reader.rest().slice();
}

function writeAsk(writer: Writer, { nonce, mustNameHolder, wanted }: CredentialMessage & { type: "ask" }): Writer {
  assert(nonce.length === SHOW_NONCE_BYTES, "nonce of a verifier");
  assert(wanted.length <= WANTED_MAX, `${wanted.length} facts wanted`);
  writer
    .bytes(nonce)
    .u8(mustNameHolder ? 1 : 0)
    .u8(wanted.length);
  for (const { label, value = "" } of wanted) writer.text(label).text(value);
  return writer;
}

function readAsk(reader: Reader): CredentialMessage {
  const nonce = reader.bytes(SHOW_NONCE_BYTES).slice();
  const [names, count] = [reader.u8(), reader.u8()];
  if (names > 1) throw new WireError("ERR_VALUE", "whether the holder is to be named");
  if (count > WANTED_MAX) throw new WireError("ERR_LIMIT", `${count} facts wanted`);
  const wanted = Array.from({ length: count }, (): WantedFact => {
    const [label, value] = [reader.text(FACT_LABEL_BYTES_MAX), reader.text(FACT_VALUE_BYTES_MAX)];
    if (label === "") throw new WireError("ERR_VALUE", "fact without a label wanted");
    return value === "" ? { label } : { label, value };
  });
  return { type: "ask", nonce, mustNameHolder: names === 1, wanted };
}

/** Facts as a credential has them: a place each, none that no issuer signs. */
function readOffered(reader: Reader): readonly Fact[] {
  if (reader.left > CREDENTIAL_BYTES_MAX) throw new WireError("ERR_TOO_LARGE", `facts of ${reader.left} bytes`);
  const { holder, facts } = factsFromCbor(decodeCbor(reader.rest()));
  if (holder !== undefined) throw new WireError("ERR_VALUE", "offer that names its holder");
  checkFacts(facts);
  return facts;
}

function readReason(number: number): CredentialRefusal {
  for (const reason of ["notOnRoll", "notIssuable", "declined"] as const)
    if (CREDENTIAL_REFUSAL[reason] === number) return reason;
  throw new WireError("ERR_VALUE", `reason ${number} of an issuer`);
}
