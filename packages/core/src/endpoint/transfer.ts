/**
 * One file transfer of an endpoint: its machine, the channel it uses while there is one, and what a
 * person sees of it.
 *
 *     waiting ──channel──▶ offered ──accept──▶ active ──▶ done, stopped
 *        ▲                                       │
 *        └──────────── channel gone ─────────────┘
 *
 * @module
 */
import type { FileReceiver } from "../app/file/file-receiver.ts";
import type { FileReceiverOutput } from "../app/file/file-receiver-output.ts";
import type { OutgoingRecord } from "../app/file/file-record.ts";
import type { FileSender, FileSenderOutput, TransferEnd } from "../app/file/file-sender.ts";
import type { PeerId } from "../identity/peer-id.ts";
import { after, type Duration, type Instant, millis, minutes, seconds, sooner, type WallTime } from "../lib/time.ts";
import { RESET } from "../wire/registry.ts";
import { AppChannel } from "./app-channel.ts";
import type { SessionEntry, SessionId } from "./session-table.ts";
import type { TransferKey, TransferOutput, TransferStage, TransferState } from "./transfer-output.ts";

/** A peer that refuses our channel is asked again after so long, then after twice as long each time. */
const ASK_AGAIN_MIN: Duration = seconds(2);
const ASK_AGAIN_MAX: Duration = minutes(10);

export type TransferMachine =
  | { readonly side: "out"; readonly sender: FileSender; readonly record: OutgoingRecord }
  | { readonly side: "in"; readonly receiver: FileReceiver };

/** Where every transfer keeps what it shares with the others. */
export interface TransferRoom {
  readonly outputs: TransferOutput[];
  readonly byChannel: Map<string, Transfer>;
  readonly storePrefix: string;
}

export class Transfer {
  readonly key: TransferKey;
  readonly peer: PeerId;
  readonly machine: TransferMachine;
  readonly #startedAt: WallTime;
  readonly #room: TransferRoom;
  #stage: TransferStage = "waiting";
  #end: TransferEnd | undefined;
  #names: readonly string[] = [];
  #channel: { readonly app: AppChannel; readonly session: SessionId; isOpen: boolean } | undefined;
  /** Our channels that the peer did not take, in a row; and when the next may be tried. */
  #refusals = 0;
  #askAgainAt: Instant | undefined;

  constructor(
    room: TransferRoom,
    facts: { key: TransferKey; peer: PeerId; machine: TransferMachine; startedAt: WallTime },
  ) {
    this.#room = room;
    this.key = facts.key;
    this.peer = facts.peer;
    this.machine = facts.machine;
    this.#startedAt = facts.startedAt;
    this.#changed();
  }

