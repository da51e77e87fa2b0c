/**
 * The doctor's look at a relay, step by step as a connection is made: name, TCP, TLS, the upgrade to a WebSocket, the
 * relay's proof of its key, and its clock. It stops after the welcome: nothing is said of who asks.
 *
 * @module
 */
import { createHash, randomBytes } from "node:crypto";
import { request as overTcp } from "node:http";
import { request as overTls } from "node:https";
import type { Duplex } from "node:stream";
import { bytesToHex, type Duration, millis } from "@kith/core";
import { type Clock, systemClock } from "../clock.ts";
import { judgeSkew, spellTime } from "../doctor/clock-judge.ts";
import type { Finding } from "../doctor/finding.ts";
import {
  GREETING_NONCE_BYTES,
  type Greeting,
  GreetingReader,
  helloBytes,
  judgeGreeting,
} from "../doctor/relay-greeting.ts";
import { parseRelayAddress, type RelayAddress } from "../relay-address.ts";
import { nodeProvider } from "./node-crypto.ts";
import { readServerFrame } from "./websocket-frame.ts";

export interface RelayToLookAt {
  /** As for `relays` of an endpoint. */
  readonly address: string;
  /** Its key as it is pinned, in hexadecimal: it wins over none in the address. */
  readonly pinned?: string;
}

