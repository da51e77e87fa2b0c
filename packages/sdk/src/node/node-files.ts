/**
 * Files of this machine for the transfers of an endpoint: one source or sink for each, opened when
 * first asked and closed when the transfer ends.
 *
 * @module
 */
import { mkdir } from "node:fs/promises";
import { resolve } from "node:path";
import { bytesToText, parseTransferId, textToBytes, wallTime } from "@kith/core";
import { EndpointError } from "../endpoint-error.ts";
import { runSink, runSource } from "../file-io.ts";
import type { FilePort, FileSelection } from "../file-port.ts";
import { FileSink } from "./file-sink.ts";
import { FileSource, selectFiles } from "./file-source.ts";
import { RoomFileDisk } from "./room-file-disk.ts";

/** `inbox` is made when the first file comes. */
export function nodeFiles(inbox: string): FilePort {
  const sources = new Map<string, FileSource>();
  const sinks = new Map<string, Promise<FileSink>>();
  const absolute = resolve(inbox);
  const rooms = new RoomFileDisk(absolute);

  async function end(key: string): Promise<void> {
    const source = sources.get(key);
    const sink = sinks.get(key);
    sources.delete(key);
    sinks.delete(key);
    await source?.close();
    await (await sink)?.close();
  }

  return {
    inbox: absolute,
    async select(paths) {
      const { manifest, paths: found } = await selectFiles(paths);
      return { manifest, source: textToBytes(JSON.stringify(found)) };
    },
    runOutgoing(key, job, sender, selection, wake) {
      let source = sources.get(key);
      if (source === undefined) {
        source = new FileSource(selection.manifest, pathsOf(selection));
        sources.set(key, source);
      }
      if (job.type === "read") runSource(job, sender, source, wake);
    },
    release: (key, bytes) => sources.get(key)?.release(bytes),
    runIncoming(key, job, receiver, directory, wake) {
      const opened = sinks.get(key) ?? openSink(key, directory);
      sinks.set(key, opened);
      opened.then(
        (sink) => runSink(job, receiver, sink, { wake, wallClock: () => wallTime(Date.now()) }),
        () => {
          receiver.handleFailed("notPermitted");
          wake();
        },
      );
    },
    end: (key) => void end(key).catch(() => {}),
    rooms,
    async close() {
      await Promise.all([rooms.close(), ...[...sources.keys(), ...sinks.keys()].map(end)]);
    },
  };
}

async function openSink(key: string, directory: string): Promise<FileSink> {
  const id = parseTransferId(key.split("/").at(-1) ?? "");
  if (id === undefined) throw new EndpointError("ERR_FILE", "Cannot receive: not a transfer id");
  await mkdir(directory, { recursive: true, mode: 0o700 });
  return new FileSink(directory, id);
}

/** What {@link FilePort.select} noted. It comes from our own store; damaged, it leads to no file. */
function pathsOf({ source }: FileSelection): string[] {
  const paths: unknown = JSON.parse(bytesToText(source));
  return Array.isArray(paths) ? paths.map(String) : [];
}
