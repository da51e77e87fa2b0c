/**
 * Where the control socket of a home is. In the home itself, which is the owner's alone; where that
 * path is too long for a Unix socket, in the owner's run folder under a name made from it.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { lstatSync, mkdirSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join, resolve } from "node:path";
import { CliError, EXIT } from "../exit-code.ts";

/** sun_path holds 108 bytes on Linux and 104 on BSD and macOS, with the final zero. */
const SOCKET_PATH_BYTES_MAX = 103;

export function controlSocketPath(
  home: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
): string {
  const path = join(resolve(home), "control.sock");
  const name = createHash("sha256").update(resolve(home)).digest("hex").slice(0, 24);
  if (process.platform === "win32") return `\\\\.\\pipe\\kith-${name}`;
  if (Buffer.byteLength(path) <= SOCKET_PATH_BYTES_MAX) return path;
  const { uid } = userInfo();
  return join(env["XDG_RUNTIME_DIR"] || join(tmpdir(), `kith-${uid}`), `kith-${name}.sock`);
}

/** Makes the socket's folder if need be. @throws {CliError} `ERR_CONTROL` if it is another user's, or open to others */
export function prepareSocketFolder(path: string): void {
  if (process.platform === "win32") return;
  const folder = join(path, "..");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { mode, isDirectory, uid } = statOf(folder);
  if (!isDirectory || uid !== userInfo().uid || (mode & 0o022) !== 0) throw notOurs(folder);
}

/** @throws {CliError} `ERR_CONTROL` unless the socket is the caller's own; `undefined` if there is none */
export function checkSocketOwner(path: string): "ours" | "none" {
  if (process.platform === "win32") return "ours";
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return "none";
  if (!stat.isSocket() || stat.uid !== userInfo().uid) throw notOurs(path);
  return "ours";
}

function statOf(folder: string): { readonly mode: number; readonly isDirectory: boolean; readonly uid: number } {
  const stat = lstatSync(folder);
  return { mode: stat.mode, isDirectory: stat.isDirectory() || stat.isSymbolicLink(), uid: stat.uid };
}

const notOurs = (path: string): CliError =>
  new CliError(EXIT.home, "ERR_CONTROL", `Cannot use ${path}: it is not yours alone`, {
    hint: `Check its owner and mode: ls -ld ${path}`,
  });
