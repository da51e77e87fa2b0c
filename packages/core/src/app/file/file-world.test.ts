/**
 * A sender and a receiver of one transfer over an ordered pipe, each with a disk that survives it.
 * Reads, writes and transactions are carried out late and in a seeded order; a kill tears a write.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { nobleProvider } from "../../crypto/noble-provider.ts";
import type { CryptoProvider } from "../../crypto/provider.ts";
import { wallTime } from "../../lib/time.ts";
import { FILE_CHUNK_BYTES } from "../../wire/limits.ts";
import type { StoreOutput } from "../store-queue.ts";
import type { HashOutput } from "./file-hash.ts";
import type { TransferId } from "./file-message.ts";
import { decodeFileMessage, offeredTransferId } from "./file-message.ts";
import { FileReceiver } from "./file-receiver.ts";
import type { FileReceiverOutput } from "./file-receiver-output.ts";
import { readFileArchive } from "./file-record.ts";
import type { FileSenderOutput } from "./file-sender.ts";
import { FileSender } from "./file-sender.ts";
import type { Manifest } from "./manifest.ts";
import type { ReadOutput } from "./ordered-reads.ts";

export const WALL = wallTime(1_800_000_000_000);
export const ID = "0123456789abcdef0123456789abcdef" as TransferId;

/** The real hash, not ours: the tests hash gigabytes. */
export const provider: CryptoProvider = {
  ...nobleProvider,
  sha256: (...parts) => {
    const hash = createHash("sha256");
    for (const part of parts) hash.update(part);
    return new Uint8Array(hash.digest());
  },
};

/** The same, where contents are hashed as jobs. */
export const laterProvider: CryptoProvider = { ...provider, hashesFilesLater: true };

export interface Content {
  readonly path: string;
  readonly bytes?: Uint8Array;
}

export const manifestOf = (contents: readonly Content[]): Manifest =>
  contents.map(({ path, bytes }) => ({
    path,
    kind: bytes === undefined ? "folder" : "file",
    size: bytes?.length ?? 0,
    mode: 0o644,
    modified: WALL,
  }));

export function fill(length: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0, x = seed + 1; i < length; i += 97) {
    x = (x * 1_103_515_245 + 12_345) % 2_147_483_648;
    bytes[i] = x >> 16;
  }
  return bytes;
}

/** What the channel takes before it is full. */
const CHANNEL_MESSAGES = 3;

/** Something a side has been asked to do and has not done yet. */
interface Task {
  /** Tasks of one lane are done in order. */
  readonly lane: string;
  readonly run: () => void;
  /** What a kill in the middle leaves on disk. */
  readonly tear?: () => void;
}

abstract class Side<Output> {
  readonly disk = new Map<string, Uint8Array>();
  readonly heard: Output[] = [];
  readonly tasks: Task[] = [];
  inbox: Uint8Array[] = [];
  /** What the channel did not take. */
  held: Uint8Array | undefined;

  get archive(): ReturnType<typeof readFileArchive> {
    return readFileArchive(
      [...this.disk].map(([key, value]) => ({ key, value })),
      WALL,
    );
  }

  /** Each job a lane of its own: answered in any order. */
  protected hash({ token, parts }: HashOutput, hashed: (token: number, hash: Uint8Array) => void): void {
    this.tasks.push({ lane: `hash ${token}`, run: () => hashed(token, provider.sha256(...parts)) });
  }

  protected store(output: StoreOutput, stored: (token: number) => void): void {
    const run = (): void => {
      for (const { key, value } of output.puts) this.disk.set(key, value);
      for (const key of output.deletes) this.disk.delete(key);
      stored(output.token);
    };
    this.tasks.push({ lane: "store", run });
  }

  heardOf<T extends string>(type: T): (Output & { type: T })[] {
    return this.heard.filter((output): output is Output & { type: T } => (output as { type: string }).type === type);
  }
}

export class SendingSide extends Side<FileSenderOutput> {
  readonly contents: Content[];
  readonly #provider: CryptoProvider;
  machine: FileSender | undefined;

  constructor(provider: CryptoProvider, contents: readonly Content[]) {
    super();
    this.#provider = provider;
    this.contents = [...contents];
    const record = { id: ID, offeredAt: WALL, source: Uint8Array.of(7), manifest: manifestOf(contents) };
    this.machine = new FileSender({ provider, record, isNew: true });
  }

  restart(): void {
    const [record] = this.archive.outgoing;
    const provider = this.#provider;
    this.machine = record === undefined ? undefined : new FileSender({ provider, record, isNew: false });
  }

