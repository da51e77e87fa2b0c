/**
 * The file transfers of an endpoint: a machine for each, both directions, and the channel that each
 * uses while a session is up. What reads and writes files is outside; it answers by transfer.
 *
 * @module
 */
import { offeredTransferId, type TransferId } from "../app/file/file-message.ts";
import { FileReceiver } from "../app/file/file-receiver.ts";
import type { FileArchive, OutgoingRecord } from "../app/file/file-record.ts";
import { readFileArchive } from "../app/file/file-record.ts";
import { FileSender } from "../app/file/file-sender.ts";
import type { StoreEntry } from "../app/store-queue.ts";
import type { CryptoProvider } from "../crypto/provider.ts";
import type { PeerId } from "../identity/peer-id.ts";
import { Deadlines } from "../lib/deadlines.ts";
import type { Moment } from "../lib/moment.ts";
import type { Instant, WallTime } from "../lib/time.ts";
import { WireError } from "../lib/wire-error.ts";
import { TRANSFERS_PER_PEER_MAX } from "../wire/limits.ts";
import { CHANNEL_CLASS, PROTOCOL, RESET } from "../wire/registry.ts";
import { entriesByPeer } from "./peer-entries.ts";
import type { SessionEntry, SessionId } from "./session-table.ts";
import { placeOf, Transfer, type TransferMachine } from "./transfer.ts";
import type { TransferKey, TransferOutput, TransferState } from "./transfer-output.ts";

const PREFIX = "file/";
/** Transfers of a peer that ended and can still be seen. */
const ENDED_TRANSFERS_SHOWN = 32;

export class Transfers {
  readonly #provider: CryptoProvider;
  /** Transfers completed before this process, by peer: an offer that comes again is answered at once. */
  readonly #done = new Map<PeerId, ReadonlySet<TransferId>>();
  readonly #transfers = new Map<TransferKey, Transfer>(); // at most TRANSFERS_PER_PEER_MAX live ones a peer
  /** Channels of peers that have not yet said which transfer they are for. */
  readonly #unnamed: { readonly session: SessionEntry; readonly channel: number }[] = [];
  /** Those that something happened to since the last {@link settle}. */
  readonly #touched = new Set<TransferKey>();
  readonly #deadlines = new Deadlines<TransferKey>();
  readonly #byChannel = new Map<string, Transfer>();
  /** Transfers that wait for a channel, by peer. */
  readonly #wanting = new Map<PeerId, Set<TransferKey>>();
  readonly #outputs: TransferOutput[] = [];

  constructor(options: { provider: CryptoProvider; restored: readonly StoreEntry[] }, { wall }: Moment) {
    this.#provider = options.provider;
    for (const [peer, entries] of entriesByPeer(options.restored, PREFIX))
      this.#restore(peer, readFileArchive(entries, wall));
  }

  /** Where a contact's transfers are stored. */
  static storePrefix(peer: PeerId): string {
    return `${PREFIX}${peer}/`;
  }

