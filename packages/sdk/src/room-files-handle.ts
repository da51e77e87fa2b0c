/**
 * Files of one room as the SDK shows them: the machine of the core over the room's broadcasts and channels,
 * and a disk.
 *
 * @module
 */
import {
  type CryptoProvider,
  cleanName,
  type PeerId,
  PROTOCOL,
  parseSwarmFileId,
  type RandomSource,
  type StoreEntry,
  Swarm,
  type SwarmFileId,
  type SwarmFileState,
  type SwarmOutput,
} from "@kith/core";
import type { Waiting } from "./api.ts";
import type { BulkHash } from "./bulk-hash.ts";
import type { Clock } from "./clock.ts";
import { EndpointError } from "./endpoint-error.ts";
import type { RoomFileAnswers, RoomFilePort } from "./file-port.ts";
import { giveBack } from "./give-back.ts";
import { type Observable, Subject } from "./observable.ts";
import { PartnerChannels } from "./partner-channels.ts";
import type { Room, RoomBroadcast, RoomFiles, RoomFileView } from "./rooms-api.ts";
import type { KeyValueStore } from "./storage.ts";

/** Over how long the rate is measured. */
const RATE_WINDOW_MS = 3_000;

export interface RoomFilesOptions {
  readonly room: Pick<Room, "id" | "members" | "open" | "channels" | "broadcast">;
  readonly self: PeerId;
  readonly provider: CryptoProvider;
  readonly random: RandomSource;
  readonly clock: Clock;
  /** Where to keep what is fetched and given; without one, in memory. */
  readonly store: KeyValueStore | undefined;
  /** What an earlier process kept; of it, what is under {@link roomFilesPrefix} of this room counts. */
  readonly restored: readonly StoreEntry[];
  /** Without one, files are seen and can be neither sent nor fetched. */
  readonly port: RoomFilePort | undefined;
  /** Who hashes what the provider says is hashed later. */
  readonly hash: BulkHash | undefined;
  /** A member sent data that is not the file's. */
  readonly note: (code: "room-file-corrupt", peer: PeerId) => void;
}

/** Under which keys a room's files are kept. */
export const roomFilesPrefix = (room: Room["id"]): string => `roomfiles/${room}/`;

interface Offering {
  readonly resolve: (file: SwarmFileId) => void;
  readonly reject: (error: unknown) => void;
}

interface Sample {
  readonly at: number;
  readonly bytes: number;
}

export class RoomFilesHandle implements RoomFiles {
  readonly #options: RoomFilesOptions;
  readonly #prefix: string;
  readonly #swarm: Swarm;
  readonly #channels: PartnerChannels;
  readonly #broadcast: RoomBroadcast;
  readonly #all = new Subject<readonly RoomFileView[]>([]);
  readonly #offerings = new Map<number, Offering>();
  readonly #samples = new Map<string, Sample[]>();
  readonly #stopWatching: () => void;
  #request = 0;
  #isDue = false;
  #isClosed = false;
  #cancelAlarm: () => void = () => {};

