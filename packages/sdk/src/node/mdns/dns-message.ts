/**
 * DNS messages as multicast DNS uses them (RFC 1035 §4, RFC 6762 §18): what is in one, its bytes and
 * back. Records of types that discovery does not need are skipped, questions are all kept.
 *
 *     message  = u16 id · u16 flags · u16 counts of questions, answers, authorities, additionals · these
 *     question = name · u16 type · u16 class           top bit of the class: answer by unicast
 *     record   = name · u16 type · u16 class · u32 ttl · u16 length · data
 *                                                      top bit of the class: flush what you had
 *
 * @module
 */
import { concatBytes, WireError } from "@kith/core";
import { joinLabels, LABEL_BYTES_MAX, splitName } from "./dns-name.ts";
import { addressToBytes, bytesToAddress } from "./ip-bytes.ts";

/** Largest message on a link, RFC 6762 §17; and the most records we look at in one. */
export const DNS_MESSAGE_BYTES_MAX = 9_000;
export const DNS_RECORDS_MAX = 256;

const NAME_BYTES_MAX = 255;
const CLASS_IN = 1;
const CLASS_ANY = 255;
const TOP_BIT = 0x8000;
const FLAG_RESPONSE = 0x8000;
const FLAG_AUTHORITATIVE = 0x0400;
const FLAG_TRUNCATED = 0x0200;
const OPCODE_AND_RCODE = 0x780f;

export const DNS_TYPE = { A: 1, PTR: 12, TXT: 16, AAAA: 28, SRV: 33, ANY: 255 } as const;

export interface DnsMessage {
  /** 0 in multicast; what a legacy asker wants back (RFC 6762 §6.7). */
  readonly id: number;
  readonly isResponse: boolean;
  /** More known answers follow in another message. */
  readonly isTruncated: boolean;
  readonly questions: readonly DnsQuestion[];
  readonly answers: readonly DnsRecord[];
  readonly authorities: readonly DnsRecord[];
  readonly additionals: readonly DnsRecord[];
}

export interface DnsQuestion {
  readonly name: string;
  readonly type: number;
  readonly wantsUnicast: boolean;
}

export interface DnsRecord {
  readonly name: string;
  /** Seconds; 0 says goodbye. */
  readonly ttl: number;
  /** Whether the sender is the only one with this name and type, so that older ones are void. */
  readonly flush: boolean;
  readonly data: DnsData;
}

export type DnsData =
  | { readonly type: "A" | "AAAA"; readonly address: string }
  | { readonly type: "PTR"; readonly target: string }
  | { readonly type: "SRV"; readonly port: number; readonly target: string }
  | { readonly type: "TXT"; readonly strings: readonly Uint8Array[] };

/** A message with nothing in it but what is given. */
export function dnsMessage(parts: Partial<DnsMessage>): DnsMessage {
  const none = { questions: [], answers: [], authorities: [], additionals: [] };
  return { id: 0, isResponse: false, isTruncated: false, ...none, ...parts };
}

/** Bytes that two records have in common exactly when they say the same; also their order (RFC 6762 §8.2.1). */
export function dataBytes(data: DnsData): Uint8Array {
  switch (data.type) {
    case "A":
    case "AAAA":
      return addressToBytes(data.address);
    case "PTR":
      return encodeName(data.target);
    case "SRV":
      return concatBytes(Uint8Array.of(0, 0, 0, 0, data.port >> 8, data.port), encodeName(data.target));
    case "TXT": {
      const strings = data.strings.length === 0 ? [new Uint8Array(0)] : data.strings; // RFC 6763 §6.1
      return concatBytes(...strings.flatMap((text) => [Uint8Array.of(text.length), text]));
    }
  }
}

/** @throws {WireError} for anything that is no such message; whoever calls drops it. */
export function decodeDnsMessage(bytes: Uint8Array): DnsMessage {
  if (bytes.length > DNS_MESSAGE_BYTES_MAX) throw new WireError("ERR_TOO_LARGE", "DNS message over 9,000 bytes");
  const input = new DnsInput(bytes);
  const id = input.u16();
  const flags = input.u16();
  if ((flags & OPCODE_AND_RCODE) !== 0) throw new WireError("ERR_VALUE", "not a query or an answer to one");
  const counts = [input.u16(), input.u16(), input.u16(), input.u16()] as const;
  if (counts[0] + counts[1] + counts[2] + counts[3] > DNS_RECORDS_MAX)
    throw new WireError("ERR_LIMIT", "too many records");
  return {
    id,
    isResponse: (flags & FLAG_RESPONSE) !== 0,
    isTruncated: (flags & FLAG_TRUNCATED) !== 0,
    questions: Array.from({ length: counts[0] }, () => input.question()),
    answers: input.records(counts[1]),
    authorities: input.records(counts[2]),
    additionals: input.records(counts[3]),
  };
}

class DnsInput {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  u8(): number {
    const byte = this.#bytes[this.#at++];
    if (byte === undefined) throw new WireError("ERR_TRUNCATED", "DNS message ends early");
    return byte;
  }

  u16(): number {
    return this.u8() * 256 + this.u8();
  }

  u32(): number {
    return this.u16() * 65_536 + this.u16();
  }

  question(): DnsQuestion {
    const name = this.name();
    const type = this.u16();
    return { name, type, wantsUnicast: (this.u16() & TOP_BIT) !== 0 };
  }

