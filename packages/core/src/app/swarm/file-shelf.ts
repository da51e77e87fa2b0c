/**
 * The files known of a room. Bounded in all and for each member that announces some: the oldest one that
 * was not asked for goes. Files that we fetch or have stay.
 *
 * @module
 */
import type { CryptoProvider } from "../../crypto/provider.ts";
import type { PeerId } from "../../identity/peer-id.ts";
import { SWARM_FILES_MAX, SWARM_OFFERS_PER_MEMBER_MAX } from "../../wire/room-app-limits.ts";
import { SwarmFile } from "./swarm-file.ts";
import { type SwarmFileId, type SwarmOffer, swarmFileId } from "./swarm-message.ts";
import type { SwarmFileState } from "./swarm-output.ts";

export class FileShelf {
  /** The one heard of longest ago first. */
  readonly files: Map<SwarmFileId, SwarmFile> = new Map();
  readonly #provider: CryptoProvider;

  constructor(provider: CryptoProvider) {
    this.#provider = provider;
  }

  /** Files that we fetch or have. */
  get heldCount(): number {
    return this.#all().filter(({ isHeld }) => isHeld).length;
  }

  /** Files of which we want something from others. */
  get wanted(): readonly SwarmFile[] {
    return this.#all().filter(({ isWanted }) => isWanted);
  }

  /** Files that are here whole. */
  get whole(): readonly SwarmFile[] {
    return this.#all().filter(({ stage }) => stage.at === "have");
  }

  /** The file that is offered, which may be known already; `undefined` if there is no room for it. */
  add(offer: SwarmOffer, from: PeerId, options: { readonly isOurs: boolean }): SwarmFile | undefined {
    const id = swarmFileId(this.#provider, offer.bytes, offer.root);
    const known = this.files.get(id);
    if (known !== undefined && (known.isOurs || !options.isOurs)) return known;
    if (known === undefined && !options.isOurs && !this.#makeRoom(from)) return undefined;
    const file = new SwarmFile({ id, offer, from, isOurs: options.isOurs });
    this.files.set(id, file);
    return file;
  }

  /** Forgets sources that are not `online`. */
  keepSources(isOnline: (peer: PeerId) => boolean): void {
    for (const { sources } of this.files.values()) {
      for (const peer of sources.keys()) if (!isOnline(peer)) sources.delete(peer);
    }
  }

  #all(): SwarmFile[] {
    return [...this.files.values()];
  }

  #makeRoom(from: PeerId): boolean {
    const theirs = this.#all().filter((file) => file.from === from);
    if (theirs.length >= SWARM_OFFERS_PER_MEMBER_MAX) return this.#dropOldest(theirs);
    return this.files.size < SWARM_FILES_MAX || this.#dropOldest(this.#all());
  }

  #dropOldest(files: readonly SwarmFile[]): boolean {
    const oldest = files.find(({ stage }) => stage.at === "offered");
    if (oldest !== undefined) this.files.delete(oldest.id);
    return oldest !== undefined;
  }
}

export function viewFile(file: SwarmFile): SwarmFileState {
  const { stage } = file;
  const isIdle = stage.at === "offered" || stage.at === "failed" || stage.at === "have";
  const isGone = stage.at === "offered" && file.sources.size === 0;
  return {
    id: file.id,
    name: file.offer.name,
    bytes: file.offer.bytes,
    from: file.from,
    isOurs: file.isOurs,
    state: isGone ? "gone" : isIdle ? stage.at : "fetching",
    failure: stage.at === "failed" ? stage.reason : undefined,
    bytesDone: file.bytesDone,
    bytesServed: file.bytesServed,
    sources: file.sources.size,
    source: stage.at === "have" ? stage.source : undefined,
  };
}
