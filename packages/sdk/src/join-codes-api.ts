/**
 * The public face of join codes: `7-acorn-canyon`, said aloud, brings two people together through a relay that never
 * sees the words. As all views, these are plain data.
 *
 * @module
 */
import type { PeerId, RoomId } from "@kith/core";
import type { Waiting } from "./channel-api.ts";
import type { TransferView } from "./files-api.ts";
import type { Observable } from "./observable.ts";
import type { Contact, Role } from "./trust-api.ts";

/** What somebody gets who has the code. */
export type JoinCodePurpose =
  /** The two become contacts, once both have agreed. */
  | { readonly for: "contact" }
  /** An invitation into a room, for one person. */
  | { readonly for: "room"; readonly room: RoomId; readonly role?: Role }
  /** Files and folders. Nobody learns the other's name, and nobody becomes a contact. */
  | { readonly for: "files"; readonly paths: readonly string[] };

export interface JoinCodeView {
  readonly id: string;
  /** Whether we made the code. */
  readonly isOurs: boolean;
  /** Unknown to who typed it until it was right. */
  readonly for?: JoinCodePurpose["for"];
  readonly step: JoinCodeStep;
}

export type JoinCodeStep =
  /** Tell the other one. `isLonger`: it has a word more, because codes were guessed at. Times since 1970, in ms. */
  | { readonly at: "show"; readonly code: string; readonly expiresAt: number; readonly isLonger: boolean }
  /** The code is being proven, or the other person's answer is awaited. */
  | { readonly at: "meeting" }
  /** Answer whether this is to be a contact. `name`: what it calls itself. */
  | {
      readonly at: "consent";
      readonly peer: PeerId;
      readonly fingerprint: string;
      readonly name: string;
      readonly asks: readonly string[];
    }
  /** Answer whether you want these files. */
  | { readonly at: "offered"; readonly transfer: TransferView }
  | { readonly at: "moving"; readonly transfer: TransferView }
  | {
      readonly at: "done";
      /** Who is a contact now. */
      readonly contact?: Contact;
      /** At who typed: a link for `rooms.join`, good on this endpoint. */
      readonly invitation?: string;
      readonly transfer?: TransferView;
    }
  | { readonly at: "failed"; readonly reason: JoinCodeFailure; readonly transfer?: TransferView };

export type JoinCodeFailure =
  | "wrong-code" //   tried once, and it was another: the code is over for both
  | "expired"
  | "denied" //       one of the two said no
  | "cancelled"
  | "mismatch" //     the other side proves falsely: somebody may be in between
  | "blocked" //      one of the two blocks the other
  | "lost" //         the relay, or the other one, is gone
  | "room" //         no invitation could be made
  | "files" //        see `transfer`
  | "protocol";

export type JoinCodeAnswer =
  /** `role`: of the new contact; `directory`: where the files go, the inbox unless told. */
  { readonly accept: boolean; readonly role?: Role; readonly directory?: string };

export interface JoinCodes {
  /** Those that go on, and those that ended within the last minute. */
  readonly all: Observable<readonly JoinCodeView[]>;
  /**
   * Makes a code for one person and one try, and returns its id. It lives for ten minutes unless told, at most for 15.
   * `relay`: `host` or `host:port`, the usual one unless told.
   * @throws {EndpointError} `ERR_RELAY`, `ERR_FILE`, `ERR_ROOM_UNKNOWN`, `ERR_LIMIT`
   */
  create(
    purpose: JoinCodePurpose,
    options?: Waiting & { readonly lifetimeMs?: number; readonly relay?: string },
  ): Promise<string>;
  /**
   * Tries a code that somebody made. What can be none is refused before anything is sent.
   * @throws {EndpointError} `ERR_ARGUMENT`, `ERR_JOIN_CODE` (nobody waits with it), `ERR_RELAY`, `ERR_LIMIT`
   */
  join(code: string, options?: Waiting): Promise<string>;
  /** @throws {EndpointError} `ERR_PAIRING_STEP` if nothing is asked */
  answer(id: string, answer: JoinCodeAnswer): Promise<void>;
  cancel(id: string): Promise<void>;
}
