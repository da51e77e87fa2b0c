/**
 * The file transfers of an endpoint: a machine for each, both directions, and the channel that each
 * uses while a session is up. What reads and writes files is outside; it answers by transfer.
 *
 * @module
 */
import { offeredTransferId, type TransferId } from "../app/file/file-message.ts";
import { FileReceiver } from "../app/file/file-receiver.ts";
import type { FileReceiverOutput } from "../app/file/file-receiver-output.ts";
import type { FileArchive, IncomingRecord, OutgoingRecord } from "../app/file/file-record.ts";
import { readFileArchive } from "../app/file/file-record.ts";
import { FileSender, type FileSenderOutput, type TransferEnd } from "../app/file/file-sender.ts";
import type { Manifest } from "../app/file/manifest.ts";
import type { StoreEntry } from "../app/store-queue.ts";
import type { CryptoProvider } from "../crypto/provider.ts";
import { type PeerId, parsePeerId } from "../identity/peer-id.ts";
import { type Instant, sooner, type WallTime } from "../lib/time.ts";
import { WireError } from "../lib/wire-error.ts";
import { TRANSFERS_PER_PEER_MAX } from "../wire/limits.ts";
import { CHANNEL_CLASS, PROTOCOL, RESET } from "../wire/registry.ts";
import { AppChannel } from "./app-channel.ts";
import type { Moment } from "./moment.ts";
import type { SessionEntry, SessionId } from "./session-table.ts";

const PREFIX = "file/";

/** Names a transfer within an endpoint: its peer may use any id. */
export type TransferKey = string;

export type FileJob = Extract<
  FileReceiverOutput | FileSenderOutput,
  { type: "read" | "write" | "finish" | "prepare" | "place" | "discard" }
>;

export type TransferStage = "waiting" | "offered" | "active" | "done" | "stopped";

/** What a person sees of a transfer. */
export interface TransferState {
  readonly key: TransferKey;
  readonly peer: PeerId;
  readonly isOutgoing: boolean;
  readonly stage: TransferStage;
  readonly end: TransferEnd | undefined;
  readonly manifest: Manifest;
  readonly written: number;
  readonly total: number;
  readonly startedAt: WallTime;
  /** At the receiver, once placed: the names at the top. */
  readonly names: readonly string[];
}

export type TransferOutput =
  | {
      readonly type: "store";
      readonly key: TransferKey;
      readonly token: number;
      readonly puts: readonly StoreEntry[];
      readonly deletes: readonly string[];
    }
  /** Something to do with files. `source` is the sender's own note of where they are. */
  | { readonly type: "file"; readonly key: TransferKey; readonly job: FileJob; readonly source: Uint8Array | undefined }
  /** Nothing more will be asked for this transfer: close what is open. */
  | { readonly type: "fileEnded"; readonly key: TransferKey }
  /** An offer waits for a yes. */
  | { readonly type: "offered"; readonly key: TransferKey; readonly peer: PeerId; readonly bytes: number }
  | { readonly type: "completed"; readonly key: TransferKey; readonly peer: PeerId; readonly isOutgoing: boolean }
  /** Transfers wait and no session is up. */
  | { readonly type: "want"; readonly peer: PeerId; readonly isWanted: boolean }
  | { readonly type: "changed" };

type Machine =
  | { readonly side: "out"; readonly sender: FileSender; readonly record: OutgoingRecord }
  | { readonly side: "in"; readonly receiver: FileReceiver };

interface Transfer {
  readonly key: TransferKey;
  readonly peer: PeerId;
  readonly machine: Machine;
  readonly startedAt: WallTime;
  stage: TransferStage;
  end: TransferEnd | undefined;
  names: readonly string[];
  channel: { readonly app: AppChannel; readonly session: SessionId } | undefined;
}

