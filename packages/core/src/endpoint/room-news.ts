/**
 * What the rooms of an endpoint have to tell, gathered: each view that is out of date is told of once a turn.
 *
 * @module
 */
import type { StoreOutput } from "../app/store-queue.ts";
import type { PeerId } from "../identity/peer-id.ts";
import type { RoomId } from "../room/room-id.ts";
import type { RoomOutput } from "./room-output.ts";
import type { RoomReachOutput } from "./room-reach.ts";

export type RoomDeskOutput =
  | RoomOutput
  | RoomReachOutput
  | StoreOutput
  | { readonly type: "deletePrefix"; readonly prefix: string }
  | { readonly type: "note"; readonly code: string; readonly peer: PeerId };

export class RoomNews {
  readonly #outputs: RoomDeskOutput[] = [];
  readonly #changed = new Set<RoomId>();
  #isListChanged = false;
  #isRecognitionStale = true;

  push(output: RoomDeskOutput): void {
    this.#outputs.push(output);
  }

  /** Views of the room are out of date. */
  touch(room: RoomId): void {
    this.#changed.add(room);
  }

  /** The list of rooms is. */
  touchList(): void {
    this.#isListChanged = true;
  }

  /** Whom we recognise, and which doors are open, is not what it was. */
  touchRecognition(): void {
    this.#isRecognitionStale = true;
  }

  takeRecognition(): boolean {
    const isStale = this.#isRecognitionStale;
    this.#isRecognitionStale = false;
    return isStale;
  }

  /** Once a turn. */
  tellChanges(): void {
    if (this.#isListChanged) this.#outputs.push({ type: "roomChanged", room: undefined });
    this.#isListChanged = false;
    for (const room of this.#changed) this.#outputs.push({ type: "roomChanged", room });
    this.#changed.clear();
  }

  poll(): RoomDeskOutput | undefined {
    return this.#outputs.shift();
  }
}
