/**
 * Messages of a `signal/1` channel (spec/signaling.md §2). One channel message each; a byte says which.
 *
 *     offer       0x01 · u32 connection · u8 restart · text SDP
 *     answer      0x02 · u32 connection · u8 restart · text SDP
 *     candidate   0x03 · u32 connection · text mid · text candidate     empty: there are no more
 *     restart     0x04 · u32 connection
 *     end         0x05 · u32 connection · u8 reason
 *
 * A description reaches the platform's parser only if it is of one data channel and nothing else.
 *
 * @module
 */
import { Reader } from "../lib/reader.ts";
import { WireError } from "../lib/wire-error.ts";
import { Writer } from "../lib/writer.ts";
import { SIGNAL_END, SIGNAL_MESSAGE } from "../wire/registry.ts";
import {
  SIGNAL_CANDIDATE_BYTES_MAX,
  SIGNAL_CANDIDATES_MAX,
  SIGNAL_MID_BYTES_MAX,
  SIGNAL_SDP_BYTES_MAX,
  SIGNAL_SDP_LINES_MAX,
} from "../wire/signal-limits.ts";

export type SignalEndReason = keyof typeof SIGNAL_END;

/** An address that may lead to one side; of the section `mid` of its description. */
export interface IceCandidate {
  readonly mid: string;
  /** `candidate:…`; empty: there are no more. */
  readonly candidate: string;
}

export type SignalMessage =
  | {
      readonly type: "offer" | "answer";
      readonly connection: number;
      /** Whether its sender can restart ICE. */
      readonly canRestart: boolean;
      readonly sdp: string;
    }
  | ({ readonly type: "candidate"; readonly connection: number } & IceCandidate)
  | { readonly type: "restart"; readonly connection: number }
  | { readonly type: "end"; readonly connection: number; readonly reason: SignalEndReason };

/** What is in it is as {@link isDescription} and {@link isCandidate} want it. */
export function encodeSignalMessage(message: SignalMessage): Uint8Array {
  const writer = new Writer(64).u8(SIGNAL_MESSAGE[message.type]).u32(message.connection);
  switch (message.type) {
    case "offer":
    case "answer":
      return writer
        .u8(message.canRestart ? 1 : 0)
        .text(message.sdp)
        .finish();
    case "candidate":
      return writer.text(message.mid).text(message.candidate).finish();
    case "restart":
      return writer.finish();
    case "end":
      return writer.u8(SIGNAL_END[message.reason]).finish();
  }
}

/** Keeps no reference to `bytes`. @throws {WireError} */
export function decodeSignalMessage(bytes: Uint8Array): SignalMessage {
  const reader = new Reader(bytes);
  const message = decodeBody(reader.u8(), reader);
  reader.end();
  return message;
}

/**
 * Whether it describes one data channel, protected by a fingerprint that means something: one section, of the kind
 * `application`, and no hash that can be forged.
 */
export function isDescription(sdp: string): boolean {
  if (sdp.length > SIGNAL_SDP_BYTES_MAX || !/^(?:[\x20-\x7e]*\r?\n)*$/.test(sdp)) return false;
  const lines = sdp.trimEnd().split(/\r?\n/);
  const sections = lines.filter((line) => line.startsWith("m="));
  const prints = lines.filter((line) => /^a=fingerprint:/i.test(line));
  return (
    lines.length <= SIGNAL_SDP_LINES_MAX &&
    sections.length === 1 &&
    /^m=application \d{1,5} (UDP|TCP)\/DTLS\/SCTP webrtc-datachannel$/.test(sections[0] ?? "") &&
    prints.length > 0 &&
    prints.every((line) => /^a=fingerprint:sha-(256|384|512) [0-9A-F:]+$/i.test(line)) &&
    lines.filter((line) => /^a=candidate:/i.test(line)).length <= SIGNAL_CANDIDATES_MAX
  );
}

/** Whether it is a candidate, or says that there are no more. */
export const isCandidate = ({ mid, candidate }: IceCandidate): boolean =>
  mid.length <= SIGNAL_MID_BYTES_MAX &&
  /^[\x21-\x7e]*$/.test(mid) &&
  candidate.length <= SIGNAL_CANDIDATE_BYTES_MAX &&
  /^(candidate:[\x20-\x7e]+)?$/.test(candidate);

/** The same description without addresses: those come one by one, when their time has come. */
export const withoutCandidates = (sdp: string): string =>
  sdp
    .split(/(?<=\n)/)
    .filter((line) => !/^a=(candidate:|end-of-candidates)/i.test(line))
    .join("");

function decodeBody(type: number, reader: Reader): SignalMessage {
  switch (type) {
    case SIGNAL_MESSAGE.offer:
      return readDescription("offer", reader);
    case SIGNAL_MESSAGE.answer:
      return readDescription("answer", reader);
    case SIGNAL_MESSAGE.candidate: {
      const connection = reader.u32();
      const candidate = { mid: reader.text(SIGNAL_MID_BYTES_MAX), candidate: reader.text(SIGNAL_CANDIDATE_BYTES_MAX) };
      if (!isCandidate(candidate)) throw new WireError("ERR_TEXT", "no candidate");
      return { type: "candidate", connection, ...candidate };
    }
    case SIGNAL_MESSAGE.restart:
      return { type: "restart", connection: reader.u32() };
    case SIGNAL_MESSAGE.end:
      return { type: "end", connection: reader.u32(), reason: readReason(reader) };
    default:
      throw new WireError("ERR_UNKNOWN_TYPE", `signal message 0x${type.toString(16)}`);
  }
}

function readDescription(type: "offer" | "answer", reader: Reader): SignalMessage {
  const connection = reader.u32();
  const restart = reader.u8();
  if (restart > 1) throw new WireError("ERR_VALUE", `restart ${restart}`);
  const sdp = reader.text(SIGNAL_SDP_BYTES_MAX);
  if (!isDescription(sdp)) throw new WireError("ERR_VALUE", "not the description of one data channel");
  return { type, connection, canRestart: restart === 1, sdp };
}

function readReason(reader: Reader): SignalEndReason {
  const number = reader.u8();
  if (number === SIGNAL_END.failed) return "failed";
  if (number === SIGNAL_END.busy) return "busy";
  if (number === SIGNAL_END.closed) return "closed";
  throw new WireError("ERR_VALUE", `end of a connection for reason ${number}`);
}
