/** Transfers as the SDK shows them: offers, progress, rate, and the answers to them. */
import {
  bytesToText,
  type TransferState as CoreTransfer,
  cleanName,
  type EndpointOutput,
  type FileJob,
  manifestProblem,
  newTransferId,
  type PeerId,
  type RandomSource,
  textToBytes,
} from "@kith/core";
import type { Files, TransferFailure, TransferState, TransferView } from "./api.ts";
import type { BulkHash } from "./bulk-hash.ts";
import type { Driver } from "./driver.ts";
import { EndpointError, endpointClosed } from "./endpoint-error.ts";
import type { FilePort } from "./file-port.ts";
import { type Observable, Subject } from "./observable.ts";
import type { KeyValueStore } from "./storage.ts";

const NAMES_SHOWN_MAX = 100;
/** Over how long the rate is measured. */
const RATE_WINDOW_MS = 3_000;
const DIRECTORY_PREFIX = "files/directory/";

interface Hashing {
  handleHashed(token: number, hash: Uint8Array): void;
}

interface Sample {
  readonly at: number;
  readonly bytes: number;
}

export class FilesHandle implements Files {
  readonly #driver: Driver;
  readonly #port: FilePort | undefined;
  readonly #store: KeyValueStore | undefined;
  readonly #random: RandomSource;
  readonly #hash: BulkHash | undefined;
  readonly #isContact: (peer: PeerId) => boolean;
  readonly #transfers = new Subject<readonly TransferView[]>([]);
  /** Where incoming transfers go, if not to the inbox. */
  readonly #directories = new Map<string, string>();
  readonly #samples = new Map<string, Sample[]>();
  readonly #storing = new Map<CoreTransfer["key"], PromiseWithResolvers<void>>(); // offers that are not durable yet

  constructor(options: {
    driver: Driver;
    port: FilePort | undefined;
    store: KeyValueStore | undefined;
    random: RandomSource;
    hash: BulkHash | undefined;
    isContact: (peer: PeerId) => boolean;
    restored: readonly { readonly key: string; readonly value: Uint8Array }[];
  }) {
    this.#driver = options.driver;
    this.#port = options.port;
    this.#store = options.store;
    this.#random = options.random;
    this.#hash = options.hash;
    this.#isContact = options.isContact;
    for (const { key, value } of options.restored) {
      if (key.startsWith(DIRECTORY_PREFIX))
        this.#directories.set(key.slice(DIRECTORY_PREFIX.length), bytesToText(value));
    }
  }

  get transfers(): Observable<readonly TransferView[]> {
    return this.#transfers;
  }

