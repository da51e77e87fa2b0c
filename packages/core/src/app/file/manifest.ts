/**
 * What an offer is about: files and folders, in the order in which they are sent (spec/app-file.md §3).
 *
 *     entry = var path · u8 kind · varint size · u16 mode · u64 modified
 *
 * A path is labels joined by "/", the sender's words for things: {@link safePaths} says where they go.
 *
 * @module
 */
import { LABEL, labelBytes } from "../../crypto/labels.ts";
import type { CryptoProvider } from "../../crypto/provider.ts";
import { assert } from "../../lib/assert.ts";
import { Reader } from "../../lib/reader.ts";
import type { WallTime } from "../../lib/time.ts";
import { wallTime } from "../../lib/time.ts";
import { WireError } from "../../lib/wire-error.ts";
import { Writer } from "../../lib/writer.ts";
import {
  FILE_BYTES_MAX,
  FILE_CHUNK_BYTES,
  FILE_MANIFEST_BYTES_MAX,
  FILE_PATH_BYTES_MAX,
  FILE_PATH_DEPTH_MAX,
  FILES_PER_OFFER_MAX,
} from "../../wire/limits.ts";
import { FILE_KIND } from "../../wire/registry.ts";
import { NameSet } from "./file-name.ts";

export interface ManifestEntry {
  /** Labels joined by "/". Show it cleaned, never use it as a path. */
  readonly path: string;
  readonly kind: keyof typeof FILE_KIND;
  /** In bytes; 0 for a folder. */
  readonly size: number;
  /** Permission bits, 0 to 0o777. */
  readonly mode: number;
  readonly modified: WallTime;
}

export type Manifest = readonly ManifestEntry[];

const DATE_MAX = 8_640_000_000_000_000; // ECMA-262 §21.4.1.1: what a date can say

/** Whether `manifest` is one that may be offered: the reason if not. */
export function manifestProblem(manifest: Manifest): "empty" | "too many files" | "too large" | undefined {
  if (manifest.length === 0) return "empty";
  if (manifest.length > FILES_PER_OFFER_MAX) return "too many files";
  if (manifestBytes(manifest) > FILE_BYTES_MAX) return "too large";
  return encodeManifest(manifest).length > FILE_MANIFEST_BYTES_MAX ? "too large" : undefined;
}

/** All entries one after the other. Two manifests are the same if these bytes are. */
export function encodeManifest(manifest: Manifest): Uint8Array {
  const writer = new Writer(64 * manifest.length);
  for (const entry of manifest) encodeEntry(writer, entry);
  return writer.finish();
}

export function encodeEntry(writer: Writer, entry: ManifestEntry): void {
  assert(entry.kind === "file" || entry.size === 0, "size of a folder");
  writer.text(entry.path).u8(FILE_KIND[entry.kind]).varint(entry.size);
  writer.u16(entry.mode & 0o777).u64(Math.min(Math.max(0, entry.modified), DATE_MAX));
}

/** @throws {WireError} */
export function decodeEntry(reader: Reader): ManifestEntry {
  const path = reader.text(FILE_PATH_BYTES_MAX);
  if (path === "") throw new WireError("ERR_VALUE", "empty path");
  if (path.split("/").length > FILE_PATH_DEPTH_MAX) throw new WireError("ERR_LIMIT", "path too deep");
  const kindCode = reader.u8();
  const kind = kindCode === FILE_KIND.file ? "file" : kindCode === FILE_KIND.folder ? "folder" : undefined;
  if (kind === undefined) throw new WireError("ERR_VALUE", `entry kind ${kindCode}`);
  const size = reader.varint();
  if (size > (kind === "file" ? FILE_BYTES_MAX : 0)) throw new WireError("ERR_VALUE", `${kind} of ${size} bytes`);
  const mode = reader.u16();
  if (mode > 0o777) throw new WireError("ERR_VALUE", "mode beyond permissions");
  const modified = reader.u64();
  if (modified > DATE_MAX) throw new WireError("ERR_VALUE", "date beyond dates");
  return { path, kind, size, mode, modified: wallTime(modified) };
}

/** @throws {WireError} */
export function decodeManifest(bytes: Uint8Array): ManifestEntry[] {
  const reader = new Reader(bytes);
  const entries: ManifestEntry[] = [];
  while (reader.left > 0) {
    entries.push(decodeEntry(reader));
    if (entries.length > FILES_PER_OFFER_MAX) throw new WireError("ERR_LIMIT", "too many files");
  }
  return entries;
}

export const manifestHash = (provider: CryptoProvider, encoded: Uint8Array): Uint8Array =>
  provider.sha256(labelBytes(LABEL.fileManifest), encoded);

export const manifestBytes = (manifest: Manifest): number => manifest.reduce((sum, entry) => sum + entry.size, 0);

/** Bytes before each entry, and after the last: one number more than entries. */
export function bytesBefore(manifest: Manifest): number[] {
  const sums = [0];
  for (const entry of manifest) sums.push((sums.at(-1) ?? 0) + entry.size);
  return sums;
}

/** Chunks of a file; none of an empty one. */
export const chunkCount = (size: number): number => Math.ceil(size / FILE_CHUNK_BYTES);

/** Bytes of the chunk with this number: all are full but the last. */
export const chunkBytes = (size: number, chunk: number): number =>
  Math.min(FILE_CHUNK_BYTES, size - chunk * FILE_CHUNK_BYTES);

/**
 * Where each entry goes: names below one folder, each safe, no two the same on any file system. A
 * pure function of the manifest, so that a resumed transfer finds its parts again. The labels ".",
 * ".." and "" of a path count for nothing.
 */
export function safePaths(manifest: Manifest): readonly (readonly string[])[] {
  const root: Folder = { names: new NameSet(), folders: new Map() };
  return manifest.map((entry) => {
    const labels = entry.path.split("/").filter((label) => label !== "" && label !== "." && label !== "..");
    const last = labels.pop() ?? "";
    const path: string[] = [];
    let folder = root;
    for (const label of labels) folder = enter(folder, label, path);
    if (entry.kind === "folder") enter(folder, last, path);
    else path.push(folder.names.claim(last));
    return path;
  });
}

interface Folder {
  readonly names: NameSet;
  /** By label, not by name: two labels never become one folder. */
  readonly folders: Map<string, { readonly name: string; readonly folder: Folder }>;
}

function enter(parent: Folder, label: string, path: string[]): Folder {
  let child = parent.folders.get(label);
  if (child === undefined) {
    child = { name: parent.names.claim(label), folder: { names: new NameSet(), folders: new Map() } };
    parent.folders.set(label, child);
  }
  path.push(child.name);
  return child.folder;
}
