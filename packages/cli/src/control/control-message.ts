/**
 * What goes over the control socket, between `kith up` and the other commands of the same user:
 * one JSON object a line, UTF-8.
 *
 *     server first   {"kith":1,"version":"0.1.0","self":{"id","fingerprint","name","isOneTime"}}
 *     request        {"id":7,"call":"trust.block","args":[…]}      one answer
 *                    {"id":8,"watch":"nearby","args":[…]}          its state now and after each change
 *                    {"id":9,"stream":"chat.watch","args":[…]}     items until it ends
 *                    {"id":9,"cancel":true}                        any of the three
 *     answer         {"id":7,"ok":…} · {"id":7,"error":{"code","message"}}
 *                    {"id":8,"state":…} · {"id":9,"item":…} · {"id":9,"end":true}
 *
 * Ids are the client's, each used once. Bytes travel as {"$base64":"…"}. Both ends must be of one
 * version: the hello says which, and a client of another one hangs up. Only the owner can open the
 * socket, but a request is still read field by field: a script may write to it too.
 *
 * @module
 */
import { CliError, EXIT } from "../exit-code.ts";

export const CONTROL_VERSION = 1;
/** Longest request, in bytes: a chat text of 16 KiB in the worst escaping, or a thousand paths. */
export const REQUEST_BYTES_MAX = 1_048_576;
/** Longest answer, in bytes: a full audit log of 100,000 entries. */
export const ANSWER_BYTES_MAX = 67_108_864;
/** Requests of one connection that may be open at once; more are refused. */
export const REQUESTS_MAX = 128;
/** Connections at once; more are closed. */
export const CONNECTIONS_MAX = 64;

export type ControlRequest =
  | {
      readonly type: "call" | "stream" | "watch";
      readonly id: number;
      readonly name: string;
      readonly args: readonly unknown[];
    }
  | { readonly type: "cancel"; readonly id: number };

export interface Self {
  readonly id: string;
  readonly fingerprint: string;
  readonly name: string;
  readonly isOneTime: boolean;
}

export type ControlAnswer =
  | { readonly type: "ok" | "state" | "item"; readonly id: number; readonly value: unknown }
  | { readonly type: "error"; readonly id: number; readonly code: string; readonly message: string }
  | { readonly type: "end"; readonly id: number };

export const encodeHello = (version: string, self: Self): string =>
  encodeLine({ kith: CONTROL_VERSION, version, self });

/** @throws {CliError} `ERR_CONTROL` for what is no hello, `ERR_NODE_VERSION` for one of another version */
export function decodeHello(line: string, version: string): Self {
  const hello = readObject(line);
  if (hello["kith"] !== CONTROL_VERSION || hello["version"] !== version) {
    const theirs = typeof hello["version"] === "string" ? hello["version"].slice(0, 32) : "another version";
    throw new CliError(
      EXIT.home,
      "ERR_NODE_VERSION",
      `Cannot use the running node: it is ${theirs}, this is ${version}`,
      {
        hint: "Stop `kith up` and start it again.",
      },
    );
  }
  const self = objectOf(hello["self"]);
  return {
    id: textOf(self["id"]),
    fingerprint: textOf(self["fingerprint"]),
    name: textOf(self["name"]),
    isOneTime: self["isOneTime"] === true,
  };
}

export function encodeRequest(request: ControlRequest): string {
  const { id } = request;
  if (request.type === "cancel") return encodeLine({ id, cancel: true });
  return encodeLine({ id, [request.type]: request.name, args: request.args });
}

/** @throws {CliError} `ERR_CONTROL` */
export function decodeRequest(line: string): ControlRequest {
  const object = readObject(line);
  const id = idOf(object["id"]);
  if (object["cancel"] === true) return { type: "cancel", id };
  const args: unknown = object["args"] ?? [];
  if (!Array.isArray(args)) throw malformed("args is no array");
  if (object["watch"] !== undefined) return { type: "watch", id, name: textOf(object["watch"]), args };
  if (object["call"] !== undefined) return { type: "call", id, name: textOf(object["call"]), args };
  if (object["stream"] !== undefined) return { type: "stream", id, name: textOf(object["stream"]), args };
  throw malformed("no known request");
}

export function encodeAnswer(answer: ControlAnswer): string {
  const { id } = answer;
  if (answer.type === "error") return encodeLine({ id, error: { code: answer.code, message: answer.message } });
  if (answer.type === "end") return encodeLine({ id, end: true });
  return encodeLine({ id, [answer.type]: answer.value ?? null });
}

/** @throws {CliError} `ERR_CONTROL` */
export function decodeAnswer(line: string): ControlAnswer {
  const object = readObject(line);
  const id = idOf(object["id"]);
  for (const type of ["ok", "state", "item"] as const) {
    if (type in object) return { type, id, value: object[type] ?? undefined };
  }
  if (object["end"] === true) return { type: "end", id };
  const error = objectOf(object["error"]);
  return { type: "error", id, code: textOf(error["code"]), message: textOf(error["message"]) };
}

/** Asked of who holds it: a `Buffer` has made itself an object of numbers by the time it is given as `value`. */
function asText(this: unknown, key: string, value: unknown): unknown {
  const held: unknown = typeof this === "object" && this !== null ? Reflect.get(this, key) : value;
  return held instanceof Uint8Array ? { $base64: Buffer.from(held).toString("base64") } : value;
}

const encodeLine = (object: object): string => `${JSON.stringify(object, asText)}\n`;

function readObject(line: string): Readonly<Record<string, unknown>> {
  try {
    return objectOf(JSON.parse(line, revive));
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw malformed("no JSON");
  }
}

const revive = (_: string, value: unknown): unknown => {
  if (typeof value !== "object" || value === null || !("$base64" in value)) return value;
  return typeof value.$base64 === "string" ? new Uint8Array(Buffer.from(value.$base64, "base64")) : value;
};

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw malformed("no object");
  return { ...value };
}

function textOf(value: unknown): string {
  if (typeof value !== "string") throw malformed("no text");
  return value;
}

function idOf(value: unknown): number {
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0) throw malformed("no id");
  return value;
}

const malformed = (what: string): CliError =>
  new CliError(EXIT.home, "ERR_CONTROL", `Cannot read the control socket: ${what}`);