  get state(): TransferState {
    const { key, peer, machine } = this;
    const { written, total } = machine.side === "out" ? machine.sender.progress : machine.receiver.progress;
    const manifest = machine.side === "out" ? machine.record.manifest : machine.receiver.manifest;
    const [stage, end, names, startedAt] = [this.#stage, this.#end, this.#names, this.#startedAt];
    return { key, peer, isOutgoing: machine.side === "out", stage, end, manifest, written, total, startedAt, names };
  }

  get isOver(): boolean {
    return this.#end !== undefined;
  }

  /** Whether it can still be given up. */
  get canCancel(): boolean {
    return this.#end === undefined && this.#stage !== "done";
  }

  isMoving(session: SessionId): boolean {
    return this.#channel?.session === session && this.#stage === "active";
  }

  isOn(session: SessionId): boolean {
    return this.#channel?.session === session;
  }

  /** Whether it has something to offer and no channel for it. */
  get isWanting(): boolean {
    return this.#end === undefined && this.machine.side === "out" && this.#channel === undefined;
  }

  /** Whether a channel may be tried now. */
  get mayAsk(): boolean {
    return this.isWanting && this.#askAgainAt === undefined;
  }

  /** The peer, or its trust, is another than before: what it refused does not count any more. */
  forgiveRefusals(): void {
    this.#refusals = 0;
    this.#askAgainAt = undefined;
  }

  /** No channel could be had. */
  postpone(now: Instant): void {
    const wait = Math.min(ASK_AGAIN_MAX, ASK_AGAIN_MIN * 2 ** Math.min(this.#refusals, 16));
    this.#refusals += 1;
    this.#askAgainAt = after(now, millis(wait));
  }

  /** We opened a channel for it; it speaks once that is accepted. */
  plug(session: SessionEntry, channel: number): void {
    this.#plug(session, channel, false);
  }

  /** A channel of the sender's, which newly speaks for this transfer, and takes over from one before. */
  plugIncoming(session: SessionEntry, channel: number): void {
    if (this.machine.side !== "in") return;
    if (this.#channel !== undefined) this.#reset(RESET.cancelled);
    this.#plug(session, channel, true);
    this.machine.receiver.handleChannelOpened();
    if (this.#stage === "waiting") this.#show("active");
  }

  handleAccepted(): void {
    if (this.machine.side !== "out" || this.#channel === undefined) return;
    this.#channel.isOpen = true;
    this.#refusals = 0;
    this.machine.sender.handleChannelOpened();
    this.#show(this.#stage === "active" ? "active" : "offered");
  }

  handleWritable(): void {
    if (this.#channel?.app.handleWritable() === true) this.#any.handleWritable();
  }

  /** The peer sends no more (`isOver` false), or the channel is over. */
  handleEnded(isOver: boolean, now: Instant): void {
    if (this.machine.side === "out" && this.#channel?.isOpen === false) this.postpone(now);
    if (isOver) this.handleDetached();
    else this.#reset(RESET.cancelled);
  }

  /** The channel is gone. */
  handleDetached(): void {
    this.#unplug();
    if (this.#end !== undefined) return;
    this.#any.handleChannelClosed();
    if (this.#stage === "active") this.#show("waiting");
  }

  handleAnswer(stage: "active" | undefined): void {
    if (stage !== undefined) this.#show(stage);
  }

  handleStored(token: number, isStored: boolean, now: Instant): void {
    if (isStored) this.#any.handleStored(token);
    else this.#any.handleStoreFailed(token, now);
  }

  handleTimeout(now: Instant): void {
    this.#any.handleTimeout(now);
    if (this.#askAgainAt !== undefined && now >= this.#askAgainAt) this.#askAgainAt = undefined;
  }

  nextTimeout(): Instant | undefined {
    return sooner(this.#any.nextTimeout(), this.isWanting ? this.#askAgainAt : undefined);
  }

  /** Does what the machine wants done on its channel, and passes on the rest. True if that was the end of it. */
  drain(): boolean {
    const { machine, key, peer } = this;
    const { outputs } = this.#room;
    const wasOver = this.isOver;
    const source = machine.side === "out" ? machine.record.source : undefined;
    for (let output = this.#poll(); output !== undefined; output = this.#poll()) {
      switch (output.type) {
        case "transmit":
          if (this.#channel?.app.send(output.bytes) === false) this.#any.handleFull();
          else if ("wasRead" in output) outputs.push({ type: "fileSpent", key, bytes: output.bytes }); // copied by the channel
          break;
        case "consumed":
          this.#channel?.app.consumed(output.bytes);
          break;
        case "violation":
          this.#reset(RESET.protocolError);
          break;
        case "store":
          this.#store(output);
          break;
        case "offered":
          this.#show("offered");
          outputs.push({ type: "offered", key, peer, bytes: output.bytes });
          break;
        case "accepted":
          this.#show("active");
          break;
        case "progress":
          this.#changed();
          break;
        case "placed":
          this.#names = output.names;
          this.#show("done");
          outputs.push({ type: "completed", key, peer, isOutgoing: false });
          break;
        case "ended":
          this.#finish(output);
          break;
        default:
          outputs.push({ type: "file", key, job: output, source });
      }
    }
    return !wasOver && this.isOver;
  }

  #poll(): FileSenderOutput | FileReceiverOutput | undefined {
    return this.machine.side === "out" ? this.machine.sender.poll() : this.machine.receiver.poll();
  }

  #finish(end: TransferEnd): void {
    const { key, peer, machine } = this;
    this.#end = end;
    const channel = this.#channel;
    this.#unplug();
    if (channel !== undefined && !channel.app.stack.isOver && !channel.app.isFull) {
      channel.app.stack.finish(channel.app.channel);
    }
    if (machine.side === "out" && end.outcome === "complete") {
      this.#room.outputs.push({ type: "completed", key, peer, isOutgoing: true });
    }
    this.#show(end.outcome === "complete" ? "done" : "stopped");
    this.#room.outputs.push({ type: "fileEnded", key });
  }

  #store(output: Extract<FileSenderOutput, { type: "store" }>): void {
    const { outputs, storePrefix: prefix } = this.#room;
    const puts = output.puts.map(({ key, value }) => ({ key: prefix + key, value }));
    const deletes = output.deletes.map((key) => prefix + key);
    outputs.push({ type: "store", key: this.key, token: output.token, puts, deletes });
  }

  #plug(session: SessionEntry, channel: number, isOpen: boolean): void {
    this.#channel = { app: new AppChannel(session.stack, channel), session: session.id, isOpen };
    this.#room.byChannel.set(placeOf(session.id, channel), this);
  }

  #unplug(): void {
    const channel = this.#channel;
    if (channel !== undefined) this.#room.byChannel.delete(placeOf(channel.session, channel.app.channel));
    this.#channel = undefined;
  }

  #reset(code: number): void {
    const channel = this.#channel;
    if (channel !== undefined) channel.app.stack.reset(channel.app.channel, code);
    this.handleDetached();
  }

  #show(stage: TransferStage): void {
    this.#stage = stage;
    this.#changed();
  }

  #changed(): void {
    this.#room.outputs.push({ type: "changed" });
  }

  get #any(): FileSender | FileReceiver {
    return this.machine.side === "out" ? this.machine.sender : this.machine.receiver;
  }
}

/** Names a channel of a session within an endpoint. */
export const placeOf = (session: SessionId, channel: number): string => `${session} ${channel}`;
