/**
 * What an {@link Endpoint} wants done, and what it tells: in the order in which it must happen.
 *
 * @module
 */
import type { ChannelOutput } from "../channel/channel-output.ts";
import type { PeerId } from "../identity/peer-id.ts";
import type { ConversationOutput } from "./conversations.ts";
import type { MailOutput } from "./mail-desk.ts";
import type { RoomChannel, RoomOutput } from "./room-output.ts";
import type { SessionEntry } from "./session-table.ts";
import type { SignalOutput } from "./signal-desk.ts";
import type { EndpointStoreOutput } from "./store-desk.ts";
import type { SwitchboardOutput } from "./switchboard-output.ts";
import type { TransferOutput } from "./transfer-output.ts";

export type EndpointOutput =
  | Extract<
      SwitchboardOutput,
      {
        type:
          | "dial"
          | "transmit"
          | "authenticated"
          | "closeLink"
          | "sessionOpened"
          | "sessionOver"
          | "pathChanged"
          | "connected"
          | "connectFailed";
      }
    >
  /** Something on a channel of the application; of a room's where `room` says so. */
  | {
      readonly type: "channel";
      readonly session: SessionEntry;
      readonly output: ChannelOutput;
      readonly room?: RoomChannel;
    }
  | RoomOutput
  | Extract<SignalOutput, { type: "rtc" }>
  | EndpointStoreOutput
  /** Delete every stored entry whose key begins so, now and for good. */
  | { readonly type: "deletePrefix"; readonly prefix: string }
  | Extract<ConversationOutput, { type: "chat" }>
  | Extract<MailOutput, { type: "deposit" | "itemTaken" }>
  | Extract<TransferOutput, { type: "file" | "fileSpent" | "fileEnded" }>
  /** A view is out of date. */
  | { readonly type: "changed"; readonly what: "contacts" | "nearby" | "pairings" | "transfers" }
  /** Loud: where a pinned key was expected, another stood. */
  | { readonly type: "keyChanged"; readonly expected: PeerId; readonly found: PeerId }
  /** For the log of the program. */
  | { readonly type: "note"; readonly code: string; readonly peer: PeerId | undefined };