  take(output: FileSenderOutput, machine: FileSender): void {
    if (output.type === "store") this.store(output, (token) => machine.handleStored(token));
    if (output.type === "read") this.tasks.push({ lane: `${output.token}`, run: () => this.#read(output, machine) });
    if (output.type === "hash") this.hash(output, (token, hash) => machine.handleHashed(token, hash));
  }

  #read({ token, file, offset, length, headroom }: ReadOutput, machine: FileSender): void {
    const content = this.contents[file]?.bytes?.subarray(offset, offset + length) ?? new Uint8Array();
    const bytes = new Uint8Array(headroom + content.length);
    bytes.set(content, headroom);
    machine.handleRead(token, bytes);
  }
}

export class ReceivingSide extends Side<FileReceiverOutput> {
  readonly parts = new Map<number, Uint8Array>();
  readonly placed: Map<string, Uint8Array>[] = [];
  answer: "accept" | "decline" | "wait" = "accept";
  /** Fail writes from this many bytes on. */
  capacity = Number.POSITIVE_INFINITY;
  machine: FileReceiver | undefined;
  readonly #provider: CryptoProvider;
  #isThere = true;

  constructor(provider: CryptoProvider) {
    super();
    this.#provider = provider;
  }

  open(id: TransferId): FileReceiver {
    if (this.machine === undefined || this.machine.phase === "ended") {
      const { incoming, done } = this.archive;
      const restored = done.has(id) ? "done" : incoming.find((record) => record.id === id);
      this.machine = new FileReceiver({ provider: this.#provider, id, restored });
    }
    this.machine.handleChannelOpened();
    return this.machine;
  }

  restart(): void {
    this.machine = undefined;
    const [record] = this.archive.incoming;
    const provider = this.#provider;
    if (record !== undefined) this.machine = new FileReceiver({ provider, id: record.id, restored: record });
  }

  get bytesOnDisk(): number {
    return [...this.parts.values()].reduce((sum, part) => sum + part.length, 0);
  }

  take(output: FileReceiverOutput, machine: FileReceiver): void {
    if (output.type === "store") this.store(output, (token) => machine.handleStored(token));
    else if (output.type === "hash") this.hash(output, (token, hash) => machine.handleHashed(token, hash));
    else if (output.type === "offered" && this.answer === "accept") machine.accept(WALL);
    else if (output.type === "offered" && this.answer === "decline") machine.decline();
    else if (output.type === "prepare") {
      const parts = [...this.parts].map(([file, part]) => ({ file, bytes: part.length }));
      this.tasks.push({ lane: "prepare", run: () => machine.handlePrepared(parts) });
    } else if (output.type === "read") {
      const { token, file, offset, length } = output;
      const run = (): void => machine.handleRead(token, (this.parts.get(file) ?? NONE).slice(offset, offset + length));
      this.tasks.push({ lane: `${token}`, run });
    } else if (output.type === "write") {
      const { token, file, offset, bytes } = output;
      const run = (): void => {
        if (this.bytesOnDisk + bytes.length > this.capacity) return machine.handleFailed("diskFull");
        this.#write(file, offset, bytes);
        machine.handleWritten(token);
      };
      const tear = (): void => this.#write(file, offset, bytes.subarray(0, bytes.length >> 1));
      this.tasks.push({ lane: `file ${file}`, run, tear });
    } else if (output.type === "finish") {
      const { token, file } = output;
      const run = (): void => {
        this.#write(file, 0, NONE);
        machine.handleWritten(token);
      };
      this.tasks.push({ lane: `file ${file}`, run });
    } else if (output.type === "place") {
      const run = (): void => {
        if (this.#isThere) {
          const whole = output.manifest.flatMap(({ kind }, file): [string, Uint8Array][] =>
            kind === "file" ? [[output.paths[file]?.join("/") ?? "", this.parts.get(file) ?? NONE]] : [],
          );
          this.placed.push(new Map(whole));
          this.parts.clear();
          this.#isThere = false;
        }
        machine.handlePlaced(["names"], WALL);
      };
      this.tasks.push({ lane: "place", run });
    } else if (output.type === "discard") this.parts.clear();
  }

  #write(file: number, offset: number, bytes: Uint8Array): void {
    const part = this.parts.get(file) ?? NONE;
    assert.ok(offset <= part.length, "a hole in a part");
    const grown = new Uint8Array(Math.max(part.length, offset + bytes.length));
    grown.set(part);
    grown.set(bytes, offset);
    this.parts.set(file, grown);
  }
}

const NONE = new Uint8Array();

export class World {
  readonly sender: SendingSide;
  readonly receiver: ReceivingSide;
  step = 0;
  kill: (step: number) => "no" | "sender" | "receiver" | "both" = () => "no";
  /** Chunks transmitted that the receiver had whole on disk when a side was last killed. */
  sentAgain = 0;
  isOpen = false;
  tamper: (bytes: Uint8Array) => Uint8Array = (bytes) => bytes;
  #had = new Set<string>();
  #random: number;

