/**
 * Holds an app that is served somewhere against our own.
 *
 * @module
 */
import type { AppFiles } from "@kith/web";
import { CliError, EXIT } from "./exit-code.ts";

export interface AppDifference {
  readonly path: string;
  readonly problem: "different" | "missing" | "policy";
}

/** As people open them; each is served with a policy of its own. */
const PAGES: readonly string[] = ["/", "/c"];
const FILE_TIME_MS = 15_000;
/** More than any file of ours has: whoever sends more sends something else. */
const EXTRA_BYTES_MAX = 1_048_576;

/** @throws {CliError} `ERR_PEER_UNREACHABLE` */
export async function compareApp(
  app: AppFiles,
  base: URL,
  signal: AbortSignal,
): Promise<{ readonly same: number; readonly differences: readonly AppDifference[] }> {
  const differences: AppDifference[] = [];
  const paths = [...PAGES, ...app.paths];
  for (const path of paths) {
    const ours = app.get(path);
    if (ours === undefined) continue;
    const answer = await ask(new URL(path.slice(1), base), signal);
    if (!answer.ok) {
      differences.push({ path, problem: "missing" });
      continue;
    }
    const theirs = await bytesOf(answer, ours.body.length + EXTRA_BYTES_MAX);
    if (theirs === undefined || Buffer.compare(theirs, ours.body) !== 0)
      differences.push({ path, problem: "different" });
    else if (
      PAGES.includes(path) &&
      answer.headers.get("Content-Security-Policy") !== ours.headers["Content-Security-Policy"]
    )
      differences.push({ path, problem: "policy" });
  }
  return { same: paths.length - differences.length, differences };
}

async function ask(url: URL, signal: AbortSignal): Promise<Response> {
  const patience = AbortSignal.any([signal, AbortSignal.timeout(FILE_TIME_MS)]);
  try {
    return await fetch(url, { redirect: "error", signal: patience });
  } catch (cause) {
    signal.throwIfAborted();
    throw new CliError(EXIT.unreachable, "ERR_PEER_UNREACHABLE", `Nobody serves ${url.href}`, { cause });
  }
}

/** `undefined`: it is longer than that. */
async function bytesOf({ body }: Response, bytesMax: number): Promise<Uint8Array | undefined> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of body ?? []) {
    length += part.length;
    if (length > bytesMax) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts);
}
