/**
 * Between a platform's SDP and the few bytes of it that two descriptions of one data channel differ in (spec/direct.md §3).
 * Ours is read; theirs is written here, from numbers: no text of the other side reaches a platform's parser.
 *
 * @module
 */
import { assert } from "../lib/assert.ts";
import { bytesToHex, hexToBytes } from "../lib/hex.ts";
import { DIRECT_CANDIDATES_MAX, DIRECT_MESSAGE_BYTES_MAX } from "../wire/direct-limits.ts";
import { type DirectCandidate, type DirectEnd, isPwd, isUfrag } from "./direct-code.ts";

/** The one section has it with all platforms, and with us. */
export const DIRECT_MID = "0";

/** What of our own description is shown. `undefined`: the platform's is of a shape that the other side could not rebuild. */
export function directEndOf(
  type: "offer" | "answer",
  sdp: string,
  candidates: readonly string[],
): DirectEnd | undefined {
  const lines = sdp.split(/\r?\n/);
  const value = (name: string): string | undefined =>
    lines.find((line) => line.startsWith(`a=${name}:`))?.slice(name.length + 3);
  const print = /^sha-256 ((?:[0-9A-F]{2}:){31}[0-9A-F]{2})$/i.exec(value("fingerprint") ?? "")?.[1];
  const [ufrag = "", pwd = ""] = [value("ice-ufrag"), value("ice-pwd")];
  const isPlain =
    value("mid") === DIRECT_MID &&
    value("sctp-port") === "5000" &&
    (type === "offer" || value("setup") === "active") &&
    Number(value("max-message-size") ?? DIRECT_MESSAGE_BYTES_MAX) >= DIRECT_MESSAGE_BYTES_MAX; // RFC 8841: unsaid, it is that
  if (!isPlain || print === undefined || !isUfrag(ufrag) || !isPwd(pwd)) return undefined;
  const inside = lines.filter((line) => line.startsWith("a=candidate:")).map((line) => line.slice(2));
  const fingerprint = hexToBytes(print.replaceAll(":", "").toLowerCase());
  return { fingerprint, ufrag, pwd, candidates: bestOf([...inside, ...candidates].map(readCandidate)) };
}

/** Their description without addresses, as a platform takes it. */
export function directSdp(type: "offer" | "answer", { fingerprint, ufrag, pwd }: DirectEnd): string {
  assert(isUfrag(ufrag) && isPwd(pwd), "credentials that end no line");
  const print = bytesToHex(fingerprint).toUpperCase().match(/../g)?.join(":");
  return [
    "v=0",
    "o=- 1 1 IN IP4 127.0.0.1",
    "s=-",
    "t=0 0",
    `a=group:BUNDLE ${DIRECT_MID}`,
    "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
    "c=IN IP4 0.0.0.0",
    `a=ice-ufrag:${ufrag}`,
    `a=ice-pwd:${pwd}`,
    "a=ice-options:trickle",
    `a=fingerprint:sha-256 ${print}`,
    `a=setup:${type === "offer" ? "actpass" : "active"}`,
    `a=mid:${DIRECT_MID}`,
    "a=sctp-port:5000",
    `a=max-message-size:${DIRECT_MESSAGE_BYTES_MAX}`,
    "",
  ].join("\r\n");
}

/** Their addresses, as a platform takes them. */
export const directCandidateLines = ({ candidates }: DirectEnd): string[] =>
  candidates.map(({ type, family, address, port }, index) => {
    const preference = { host: 126, srflx: 100, relay: 0 }[type];
    const priority = preference * 2 ** 24 + (65_535 - index) * 2 ** 8 + 255;
    const related = type === "host" ? "" : " raddr 0.0.0.0 rport 9";
    return `candidate:${index + 1} 1 udp ${priority} ${addressText(family, address)} ${port} typ ${type}${related}`;
  });

/** One of each kind before a second of any; real addresses before names, which lead nowhere without multicast. */
function bestOf(found: readonly (DirectCandidate | undefined)[]): DirectCandidate[] {
  const rank = ["host ip4", "srflx ip4", "host mdns", "host ip6", "srflx ip6", "relay ip4", "relay ip6"];
  const kinds = new Map<string, DirectCandidate[]>(rank.map((kind) => [kind, []]));
  for (const each of found) if (each !== undefined) kinds.get(`${each.type} ${each.family}`)?.push(each);
  const best: DirectCandidate[] = [];
  for (let turn = 0; turn < DIRECT_CANDIDATES_MAX; turn++)
    for (const each of kinds.values()) {
      const next = each[turn];
      if (next !== undefined && best.length < DIRECT_CANDIDATES_MAX) best.push(next);
    }
  return best;
}

function readCandidate(line: string): DirectCandidate | undefined {
  const [, , transport = "", , host = "", portText = "", typ, type] = line.split(" ");
  const port = Number(portText);
  const isOfUse = transport.toLowerCase() === "udp" && typ === "typ" && port > 0 && port < 65_536;
  if (!isOfUse || (type !== "host" && type !== "srflx" && type !== "relay")) return undefined;
  const uuid = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.local$/i.exec(host)?.[1];
  if (uuid !== undefined)
    return { type, family: "mdns", address: hexToBytes(uuid.replaceAll("-", "").toLowerCase()), port };
  const ip4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(host);
  if (ip4 !== null) {
    const parts = ip4.slice(1).map(Number);
    return parts.every((part) => part < 256)
      ? { type, family: "ip4", address: Uint8Array.from(parts), port }
      : undefined;
  }
  const ip6 = readIp6(host);
  const isLinkLocal = ip6?.[0] === 0xfe && ((ip6[1] ?? 0) & 0xc0) === 0x80; // needs the name of an interface of theirs
  return ip6 === undefined || isLinkLocal ? undefined : { type, family: "ip6", address: ip6, port };
}

function readIp6(text: string): Uint8Array | undefined {
  if (!/^[0-9a-f:]{2,39}$/i.test(text)) return undefined;
  const halves = text.split("::").map((half) => (half === "" ? [] : half.split(":")));
  const [head = [], tail] = halves;
  const missing = 8 - head.length - (tail?.length ?? 0);
  if (halves.length > 2 || (tail === undefined ? missing !== 0 : missing < 1)) return undefined;
  const groups = [...head, ...Array.from({ length: missing }, () => "0"), ...(tail ?? [])];
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  return hexToBytes(groups.map((group) => group.padStart(4, "0").toLowerCase()).join(""));
}

function addressText(family: DirectCandidate["family"], address: Uint8Array): string {
  if (family === "ip4") return address.join(".");
  const hex = bytesToHex(address);
  if (family === "ip6") return hex.match(/.{4}/g)?.join(":") ?? "";
  return `${[hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-")}.local`;
}