  async send(peer: PeerId, paths: readonly string[]): Promise<string> {
    if (!this.#isContact(peer))
      throw new EndpointError("ERR_NOT_AUTHORIZED", "Cannot send files to a stranger: pair first");
    const { manifest, source } = await this.#files().select(paths);
    const problem = manifestProblem(manifest);
    if (problem !== undefined) throw new EndpointError("ERR_ARGUMENT", `Cannot offer these files: ${problem}`);
    const record = { id: newTransferId(this.#random), offeredAt: this.#driver.moment().wall, source, manifest };
    const key = this.#driver.core.transfers.send(peer, record);
    if (key === undefined)
      throw new EndpointError("ERR_TRANSFER_STATE", "Cannot offer more files: too many transfers with this contact");
    const stored = Promise.withResolvers<void>();
    this.#storing.set(key, stored);
    this.#changed();
    await stored.promise; // whoever is told that it is offered may close the page at once
    return key;
  }

  async accept(id: string, { directory }: { readonly directory?: string } = {}): Promise<void> {
    this.#find(id);
    if (directory !== undefined) {
      this.#directories.set(id, directory);
      await this.#store?.set(DIRECTORY_PREFIX + id, textToBytes(directory));
    }
    if (!this.#driver.core.transfers.accept(id, this.#driver.moment().wall)) throw wrongState("accept");
    this.#changed();
  }

  async decline(id: string): Promise<void> {
    this.#find(id);
    if (!this.#driver.core.transfers.decline(id)) throw wrongState("decline");
    this.#changed();
  }

  async cancel(id: string): Promise<void> {
    this.#find(id);
    if (!this.#driver.core.transfers.cancel(id)) throw wrongState("cancel");
    this.#changed();
  }

  // --- from the driver ------------------------------------------------------------------------

  handle(output: Extract<EndpointOutput, { type: "file" | "fileSpent" | "fileEnded" }>): void {
    const { key } = output;
    const { transfers } = this.#driver.core;
    const wake = (): void => {
      transfers.touch(key);
      this.#driver.touch();
    };
    if (output.type === "fileEnded") {
      this.#port?.end(key);
      this.#samples.delete(key);
      // Where the files went is still shown, as long as the transfer is.
      if (this.#directories.has(key)) void this.#store?.delete(DIRECTORY_PREFIX + key).catch(() => {});
      return;
    }
    if (output.type === "fileSpent") return this.#port?.release(key, output.bytes);
    const { job, source } = output;
    const sender = transfers.senderOf(key);
    const receiver = transfers.receiverOf(key);
    const state = transfers.states.find((each) => each.key === key);
    if (job.type === "hash") this.#answerHash(job, sender ?? receiver, wake);
    else if (sender !== undefined && source !== undefined && state !== undefined) {
      this.#port?.runOutgoing(key, job, sender, { manifest: state.manifest, source }, wake);
    } else if (receiver !== undefined) {
      this.#port?.runIncoming(key, job, receiver, this.#directories.get(key) ?? this.#port.inbox, wake);
    }
  }

  #answerHash({ token, parts }: FileJob & { type: "hash" }, machine: Hashing | undefined, wake: () => void): void {
    void this.#hash?.(parts).then((digest) => {
      machine?.handleHashed(token, digest);
      wake();
    });
  }

  /** Once a turn: offers may be durable that were not. */
  settle(): void {
    for (const [key, { resolve }] of this.#storing) {
      if (!this.#driver.core.transfers.isKept(key)) continue;
      this.#storing.delete(key);
      resolve();
    }
  }

  end(): void {
    for (const { reject } of this.#storing.values()) reject(endpointClosed());
    this.#storing.clear();
  }

  /** Makes the views anew from the core. */
  refresh(): void {
    const { now } = this.#driver.moment();
    const { states } = this.#driver.core.transfers;
    this.#transfers.set(states.map((state) => this.#view(state, now)));
    const shown = new Set(states.map(({ key }) => key));
    for (const key of this.#directories.keys()) if (!shown.has(key)) this.#directories.delete(key);
  }

  #view(state: CoreTransfer, now: number): TransferView {
    const { key, peer, isOutgoing, manifest, written, total, startedAt, names } = state;
    const shown = viewState(state, this.#driver.core.stateOf(peer) === "open");
    const tops = names.length > 0 ? names : [...new Set(manifest.map(({ path }) => path.split("/")[0] ?? ""))];
    const isDone = state.stage === "done";
    const directory = isOutgoing ? undefined : (this.#directories.get(key) ?? this.#port?.inbox);
    const { end } = state;
    const stopped = end?.outcome === "stopped" ? end : undefined;
    const failure = stopped === undefined ? undefined : FAILURES[stopped.reason];
    return {
      id: key,
      peer,
      isOutgoing,
      state: shown,
      ...(failure !== undefined && { failure }),
      ...(stopped?.reason === "cancelled" && { cancelledBy: stopped.by === "local" ? "us" : "peer" }),
      names: tops.slice(0, NAMES_SHOWN_MAX).map(cleanName),
      fileCount: manifest.filter(({ kind }) => kind === "file").length,
      bytesTotal: total,
      bytesDone: written,
      bytesPerSecond: shown === "active" ? this.#rate(key, written, now) : 0,
      ...(isDone && directory !== undefined && { directory }),
      startedAt,
    };
  }

  #rate(key: string, bytes: number, at: number): number {
    const samples = (this.#samples.get(key) ?? []).filter((sample) => at - sample.at <= RATE_WINDOW_MS);
    // What was there before a restart is no speed.
    if (samples.at(-1)?.bytes === 0 && bytes > 0) samples.length = 0;
    const last = samples.at(-1);
    if (last === undefined || at - last.at >= RATE_WINDOW_MS / 20) samples.push({ at, bytes });
    this.#samples.set(key, samples);
    const [first] = samples;
    return first === undefined || at === first.at ? 0 : Math.round(((bytes - first.bytes) * 1_000) / (at - first.at));
  }

  #files(): FilePort {
    if (this.#port === undefined)
      throw new EndpointError("ERR_FILE", "Cannot send files: this endpoint has no access to files");
    return this.#port;
  }

  #find(id: string): void {
    if (!this.#driver.core.transfers.states.some(({ key }) => key === id)) {
      throw new EndpointError("ERR_TRANSFER_UNKNOWN", "Cannot find a transfer with that id");
    }
  }

  #changed(): void {
    this.#driver.touch();
    this.refresh();
  }
}

function viewState({ stage, end, isOutgoing }: CoreTransfer, isPeerHere: boolean): TransferState {
  if (end?.outcome === "stopped") {
    if (end.reason === "declined") return "declined";
    return end.reason === "cancelled" ? "cancelled" : "failed";
  }
  if (stage === "stopped") return "failed";
  if (stage === "waiting" && isOutgoing) return "offered";
  if (stage === "active" && !isPeerHere) return "waiting";
  return stage;
}

const FAILURES: Readonly<Partial<Record<string, TransferFailure>>> = {
  diskFull: "disk-full",
  notPermitted: "permission",
  unreadable: "not-found",
  changed: "changed",
  corrupt: "corrupt",
  tooLarge: "too-large",
  failed: "protocol",
};

const wrongState = (verb: string): EndpointError =>
  new EndpointError("ERR_TRANSFER_STATE", `Cannot ${verb} the transfer: it is past that`);
