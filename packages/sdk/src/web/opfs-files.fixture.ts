/** A page with a home, files and an endpoint, as `story`; as a worker, its disk. */
import { type Manifest, type PeerId, safePaths } from "@kith/core";
import type { Endpoint, TransferView } from "../api.ts";
import { MemoryStore } from "../memory-store.ts";
import type { KeyValueStore } from "../storage.ts";
import { until } from "../testing/until.ts";
import { createEndpoint } from "./create-endpoint.ts";
import type { Disk } from "./disk.ts";
import { FileKeys } from "./file-keys.ts";
import { openPageFiles, type PageFiles } from "./opfs-files.ts";
import { PageSink } from "./page-sink.ts";
import { ReceivedFiles } from "./received-files.ts";
import { SealedDisk } from "./sealed-disk.ts";
import { openWebHome } from "./web-home.ts";
import { serveDisk, WorkerDisk } from "./worker-disk.ts";
import { WritableDisk } from "./writable-disk.ts";

/** How a page writes. */
export type DiskKind = "worker" | "page";

const PIECE_BYTES = 16_777_216;

class Story {
  #endpoint: Endpoint | undefined;
  #files: PageFiles | undefined;

  get endpoint(): Endpoint {
    if (this.#endpoint === undefined) throw new Error("no endpoint");
    return this.#endpoint;
  }

  get files(): PageFiles {
    if (this.#files === undefined) throw new Error("no files");
    return this.#files;
  }

  /** Begins, or goes on with what an earlier page of this profile kept. */
  async open(relay: string, disk: DiskKind): Promise<PeerId> {
    const home = await openWebHome();
    const { identity, name } = home.state === "locked" ? await home.unlock() : await home.create("Page");
    const { store } = home;
    if (store === undefined) throw new Error(`nothing is kept: ${home.reason}`);
    this.#files = await openPageFiles({ store, ...(disk === "worker" && { worker: newWorker() }) });
    this.#endpoint = await createEndpoint({ name, identity, store, files: this.#files, relays: [relay] });
    return identity.peerId;
  }

  async join(code: string): Promise<void> {
    const { joinCodes } = this.endpoint;
    const id = await joinCodes.join(code);
    const at = (step: string) =>
      until(joinCodes.all, (all) => all.find((each) => each.id === id && each.step.at === step));
    await at("consent");
    await joinCodes.answer(id, { accept: true });
    await at("done");
  }

  /** The transfer, once it is so. */
  transfer(is: { readonly state?: string; readonly bytesDone?: number }): Promise<TransferView> {
    return until(this.endpoint.files.transfers, (all) =>
      all.find(
        ({ state, bytesDone }) => (is.state === undefined || state === is.state) && bytesDone >= (is.bytesDone ?? 0),
      ),
    );
  }

  async acceptNext(directory?: string): Promise<void> {
    const { id } = await until(this.endpoint.files.transfers, (all) =>
      all.find(({ isOutgoing, state }) => !isOutgoing && state === "offered"),
    );
    await this.endpoint.files.accept(id, directory === undefined ? {} : { directory });
  }

  /** SHA-256 of each 16 MiB of a received file. */
  async digests(name: string): Promise<string[]> {
    const found = this.files.received.get().find((each) => each.name === name);
    const file = await this.files.open(found?.id ?? "");
    return digestsOf(file);
  }

  readonly digestsOf: typeof digestsOf = digestsOf;
  readonly until: typeof until = until;
  readonly newDisk: typeof newDisk = newDisk;
  readonly newSink: typeof newSink = newSink;
  readonly sealedFiles: typeof sealedFiles = sealedFiles;
  readonly newStore = (): MemoryStore => new MemoryStore();
}

async function digestsOf(file: Blob): Promise<string[]> {
  const digests: string[] = [];
  for (let at = 0; at < file.size; at += PIECE_BYTES) {
    const digest = await crypto.subtle.digest("SHA-256", await file.slice(at, at + PIECE_BYTES).arrayBuffer());
    digests.push([...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join(""));
  }
  return digests;
}

const newWorker = (): Worker => new Worker("/module.js", { type: "module" });

const newDisk = (kind: DiskKind, root: string): Disk =>
  kind === "worker" ? new WorkerDisk(newWorker(), root) : new WritableDisk(root);

/** Files over what a sink has placed, or an earlier version has left. */
const sealedFiles = (name: string, store: KeyValueStore): Promise<PageFiles> =>
  openPageFiles({ name, store, worker: newWorker() });

export interface LoneSink {
  readonly store: KeyValueStore;
  readonly disk: Disk;
  readonly sink: PageSink;
  readonly received: ReceivedFiles;
  readonly plan: { readonly manifest: Manifest; readonly paths: readonly (readonly string[])[] };
}

/** A sink alone, over a store in memory, and what it has received. */
async function newSink(root: string, manifest: Manifest, folder?: FileSystemDirectoryHandle): Promise<LoneSink> {
  const store = new MemoryStore();
  const disk = new SealedDisk(newDisk("worker", root), new FileKeys(store));
  const received = await ReceivedFiles.restore(disk, store);
  const into = folder === undefined ? undefined : async () => folder;
  const sink = new PageSink({ disk, received, transfer: "test", folder: into, isKept: false });
  const paths = safePaths(manifest);
  const bytes = manifest.reduce((sum, { size }) => sum + size, 0);
  await sink.prepare({ manifest, paths, verified: 0, bytes });
  return { store, disk, sink, received, plan: { manifest, paths } };
}

export type StoryFixture = Story;
if (globalThis.document === undefined) serveDisk();
else Object.assign(globalThis, { story: new Story() });