  get states(): TransferState[] {
    return [...this.#transfers.values()].map(({ state }) => state);
  }

  get size(): number {
    return this.#transfers.size;
  }

  /** Whether a transfer moves over this session: it is not to be closed for being idle. */
  isBusy(session: SessionId): boolean {
    for (const transfer of this.#byChannel.values()) if (transfer.isMoving(session)) return true;
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
    const transfer = this.#touch(key);
    if (transfer?.machine.side !== "in" || transfer.machine.receiver.phase !== "offered") return false;
    transfer.machine.receiver.accept(wall);
    transfer.handleAnswer("active");
    return true;
  }

  decline(key: TransferKey): boolean {
    const transfer = this.#touch(key);
    if (transfer?.machine.side !== "in" || transfer.machine.receiver.phase !== "offered") return false;
    transfer.machine.receiver.decline();
    return true;
  }

  cancel(key: TransferKey): boolean {
    const transfer = this.#touch(key);
    if (transfer?.canCancel !== true) return false;
    if (transfer.machine.side === "out") transfer.machine.sender.cancel();
    else transfer.machine.receiver.cancel();
    return true;
  }

  /** Trust in the contact ended. */
  forget(peer: PeerId): void {
    for (const { key, peer: whose } of [...this.#transfers.values()]) if (whose === peer) this.cancel(key);
  }

  // --- what the world did ---------------------------------------------------------------------

  /** There is a session with the peer, or it is a contact from now on. */
  handleReachable(peer: PeerId): void {
    for (const key of this.#wanting.get(peer) ?? []) this.#touch(key)?.forgiveRefusals();
  }

  /** The peer opened a file channel, and may. */
  handleOffered(session: SessionEntry, channel: number): void {
    const waiting = this.#unnamed.filter((each) => each.session === session).length;
    if (waiting >= TRANSFERS_PER_PEER_MAX) return session.stack.reset(channel, RESET.tooMany);
    session.stack.accept(channel);
    this.#unnamed.push({ session, channel });
  }

  handleAccepted(session: SessionId, channel: number): boolean {
    const transfer = this.#find(session, channel);
    transfer?.handleAccepted();
    return transfer !== undefined;
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
    transfer?.handleWritable();
    return transfer !== undefined;
  }

  /** The peer sends no more (`isOver` false), or the channel is over. */
  handleEnded(session: SessionId, channel: number, isOver: boolean, now: Instant): boolean {
    const unnamed = this.#unnamed.findIndex((each) => each.session.id === session && each.channel === channel);
    if (unnamed >= 0) this.#unnamed.splice(unnamed, 1);
    const transfer = this.#find(session, channel);
    transfer?.handleEnded(isOver, now);
    return transfer !== undefined || unnamed >= 0;
  }

  handleSessionOver(session: SessionId): void {
    for (let i = this.#unnamed.length - 1; i >= 0; i--)
      if (this.#unnamed[i]?.session.id === session) this.#unnamed.splice(i, 1);
    for (const transfer of [...this.#byChannel.values()]) {
      if (!transfer.isOn(session)) continue;
      this.#touched.add(transfer.key);
      transfer.handleDetached();
    }
  }

  handleStored(key: TransferKey, token: number, isStored: boolean, now: Instant): void {
    this.#touch(key)?.handleStored(token, isStored, now);
  }

  /** Whether a restart would go on with what we send; true for what is over. */
  isKept(key: TransferKey): boolean {
    return this.senderOf(key)?.isKept ?? true;
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
  touch(key: TransferKey): void {
    this.#touched.add(key);
  }

  handleTimeout(now: Instant): void {
    for (const key of this.#deadlines.take(now)) this.#touch(key)?.handleTimeout(now);
  }

  nextTimeout(): Instant | undefined {
    return this.#deadlines.next();
  }

  /** Does what the machines want done on channels; what is left for others comes out of {@link poll}. */
  settle(sessionOf: (peer: PeerId) => SessionEntry | undefined, now: Instant): void {
    for (const key of this.#touched) {
      const transfer = this.#transfers.get(key);
      if (transfer !== undefined) this.#settleOne(transfer, sessionOf, now);
      else this.#deadlines.set(key, undefined);
    }
    this.#touched.clear();
  }

  #settleOne(transfer: Transfer, sessionOf: (peer: PeerId) => SessionEntry | undefined, now: Instant): void {
    if (transfer.drain()) this.#trim(transfer.peer);
    if (transfer.mayAsk) {
      const session = sessionOf(transfer.peer);
      const channel = session?.stack.open(PROTOCOL.file, CHANNEL_CLASS.bulk);
      if (session !== undefined && channel !== undefined) transfer.plug(session, channel);
      else if (session !== undefined) transfer.postpone(now); // too many channels
    }
    this.#want(transfer, transfer.isWanting);
    this.#deadlines.set(transfer.key, transfer.nextTimeout());
  }

  #want({ peer, key }: Transfer, isWanting: boolean): void {
    const wanting = this.#wanting.get(peer) ?? new Set();
    const before = wanting.size;
    if (isWanting) wanting.add(key);
    else wanting.delete(key);
    if (wanting.size > 0) this.#wanting.set(peer, wanting);
    else this.#wanting.delete(peer);
    if (before === 0 && wanting.size > 0) this.#outputs.push({ type: "want", peer, isWanted: true });
    if (before > 0 && wanting.size === 0) this.#outputs.push({ type: "want", peer, isWanted: false });
  }

  poll(): TransferOutput | undefined {
    return this.#outputs.shift();
  }

  /** What ended can still be seen, the newest few of each peer. */
  #trim(peer: PeerId): void {
    const ended = [...this.#transfers.values()].filter((each) => each.peer === peer && each.isOver);
    for (const { key } of ended.slice(0, -ENDED_TRANSFERS_SHOWN)) this.#transfers.delete(key);
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
      this.#touched.add(transfer.key);
      transfer.plugIncoming(unnamed.session, channel);
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
    for (const record of archive.incoming) {
      const receiver = new FileReceiver({ provider: this.#provider, id: record.id, restored: record });
      this.#add(peer, { side: "in", receiver }, record.id, record.acceptedAt);
    }
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

  #add(peer: PeerId, machine: TransferMachine, id: TransferId, startedAt: WallTime): Transfer {
    const key = keyOf(peer, id, machine.side);
    const room = {
      outputs: this.#outputs,
      byChannel: this.#byChannel,
      storePrefix: Transfers.storePrefix(peer),
    };
    const transfer = new Transfer(room, { key, peer, machine, startedAt });
    this.#transfers.set(key, transfer);
    this.#touched.add(key);
    return transfer;
  }

  #touch(key: TransferKey): Transfer | undefined {
    this.#touched.add(key);
    return this.#transfers.get(key);
  }

  /** The transfer on this channel, to which something happens. */
  #find(session: SessionId, channel: number): Transfer | undefined {
    const transfer = this.#byChannel.get(placeOf(session, channel));
    if (transfer !== undefined) this.#touched.add(transfer.key);
    return transfer;
  }

  #liveCount(peer: PeerId): number {
    let count = 0;
    for (const transfer of this.#transfers.values()) if (transfer.peer === peer && !transfer.isOver) count++;
    return count;
  }
}

const keyOf = (peer: PeerId, id: TransferId, side: "in" | "out"): TransferKey => `${peer}/${side}/${id}`;