  constructor(options: RoomFilesOptions) {
    this.#options = options;
    const { room, self, provider, random, clock } = options;
    this.#prefix = roomFilesPrefix(room.id);
    const restored = options.restored
      .filter(({ key }) => key.startsWith(this.#prefix))
      .map(({ key, value }) => ({ key: key.slice(this.#prefix.length), value }));
    this.#swarm = new Swarm({ provider, random, self, restored, now: clock.now() });
    this.#broadcast = room.broadcast(PROTOCOL.swarm);
    const now = (): ReturnType<Clock["now"]> => clock.now();
    const after =
      <A extends readonly unknown[]>(handle: (...args: A) => void) =>
      (...args: A): void => {
        handle(...args);
        this.#touch();
      };
    this.#channels = new PartnerChannels({
      room,
      self,
      protocol: PROTOCOL.swarm,
      events: {
        up: after((peer, isOurs) => this.#swarm.handlePartnerUp(peer, isOurs, now())),
        down: after((peer) => this.#swarm.handlePartnerDown(peer, now())),
        message: after((peer, bytes) => this.#swarm.handleMessage(peer, bytes, now())),
        full: (peer) => this.#swarm.handleFull(peer),
        writable: after((peer) => this.#swarm.handleWritable(peer, now())),
      },
    });
    this.#stopWatching = room.members.subscribe(() => this.#meet());
    this.#meet();
    void this.#listen();
  }

  get all(): Observable<readonly RoomFileView[]> {
    return this.#all;
  }

  async send(path: string, { signal }: Waiting = {}): Promise<string> {
    signal?.throwIfAborted();
    const file = await this.#port().select(path);
    signal?.throwIfAborted();
    const request = this.#request++;
    const { promise, resolve, reject } = Promise.withResolvers<SwarmFileId>();
    this.#offerings.set(request, { resolve, reject });
    const abort = (): void => {
      this.#offerings.delete(request);
      this.#swarm.cancelOffer(request);
      reject(signal?.reason);
      this.#touch();
    };
    signal?.addEventListener("abort", abort, { once: true });
    this.#swarm.offer({ request, ...file }, this.#options.clock.now());
    this.#touch();
    return promise.finally(() => signal?.removeEventListener("abort", abort));
  }

  async fetch(id: string, { directory }: { readonly directory?: string } = {}): Promise<void> {
    const target = this.#port().target(directory);
    if (!this.#swarm.fetch(this.#find(id), target, this.#options.clock.now())) {
      throw new EndpointError("ERR_TRANSFER_STATE", "Cannot fetch the file: it is under way or here, or too many are");
    }
    this.#touch();
  }

  async cancel(id: string): Promise<void> {
    if (!this.#swarm.cancel(this.#find(id), this.#options.clock.now())) {
      throw new EndpointError("ERR_TRANSFER_STATE", "Cannot cancel the file: nothing is under way");
    }
    this.#touch();
  }

  /** We are no more in the room, or the endpoint closes: nothing is given or fetched any more. Parts stay. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#cancelAlarm();
    this.#stopWatching();
    this.#channels.close();
    for (const { reject } of this.#offerings.values()) reject(left());
    this.#offerings.clear();
    await this.#broadcast[Symbol.asyncDispose]();
  }

  async #listen(): Promise<void> {
    for await (const { from, bytes } of this.#broadcast.messages) {
      this.#swarm.handleBroadcast(from, bytes, this.#options.clock.now());
      this.#touch();
    }
  }

  #meet(): void {
    const others = this.#options.room.members.get().filter(({ isSelf }) => !isSelf);
    const members = others.map(({ peer, isOnline, path, isCut }) => ({
      peer,
      isOnline: isOnline && !isCut,
      isNeighbour: path.kind === "direct",
    }));
    this.#swarm.setMembers(members, this.#options.clock.now());
    this.#touch();
  }

  /** Does what the machine asks, at the end of this turn. */
  #touch(): void {
    if (this.#isDue || this.#isClosed) return;
    this.#isDue = true;
    queueMicrotask(() => this.#turn());
  }

  #turn(): void {
    this.#isDue = false;
    if (this.#isClosed) return;
    const { clock } = this.#options;
    const now = clock.now();
    const due = this.#swarm.nextTimeout();
    if (due !== undefined && now >= due) this.#swarm.handleTimeout(now);
    let isChanged = false;
    for (let output = this.#swarm.poll(); output !== undefined; output = this.#swarm.poll()) {
      if (output.type === "changed") isChanged = true;
      else this.#carryOut(output);
    }
    if (isChanged) this.#all.setLater(() => this.#swarm.files.map((file) => this.#view(file)));
    this.#cancelAlarm();
    const next = this.#swarm.nextTimeout();
    if (next === undefined) return;
    const wait = Math.max(0, next - now);
    this.#cancelAlarm = clock.schedule(wait as Parameters<Clock["schedule"]>[0], () => this.#touch());
  }

  #carryOut(output: Exclude<SwarmOutput, { type: "changed" }>): void {
    switch (output.type) {
      case "store":
        void this.#keep(output);
        return;
      case "broadcast":
        void this.#broadcast.send(output.bytes).catch(() => {}); // left: there is nobody to tell
        return;
      case "openPartner":
        return this.#channels.open(output.peer);
      case "closePartner":
        return this.#channels.finish(output.peer);
      case "send":
        return this.#channels.send(output.peer, output.bytes, () => {
          if (output.wasRead) giveBack(output.bytes);
        });
      case "hash":
        void this.#options.hash?.(output.parts).then((leaf) => {
          this.#swarm.handleHashed(output.token, leaf, this.#options.clock.now());
          this.#touch();
        });
        return;
      case "misbehaved":
        if (output.reason === "corrupt") this.#options.note("room-file-corrupt", output.peer);
        return this.#channels.reset(output.peer);
      case "offered":
        this.#offerings.get(output.request)?.resolve(output.file);
        this.#offerings.delete(output.request);
        return;
      case "offerFailed":
        this.#offerings.get(output.request)?.reject(offerError(output.reason));
        this.#offerings.delete(output.request);
        return;
      default:
        if (this.#options.port !== undefined) this.#options.port.run(output, this.#answers);
        else if (output.type === "prepare") this.#answers.failed(output.file, "failed");
    }
  }

  readonly #answers: RoomFileAnswers = {
    read: (token, bytes) => this.#answer(() => this.#swarm.handleRead(token, bytes, this.#options.clock.now())),
    readFailed: (token, reason) =>
      this.#answer(() => this.#swarm.handleReadFailed(token, reason, this.#options.clock.now())),
    prepared: (file, bytes) => this.#answer(() => this.#swarm.handlePrepared(file, bytes, this.#options.clock.now())),
    written: (token) => this.#answer(() => this.#swarm.handleWritten(token, this.#options.clock.now())),
    placed: (file, source) => this.#answer(() => this.#swarm.handlePlaced(file, source, this.#options.clock.now())),
    failed: (file, reason) => this.#answer(() => this.#swarm.handleDiskFailed(file, reason, this.#options.clock.now())),
  };

  #answer(give: () => void): void {
    if (this.#isClosed) return;
    give();
    this.#touch();
  }

  async #keep({ token, puts, deletes }: Extract<SwarmOutput, { type: "store" }>): Promise<void> {
    let isStored = true;
    try {
      await this.#options.store?.batch(
        puts.map(({ key, value }) => ({ key: this.#prefix + key, value })),
        deletes.map((key) => this.#prefix + key),
      );
    } catch {
      isStored = false;
    }
    if (isStored) this.#swarm.handleStored(token);
    else this.#swarm.handleStoreFailed(token, this.#options.clock.now());
    this.#touch();
  }

  #view(file: SwarmFileState): RoomFileView {
    const { id, name, bytes, from, isOurs, state, failure, bytesDone, sources, bytesServed, source } = file;
    if (state !== "fetching") this.#samples.delete(id);
    const path = source === undefined || isOurs ? undefined : this.#options.port?.pathOf(source);
    return {
      ...{ id, bytes, from, isOurs, state, bytesDone, sources, bytesServed },
      name: cleanName(name),
      ...(failure !== undefined && { failure }),
      bytesPerSecond: state === "fetching" ? this.#rate(id, bytesDone) : 0,
      ...(path !== undefined && { path }),
    };
  }

  #rate(id: SwarmFileId, bytes: number): number {
    const at = this.#options.clock.now();
    const samples = (this.#samples.get(id) ?? []).filter((sample) => at - sample.at <= RATE_WINDOW_MS);
    // What was there before a restart is no speed.
    if (samples.at(-1)?.bytes === 0 && bytes > 0) samples.length = 0;
    const last = samples.at(-1);
    if (last === undefined || at - last.at >= RATE_WINDOW_MS / 20) samples.push({ at, bytes });
    this.#samples.set(id, samples);
    const [first] = samples;
    return first === undefined || at === first.at ? 0 : Math.round(((bytes - first.bytes) * 1_000) / (at - first.at));
  }

  #port(): RoomFilePort {
    if (this.#isClosed) throw left();
    if (this.#options.port === undefined) {
      throw new EndpointError("ERR_FILE", "Cannot use files: this endpoint has no access to them");
    }
    return this.#options.port;
  }

  #find(id: string): SwarmFileId {
    const file = parseSwarmFileId(id);
    if (file === undefined || !this.#swarm.files.some((each) => each.id === file)) {
      throw new EndpointError("ERR_TRANSFER_UNKNOWN", "Cannot find a file with that id in the room");
    }
    return file;
  }
}

const left = (): EndpointError => new EndpointError("ERR_ROOM_LEFT", "We are not in that room any more");

function offerError(reason: Extract<SwarmOutput, { type: "offerFailed" }>["reason"]): EndpointError {
  if (reason === "full") return new EndpointError("ERR_LIMIT", "Cannot offer more files to this room");
  return new EndpointError("ERR_FILE", `Cannot offer the file: ${reason === "changed" ? "it changes" : "unreadable"}`);
}