export class Transfers {
  readonly #provider: CryptoProvider;
  /** Transfers completed before this process, by peer: an offer that comes again is answered at once. */
  readonly #done = new Map<PeerId, ReadonlySet<TransferId>>();
  readonly #transfers = new Map<TransferKey, Transfer>(); // at most TRANSFERS_PER_PEER_MAX live ones a peer
  /** Channels of peers that have not yet said which transfer they are for. */
  readonly #unnamed: { readonly session: SessionEntry; readonly channel: number }[] = [];
  readonly #wanted = new Set<PeerId>();
  readonly #outputs: TransferOutput[] = [];

  constructor(options: { provider: CryptoProvider; restored: readonly StoreEntry[] }, { wall }: Moment) {
    this.#provider = options.provider;
    const byPeer = new Map<PeerId, StoreEntry[]>();
    for (const { key, value } of options.restored) {
      const peer = key.startsWith(PREFIX) ? parsePeerId(key.slice(PREFIX.length, PREFIX.length + 64)) : undefined;
      if (peer === undefined) continue;
      const entries = byPeer.get(peer) ?? [];
      entries.push({ key: key.slice(PREFIX.length + 65), value });
      byPeer.set(peer, entries);
    }
    for (const [peer, entries] of byPeer) this.#restore(peer, readFileArchive(entries, wall));
  }

  /** Where a contact's transfers are stored. */
  static storePrefix(peer: PeerId): string {
    return `${PREFIX}${peer}/`;
  }