export interface RelayCheckOptions {
  readonly clock?: Clock;
  readonly limit?: Duration;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

const LIMIT: Duration = millis(6_000);
/** RFC 6455 §1.3. */
const ACCEPT_SUFFIX = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

type Verdict = Pick<Finding, "verdict" | "words"> & { readonly fix?: string };
type Stage = "name" | "tcp" | "tls" | "upgrade" | "welcome";
type Result =
  | Greeting
  | { readonly type: "answered"; readonly status: number }
  | { readonly type: "stranger" } //                                  a WebSocket, and not a relay of ours
  | { readonly type: "failed"; readonly at: Stage; readonly code: string };

export async function checkRelay(
  { address, pinned }: RelayToLookAt,
  { clock = systemClock, limit = LIMIT, env = process.env }: RelayCheckOptions = {},
): Promise<Finding[]> {
  const parsed = parseRelayAddress(address);
  if (parsed === undefined) {
    const words = "One of the relays has an address that is none.";
    return [
      { check: "relay", verdict: "bad", words, fix: "Write it as wss://host[:port]; ws:// is for private networks." },
    ];
  }
  const result = await visit(parsed, limit, clock);
  const secure =
    result.type === "welcome" || address.includes("://") ? undefined : parseRelayAddress(`wss://${address}`);
  if (secure !== undefined && secure.url !== parsed.url) {
    const second = await visit(secure, limit, clock); // a private host may have TLS, and nobody said
    if (second.type === "welcome") return judge(secure, pinned, second, clock);
  }
  if (result.type !== "welcome") return [{ check: "relay", ...verdictOf(result, parsed, env) }];
  return judge(parsed, pinned, result, clock);
}

function judge(
  { host, relayKey }: RelayAddress,
  pinned: string | undefined,
  greeting: Greeting,
  clock: Clock,
): Finding[] {
  const expected = relayKey === undefined ? pinned : bytesToHex(relayKey);
  const key = judgeGreeting(nodeProvider, greeting, expected);
  if (key === "unproven") {
    const words = `${host} does not prove its key: it is no relay, or somebody stands in between.`;
    return [{ check: "relay", verdict: "bad", words, fix: "Use another network, or ask the relay's owner." }];
  }
  if (key === "changed") {
    return [
      {
        check: "relay",
        verdict: "bad",
        words: `${host} has another key than it had: nothing is said to it.`,
        fix: "Ask its owner, not over this network, whether the relay got a new key. If so, give its address with the new key after #; if not, somebody stands in between.",
      },
    ];
  }
  const isKnown = key === "new" ? "its key was not known before" : "its key is the right one";
  const good: Finding = { check: "relay", verdict: "good", words: `${host} can be reached, and ${isKnown}.` };
  return [good, ...clockFinding(host, greeting.welcome.wall - clock.wall())];
}

function clockFinding(host: string, ahead: number): Finding[] {
  const verdict = judgeSkew(ahead);
  if (verdict === "good") return [];
  const words = `This machine's clock is ${spellTime(Math.abs(ahead))} ${ahead > 0 ? "behind" : "ahead of"} that of ${host}.`;
  const fix =
    "One of the two is wrong. Set the date and time here, best automatically; if they are right, tell the relay's owner.";
  return [{ check: "clock", verdict, words, fix }];
}

// --- what failed, in words -------------------------------------------------------------------------

const NO_TIME = new Set(["CERT_NOT_YET_VALID", "CERT_HAS_EXPIRED"]);
const NOT_TRUSTED = new Set([
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
]);
const PROXY_FIX =
  "A proxy or firewall on the way lets web pages through and WebSockets not: allow them there for this host, use another network, or use a relay behind TLS (wss, port 443), into which most cannot look.";

function verdictOf(
  result: Exclude<Result, { type: "welcome" }>,
  { host, url }: RelayAddress,
  env: Readonly<Record<string, string | undefined>>,
): Verdict {
  const bad = (words: string, fix: string): Verdict => ({ verdict: "bad", words, fix });
  if (result.type === "stranger") return bad(`${host} takes WebSockets, but speaks no Kith.`, "Check the address.");
  if (result.type === "answered") {
    if (result.status === 404)
      return bad(
        `${host} is a web server without a relay.`,
        "Check the address; a proxy before the relay must pass /kith/1 on.",
      );
    if (result.status === 503)
      return bad(`${host} takes nobody at the moment.`, "Try later, or ask the relay's owner.");
    return bad(`${host} can be reached, but the WebSocket is refused with HTTP status ${result.status}.`, PROXY_FIX);
  }
  const { at, code } = result;
  switch (at) {
    case "name":
      return bad(
        `The name ${nameOf(host)} leads nowhere.`,
        "Check the address, and whether names of other hosts can be resolved here.",
      );
    case "tcp": {
      if (code === "ECONNREFUSED")
        return bad(
          `Nothing listens at ${host}.`,
          "Check the port; if it is right, the relay does not run, or its firewall refuses.",
        );
      const proxy = env["HTTPS_PROXY"] ?? env["https_proxy"] ?? env["ALL_PROXY"] ?? env["all_proxy"] ?? "";
      const words = `${host} cannot be reached: no TCP connection comes up.`;
      if (proxy !== "")
        return bad(
          words,
          "This machine is told to use a proxy, which Kith does not: allow direct connections to the relay, or use another network.",
        );
      return bad(
        words,
        "Check whether this machine is online, and whether a firewall here or of the network stops outgoing TCP to that port.",
      );
    }
    case "tls":
      if (NO_TIME.has(code))
        return bad(
          `The certificate of ${host} is not valid now.`,
          "Check this machine's clock. If it is right, the relay's owner must renew the certificate.",
        );
      if (code === "ERR_TLS_CERT_ALTNAME_INVALID")
        return bad(
          `The certificate of ${host} is for another name.`,
          "Use the name in the certificate; else something on the way answers in the relay's place.",
        );
      if (NOT_TRUSTED.has(code))
        return bad(
          `The certificate of ${host} is signed by nobody whom this machine trusts.`,
          "A certificate of one's own: give its authority in NODE_EXTRA_CA_CERTS. Else a proxy opens TLS on the way: use another network.",
        );
      return bad(
        `${host} takes TCP, but no TLS comes up.`,
        "The port may be one without TLS (ws://, in private networks), or a proxy on the way does not let TLS through.",
      );
    case "upgrade":
      return url.startsWith("ws:") && code.startsWith("HPE_")
        ? bad(`${host} does not speak HTTP.`, "Check the address; if the port is one with TLS, write wss://.")
        : bad(`${host} can be reached, but the WebSocket does not come up.`, PROXY_FIX);
    case "welcome":
      return bad(`The WebSocket to ${host} comes up, but nothing comes through.`, PROXY_FIX);
  }
}

const nameOf = (host: string): string => host.replace(/:\d+$/, "");

// --- the visit ----------------------------------------------------------------------------------

function visit({ url }: RelayAddress, limit: Duration, clock: Clock): Promise<Result> {
  return new Promise((resolve) => {
    let stage: Stage = "name";
    const key = randomBytes(16).toString("base64");
    const isTls = url.startsWith("wss:");
    const request = (isTls ? overTls : overTcp)(url.replace(/^ws/, "http"), {
      agent: false,
      headers: { Connection: "Upgrade", Upgrade: "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": key },
    });
    const settle = (result: Result): void => {
      cancel();
      request.destroy();
      resolve(result);
    };
    const cancel = clock.schedule(limit, () => settle({ type: "failed", at: stage, code: "ETIMEDOUT" }));
    request.on("socket", (socket) => {
      socket.once("lookup", () => {
        stage = "tcp";
      });
      if (/^https?:\/\/(\[|[\d.]+[:/])/.test(url.replace(/^ws/, "http"))) stage = "tcp"; // an address needs no look-up
      socket.once("connect", () => {
        stage = isTls ? "tls" : "upgrade";
      });
      socket.once("secureConnect", () => {
        stage = "upgrade";
      });
    });
    request.on("error", (error) => {
      const code = String(Reflect.get(error, "code") ?? "");
      const isNameless = code === "ENOTFOUND" || code === "EAI_AGAIN";
      settle({ type: "failed", at: isNameless ? "name" : stage === "name" ? "tcp" : stage, code });
    });
    request.on("response", ({ statusCode = 0 }) => settle({ type: "answered", status: statusCode }));
    request.on("upgrade", (response, socket, head) => {
      const accept = createHash("sha1").update(`${key}${ACCEPT_SUFFIX}`).digest("base64");
      if (response.headers["sec-websocket-accept"] !== accept)
        return settle({ type: "failed", at: "upgrade", code: "" });
      stage = "welcome";
      const nonce = new Uint8Array(randomBytes(GREETING_NONCE_BYTES));
      greet(socket, head, nonce, (result) => {
        socket.destroy();
        settle(result);
      });
    });
    request.end();
  });
}

/** Says hello and hears the welcome, and what comes before it. */
function greet(socket: Duplex, head: Buffer, nonce: Uint8Array, settle: (result: Result) => void): void {
  const reader = new GreetingReader(nonce);
  let heard = head;
  const look = (): void => {
    const frame = readServerFrame(heard);
    if (frame === undefined) return;
    if (frame === "other") return settle({ type: "stranger" });
    const read = reader.read(frame);
    if (read !== undefined) return settle(read);
    heard = heard.subarray(frame.length + (frame.length < 126 ? 2 : 4));
    look();
  };
  socket.on("data", (bytes: Buffer) => {
    heard = Buffer.concat([heard, bytes]);
    look();
  });
  socket.on("error", () => {});
  socket.on("close", () => settle({ type: "failed", at: "welcome", code: "ECONNRESET" }));
  socket.write(maskedFrame(helloBytes(nonce)));
  look();
}

/** One whole binary message of at most 125 bytes, from a client (RFC 6455 §5.2). */
function maskedFrame(payload: Uint8Array): Uint8Array {
  const mask = randomBytes(4);
  return Buffer.concat([
    Buffer.from([0x82, 0x80 | payload.length]),
    mask,
    Buffer.from(payload.map((byte, index) => byte ^ (mask[index % 4] ?? 0))),
  ]);
}