  /** Of an odd seed contents are hashed as jobs. */
  constructor(contents: readonly Content[], seed = 1) {
    const given = seed % 2 === 1 ? laterProvider : provider;
    this.sender = new SendingSide(given, contents);
    this.receiver = new ReceivingSide(given);
    this.#random = seed;
  }

  open(): void {
    if (this.sender.machine === undefined || this.sender.machine.phase === "ended") return;
    this.isOpen = true;
    this.sender.machine.handleChannelOpened();
  }

  close(): void {
    this.isOpen = false;
    for (const side of [this.sender, this.receiver]) {
      side.inbox = [];
      side.held = undefined;
      side.machine?.handleChannelClosed();
    }
  }

  run(): void {
    for (;;) {
      const polled = this.#poll(this.sender, this.receiver) || this.#poll(this.receiver, this.sender);
      const tasks = [...ready(this.sender), ...ready(this.receiver)];
      if (tasks.length > 0) this.#carryOut(tasks);
      else if (!polled && !this.#deliver()) return;
      const verdict = this.kill(this.step++);
      if (verdict !== "no") this.crash(verdict);
    }
  }

  crash(who: "sender" | "receiver" | "both"): void {
    this.close();
    if (who !== "sender") for (const task of ready(this.receiver)) task.tear?.();
    for (const side of who === "both" ? [this.sender, this.receiver] : [this[who]]) {
      side.tasks.length = 0;
      side.restart();
    }
    this.#had.clear();
    for (const [file, part] of this.receiver.parts) {
      for (let end = FILE_CHUNK_BYTES; end <= part.length; end += FILE_CHUNK_BYTES) {
        this.#had.add(`${file} ${end / FILE_CHUNK_BYTES - 1}`);
      }
    }
    this.open();
  }

  #poll<Output extends { readonly type: string }>(
    side: {
      machine: { poll(): Output | undefined; handleFull(): void } | undefined;
      held: Uint8Array | undefined;
      heard: Output[];
      take(output: Output, machine: never): void;
    },
    other: { inbox: Uint8Array[] },
  ): boolean {
    const { machine } = side;
    const output = machine?.poll();
    if (output === undefined) return false;
    side.heard.push(output);
    if (output.type === "violation") this.close();
    if (output.type === "transmit" && this.isOpen) {
      const bytes = this.tamper((output as unknown as { bytes: Uint8Array }).bytes);
      const message = bytes[0] === 3 ? decodeFileMessage(bytes) : undefined;
      if (message?.type === "chunk" && this.#had.has(`${message.file} ${message.chunk}`)) this.sentAgain += 1;
      if (other.inbox.length < CHANNEL_MESSAGES) other.inbox.push(bytes);
      else {
        assert.equal(side.held, undefined, "a second message for a full channel");
        side.held = bytes;
        machine?.handleFull();
      }
    } else side.take(output, machine as never);
    return true;
  }

  #carryOut(tasks: readonly (Task & { readonly owner: Task[] })[]): void {
    this.#random = (this.#random * 1_103_515_245 + 12_345) % 2_147_483_648;
    const task = tasks[(this.#random >> 8) % tasks.length];
    if (task === undefined) return;
    task.owner.splice(
      task.owner.findIndex((candidate) => candidate.run === task.run),
      1,
    );
    task.run();
  }

  #deliver(): boolean {
    const toReceiver = this.receiver.inbox.splice(0);
    const toSender = this.sender.inbox.splice(0);
    if (toReceiver[0]?.[0] === 1) this.receiver.open(offeredTransferId(toReceiver[0]));
    this.receiver.machine?.handleMessages(toReceiver);
    this.sender.machine?.handleMessages(toSender);
    for (const [side, other] of [
      [this.sender, this.receiver],
      [this.receiver, this.sender],
    ] as const) {
      if (side.held === undefined) continue;
      other.inbox.push(side.held);
      side.held = undefined;
      side.machine?.handleWritable();
    }
    return toReceiver.length + toSender.length > 0;
  }
}

/** The first task of each lane. */
function ready(side: { tasks: Task[] }): (Task & { readonly owner: Task[] })[] {
  const lanes = new Map<string, Task & { readonly owner: Task[] }>();
  for (const task of side.tasks) if (!lanes.has(task.lane)) lanes.set(task.lane, { ...task, owner: side.tasks });
  return [...lanes.values()];
}