  get states(): TransferState[] {
    return [...this.#transfers.values()].map((transfer) => {
      const { key, peer, machine, stage, end, startedAt, names } = transfer;
      const { written, total } = machine.side === "out" ? machine.sender.progress : machine.receiver.progress;
      const manifest = machine.side === "out" ? machine.record.manifest : machine.receiver.manifest;
      return { key, peer, isOutgoing: machine.side === "out", stage, end, manifest, written, total, startedAt, names };
    });
  }

  /** Whether a transfer moves over this session: it is not to be closed for being idle. */
  isBusy(session: SessionId): boolean {
    for (const { channel, stage } of this.#transfers.values()) {
      if (channel?.session === session && stage === "active") return true;
    }
    return false;
  }

  // --- commands -------------------------------------------------------------------------------

  /** `undefined` when there are too many with this peer. The manifest is one that may be offered. */
  send(peer: PeerId, record: OutgoingRecord): TransferKey | undefined {
    if (this.#liveCount(peer) >= TRANSFERS_PER_PEER_MAX) return undefined;
    const sender = new FileSender({ provider: this.#provider, record, isNew: true });
    return this.#add(peer, { side: "out", sender, record }, record.id, record.offeredAt).key;
  }

  /** False if it does not wait for an answer. */
  accept(key: TransferKey, wall: WallTime): boolean {
    const transfer = this.#transfers.get(key);
    if (transfer?.machine.side !== "in" || transfer.machine.receiver.phase !== "offered") return false;
    transfer.machine.receiver.accept(wall);
    this.#stage(transfer, "active");
    return true;
  }

  decline(key: TransferKey): boolean {
    const transfer = this.#transfers.get(key);
    if (transfer?.machine.side !== "in" || transfer.machine.receiver.phase !== "offered") return false;
    transfer.machine.receiver.decline();
    return true;
  }

  cancel(key: TransferKey): boolean {
    const transfer = this.#transfers.get(key);
    if (transfer === undefined || transfer.end !== undefined || transfer.stage === "done") return false;
    if (transfer.machine.side === "out") transfer.machine.sender.cancel();
    else transfer.machine.receiver.cancel();
    return true;
  }

  /** Trust in the contact ended. */
  forget(peer: PeerId): void {
    for (const { key, peer: whose } of [...this.#transfers.values()]) if (whose === peer) this.cancel(key);
  }

  // --- what the world did ---------------------------------------------------------------------

  /** The peer opened a file channel, and may. */
  handleOffered(session: SessionEntry, channel: number): void {
    const waiting = this.#unnamed.filter((each) => each.session === session).length;
    if (waiting >= TRANSFERS_PER_PEER_MAX) return session.stack.reset(channel, RESET.tooMany);
    session.stack.accept(channel);
    this.#unnamed.push({ session, channel });
  }

  handleAccepted(session: SessionId, channel: number): boolean {
    const transfer = this.#find(session, channel);
    if (transfer?.machine.side !== "out") return false;
    transfer.machine.sender.handleChannelOpened();
    this.#stage(transfer, transfer.stage === "active" ? "active" : "offered");
    return true;
  }

  handleMessages(session: SessionId, channel: number, messages: readonly Uint8Array[], at: Moment): boolean {
    const transfer = this.#find(session, channel) ?? this.#name(session, channel, messages, at);
    if (transfer === undefined) return false;
    if (transfer === "refused") return true;
    if (transfer.machine.side === "out") transfer.machine.sender.handleMessages(messages);
    else transfer.machine.receiver.handleMessages(messages);
    return true;
  }

  handleWritable(session: SessionId, channel: number): boolean {
    const transfer = this.#find(session, channel);
    if (transfer?.channel === undefined) return false;
    if (!transfer.channel.app.handleWritable()) return true;
    if (transfer.machine.side === "out") transfer.machine.sender.handleWritable();
    else transfer.machine.receiver.handleWritable();
    return true;
  }

  /** The peer sends no more (`isOver` false), or the channel is over. */
  handleEnded(session: SessionId, channel: number, isOver: boolean): boolean {
    const unnamed = this.#unnamed.findIndex((each) => each.session.id === session && each.channel === channel);
    if (unnamed >= 0) this.#unnamed.splice(unnamed, 1);
    const transfer = this.#find(session, channel);
    if (transfer === undefined) return unnamed >= 0;
    if (isOver) this.#detach(transfer);
    else this.#reset(transfer, RESET.cancelled);
    return true;
  }

  handleSessionOver(session: SessionId): void {
    for (let i = this.#unnamed.length - 1; i >= 0; i--)
      if (this.#unnamed[i]?.session.id === session) this.#unnamed.splice(i, 1);
    for (const transfer of this.#transfers.values()) if (transfer.channel?.session === session) this.#detach(transfer);
  }

  handleStored(key: TransferKey, token: number, isStored: boolean, now: Instant): void {
    const transfer = this.#transfers.get(key);
    if (transfer === undefined) return;
    if (isStored) machineOf(transfer).handleStored(token);
    else machineOf(transfer).handleStoreFailed(token, now);
  }

  /** The machine that file answers go to, if the transfer goes on. */
  senderOf(key: TransferKey): FileSender | undefined {
    const machine = this.#transfers.get(key)?.machine;
    return machine?.side === "out" ? machine.sender : undefined;
  }

  receiverOf(key: TransferKey): FileReceiver | undefined {
    const machine = this.#transfers.get(key)?.machine;
    return machine?.side === "in" ? machine.receiver : undefined;
  }

  /** The file side answered a machine of this transfer. */
  touch(_key: TransferKey): void {}

  handleTimeout(now: Instant): void {
    for (const transfer of this.#transfers.values()) machineOf(transfer).handleTimeout(now);
  }

  nextTimeout(): Instant | undefined {
    let next: Instant | undefined;
    for (const transfer of this.#transfers.values()) next = sooner(next, machineOf(transfer).nextTimeout());
    return next;
  }

  /** Does what the machines want done on channels; what is left for others comes out of {@link poll}. */
  settle(sessionOf: (peer: PeerId) => SessionEntry | undefined): void {
    const wanting = new Set<PeerId>();
    for (const transfer of this.#transfers.values()) {
      this.#drain(transfer);
      if (transfer.end !== undefined || transfer.machine.side !== "out" || transfer.channel !== undefined) continue;
      wanting.add(transfer.peer);
      const session = sessionOf(transfer.peer);
      const channel = session?.stack.open(PROTOCOL.file, CHANNEL_CLASS.bulk);
      if (session === undefined || channel === undefined) continue;
      transfer.channel = { app: new AppChannel(session.stack, channel), session: session.id };
    }
    for (const peer of new Set([...wanting, ...this.#wanted])) {
      const isWanted = wanting.has(peer);
      if (isWanted === this.#wanted.has(peer)) continue;
      if (isWanted) this.#wanted.add(peer);
      else this.#wanted.delete(peer);
      this.#outputs.push({ type: "want", peer, isWanted });
    }
  }

  poll(): TransferOutput | undefined {
    return this.#outputs.shift();
  }

  #drain(transfer: Transfer): void {
    const { machine } = transfer;
    const source = machine.side === "out" ? machine.record.source : undefined;
    const next = (): FileSenderOutput | FileReceiverOutput | undefined =>
      machine.side === "out" ? machine.sender.poll() : machine.receiver.poll();
    for (let output = next(); output !== undefined; output = next()) {
      switch (output.type) {
        case "transmit":
          if (transfer.channel?.app.send(output.bytes) === false) machineOf(transfer).handleFull();
          break;
        case "consumed":
          transfer.channel?.app.consumed(output.bytes);
          break;
        case "violation":
          this.#reset(transfer, RESET.protocolError);
          break;
        case "store":
          this.#store(transfer, output);
          break;
        case "offered":
          this.#stage(transfer, "offered");
          this.#outputs.push({ type: "offered", key: transfer.key, peer: transfer.peer, bytes: output.bytes });
          break;
        case "accepted":
          this.#stage(transfer, "active");
          break;
        case "progress":
          this.#outputs.push({ type: "changed" });
          break;
        case "placed":
          transfer.names = output.names;
          this.#stage(transfer, "done");
          this.#complete(transfer);
          break;
        case "ended":
          this.#end(transfer, output);
          break;
        default:
          this.#outputs.push({ type: "file", key: transfer.key, job: output, source });
      }
    }
  }

  #end(transfer: Transfer, end: TransferEnd): void {
    transfer.end = end;
    const { channel } = transfer;
    transfer.channel = undefined;
    if (channel !== undefined && !channel.app.stack.isOver && !channel.app.isFull)
      channel.app.stack.finish(channel.app.channel);
    if (transfer.machine.side === "out" && end.outcome === "complete") this.#complete(transfer);
    this.#stage(transfer, end.outcome === "complete" ? "done" : "stopped");
    this.#outputs.push({ type: "fileEnded", key: transfer.key });
    this.#trim(transfer.peer);
  }

  #complete({ key, peer, machine }: Transfer): void {
    this.#outputs.push({ type: "completed", key, peer, isOutgoing: machine.side === "out" });
  }

  /** What ended can still be seen, the newest few of each peer. */
  #trim(peer: PeerId): void {
    const ended = [...this.#transfers.values()].filter((each) => each.peer === peer && each.end !== undefined);
    for (const { key } of ended.slice(0, -ENDED_TRANSFERS_SHOWN)) this.#transfers.delete(key);
  }

  #store(transfer: Transfer, output: Extract<FileSenderOutput, { type: "store" }>): void {
    const prefix = Transfers.storePrefix(transfer.peer);
    const puts = output.puts.map(({ key, value }) => ({ key: prefix + key, value }));
    const deletes = output.deletes.map((key) => prefix + key);
    this.#outputs.push({ type: "store", key: transfer.key, token: output.token, puts, deletes });
  }

  /** The first message of a channel says which transfer it is for. */
  #name(
    session: SessionId,
    channel: number,
    messages: readonly Uint8Array[],
    at: Moment,
  ): Transfer | "refused" | undefined {
    const index = this.#unnamed.findIndex((each) => each.session.id === session && each.channel === channel);
    const [unnamed] = index < 0 ? [] : this.#unnamed.splice(index, 1);
    const [first] = messages;
    if (unnamed === undefined || first === undefined) return undefined;
    const { stack } = unnamed.session;
    try {
      const id = offeredTransferId(first);
      const known = this.#transfers.get(keyOf(stack.peer, id, "in"));
      const transfer = known ?? this.#receive(stack.peer, id, at.wall);
      if (transfer?.machine.side !== "in") {
        stack.reset(channel, RESET.tooMany);
        return "refused";
      }
      if (transfer.channel !== undefined) this.#reset(transfer, RESET.cancelled); // a newer channel takes over
      transfer.channel = { app: new AppChannel(stack, channel), session };
      transfer.machine.receiver.handleChannelOpened();
      if (transfer.stage === "waiting") this.#stage(transfer, "active");
      return transfer;
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      stack.reset(channel, RESET.protocolError);
      return "refused";
    }
  }

  #receive(peer: PeerId, id: TransferId, wall: WallTime): Transfer | undefined {
    if (this.#liveCount(peer) >= TRANSFERS_PER_PEER_MAX) return undefined;
    const restored = this.#done.get(peer)?.has(id) === true ? "done" : undefined;
    const receiver = new FileReceiver({ provider: this.#provider, id, restored });
    return this.#add(peer, { side: "in", receiver }, id, wall);
  }

  #restore(peer: PeerId, archive: FileArchive): void {
    this.#done.set(peer, archive.done);
    for (const record of archive.outgoing) {
      const sender = new FileSender({ provider: this.#provider, record, isNew: false });
      this.#add(peer, { side: "out", sender, record }, record.id, record.offeredAt);
    }
    for (const record of archive.incoming) this.#restoreIncoming(peer, record);
    const prefix = Transfers.storePrefix(peer);
    for (const id of archive.stale)
      this.#outputs.push({ type: "file", key: keyOf(peer, id, "in"), job: { type: "discard" }, source: undefined });
    if (archive.staleKeys.length === 0) return;
    this.#outputs.push({
      type: "store",
      key: "",
      token: 0,
      puts: [],
      deletes: archive.staleKeys.map((key) => prefix + key),
    });
  }

  #restoreIncoming(peer: PeerId, record: IncomingRecord): void {
    const receiver = new FileReceiver({ provider: this.#provider, id: record.id, restored: record });
    this.#add(peer, { side: "in", receiver }, record.id, record.acceptedAt);
  }

  #add(peer: PeerId, machine: Machine, id: TransferId, startedAt: WallTime): Transfer {
    const key = keyOf(peer, id, machine.side);
    const transfer: Transfer = {
      key,
      peer,
      machine,
      startedAt,
      stage: "waiting",
      end: undefined,
      names: [],
      channel: undefined,
    };
    this.#transfers.set(key, transfer);
    this.#outputs.push({ type: "changed" });
    return transfer;
  }

  #detach(transfer: Transfer): void {
    transfer.channel = undefined;
    if (transfer.end !== undefined) return;
    machineOf(transfer).handleChannelClosed();
    if (transfer.stage === "active") this.#stage(transfer, "waiting");
  }

  #reset(transfer: Transfer, code: number): void {
    const { channel } = transfer;
    if (channel !== undefined) channel.app.stack.reset(channel.app.channel, code);
    this.#detach(transfer);
  }

  #stage(transfer: Transfer, stage: TransferStage): void {
    transfer.stage = stage;
    this.#outputs.push({ type: "changed" });
  }

  #find(session: SessionId, channel: number): Transfer | undefined {
    for (const transfer of this.#transfers.values()) {
      if (transfer.channel?.session === session && transfer.channel.app.channel === channel) return transfer;
    }
    return undefined;
  }

  #liveCount(peer: PeerId): number {
    let count = 0;
    for (const transfer of this.#transfers.values()) if (transfer.peer === peer && transfer.end === undefined) count++;
    return count;
  }
}

/** Transfers of a peer that ended and can still be seen. */
const ENDED_TRANSFERS_SHOWN = 32;

const keyOf = (peer: PeerId, id: TransferId, side: "in" | "out"): TransferKey => `${peer}/${side}/${id}`;

const machineOf = ({ machine }: Transfer): FileSender | FileReceiver =>
  machine.side === "out" ? machine.sender : machine.receiver;