  records(count: number): DnsRecord[] {
    const records: DnsRecord[] = [];
    for (let i = 0; i < count; i++) {
      const name = this.name();
      const type = this.u16();
      const klass = this.u16();
      const ttl = this.u32();
      const end = this.u16() + this.#at;
      if (end > this.#bytes.length) throw new WireError("ERR_TRUNCATED", "DNS record ends early");
      const isOurs = (klass & ~TOP_BIT) === CLASS_IN || (klass & ~TOP_BIT) === CLASS_ANY;
      const data = isOurs ? this.#data(type, end) : undefined;
      if (data !== undefined) records.push({ name, ttl, flush: (klass & TOP_BIT) !== 0, data });
      if (data !== undefined && this.#at !== end) throw new WireError("ERR_VALUE", "DNS data of another length");
      this.#at = end;
    }
    return records;
  }

  name(): string {
    const labels: string[] = [];
    let length = 1;
    let jumpBelow = this.#at; // pointers go back only, so that they end (RFC 1035 §4.1.4)
    let resume: number | undefined;
    for (;;) {
      const size = this.u8();
      if (size === 0) break;
      if (size >= 0xc0) {
        const target = (size & 0x3f) * 256 + this.u8();
        if (target >= jumpBelow) throw new WireError("ERR_VALUE", "DNS name points ahead");
        resume ??= this.#at;
        this.#at = jumpBelow = target;
        continue;
      }
      if (size > LABEL_BYTES_MAX) throw new WireError("ERR_VALUE", "DNS label of an unknown kind");
      length += size + 1;
      if (length > NAME_BYTES_MAX) throw new WireError("ERR_TOO_LARGE", "DNS name over 255 bytes");
      labels.push(readLabel(this.#bytes, this.#at, size));
      this.#at += size;
    }
    if (resume !== undefined) this.#at = resume;
    return joinLabels(labels);
  }

  #data(type: number, end: number): DnsData | undefined {
    switch (type) {
      case DNS_TYPE.A:
      case DNS_TYPE.AAAA: {
        const size = type === DNS_TYPE.A ? 4 : 16;
        if (end - this.#at !== size) throw new WireError("ERR_VALUE", "DNS address of another length");
        const address = bytesToAddress(this.#bytes.subarray(this.#at, end));
        this.#at = end;
        return { type: type === DNS_TYPE.A ? "A" : "AAAA", address };
      }
      case DNS_TYPE.PTR:
        return { type: "PTR", target: this.name() };
      case DNS_TYPE.SRV: {
        this.u32(); // priority and weight: one instance has one place
        const port = this.u16();
        return { type: "SRV", port, target: this.name() };
      }
      case DNS_TYPE.TXT: {
        const strings: Uint8Array[] = [];
        while (this.#at < end) {
          const size = this.u8();
          if (this.#at + size > end) throw new WireError("ERR_TRUNCATED", "DNS text ends early");
          strings.push(this.#bytes.slice(this.#at, this.#at + size));
          this.#at += size;
        }
        return { type: "TXT", strings };
      }
      default:
        return undefined;
    }
  }
}

const decoder = new TextDecoder();

/** Ill-formed UTF-8 becomes U+FFFD: such a name equals none of ours and is shown to nobody as it is. */
function readLabel(bytes: Uint8Array, at: number, size: number): string {
  if (at + size > bytes.length) throw new WireError("ERR_TRUNCATED", "DNS label ends early");
  return decoder.decode(bytes.subarray(at, at + size));
}

/** The bytes of `message`, with names compressed. Names and texts must fit their limits: ours do. */
export function encodeDnsMessage(message: DnsMessage): Uint8Array {
  const output = new DnsOutput();
  const flags = message.isResponse ? FLAG_RESPONSE | FLAG_AUTHORITATIVE : 0;
  const sections = [message.answers, message.authorities, message.additionals];
  output.u16(message.id, flags | (message.isTruncated ? FLAG_TRUNCATED : 0), message.questions.length);
  output.u16(...sections.map((section) => section.length));
  for (const { name, type, wantsUnicast } of message.questions) {
    output.name(name);
    output.u16(type, wantsUnicast ? CLASS_IN | TOP_BIT : CLASS_IN);
  }
  for (const record of sections.flat()) output.record(record);
  return output.finish();
}

class DnsOutput {
  readonly #bytes: number[] = []; // a message is at most 9,000 bytes, and there are few
  readonly #places = new Map<string, number>(); // where a name's ending stands already

  u16(...values: readonly number[]): void {
    for (const value of values) this.#bytes.push((value >> 8) & 0xff, value & 0xff);
  }

  name(name: string): void {
    const labels = splitName(name);
    for (let i = 0; i < labels.length; i++) {
      const ending = joinLabels(labels.slice(i));
      const place = this.#places.get(ending);
      if (place !== undefined) {
        this.u16(0xc000 | place);
        return;
      }
      if (this.#bytes.length < 0x4000) this.#places.set(ending, this.#bytes.length);
      this.#bytes.push(...encodeLabel(labels[i] ?? ""));
    }
    this.#bytes.push(0);
  }

  record({ name, ttl, flush, data }: DnsRecord): void {
    this.name(name);
    this.u16(DNS_TYPE[data.type], flush ? CLASS_IN | TOP_BIT : CLASS_IN, ttl >>> 16, ttl & 0xffff, 0);
    const start = this.#bytes.length;
    if (data.type === "PTR") this.name(data.target);
    else if (data.type === "SRV") {
      this.u16(0, 0, data.port);
      this.name(data.target);
    } else this.#bytes.push(...dataBytes(data));
    const length = this.#bytes.length - start;
    this.#bytes[start - 2] = length >> 8;
    this.#bytes[start - 1] = length & 0xff;
  }

  finish(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }
}

function encodeName(name: string): Uint8Array {
  return concatBytes(...splitName(name).map(encodeLabel), Uint8Array.of(0));
}

function encodeLabel(label: string): Uint8Array {
  const bytes = new TextEncoder().encode(label).subarray(0, LABEL_BYTES_MAX);
  return concatBytes(Uint8Array.of(bytes.length), bytes);
}
