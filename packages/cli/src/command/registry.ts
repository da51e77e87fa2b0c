/**
 * Every command, in the order of `kith --help`. A command's file is loaded when it is called, so
 * that `kith version` does not pay for `kith chat`.
 *
 * @module
 */
import type { CommandModule } from "./command-shape.ts";

export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<CommandModule>;
}

export const COMMANDS: readonly CommandEntry[] = [
  { name: "up", summary: "run the node: be found, be reachable", load: () => import("./up.ts") },
  { name: "peers", summary: "who is near", load: () => import("./peers.ts") },
  { name: "connect", summary: "reach a peer by address, where discovery does not", load: () => import("./connect.ts") },
  { name: "pair", summary: "make a peer a contact: PIN, QR, words or first use", load: () => import("./pair.ts") },
  {
    name: "join-code",
    summary: "a code to say aloud: somebody far away becomes a contact, or comes into a room",
    load: () => import("./join-code.ts"),
  },
  { name: "join", summary: "use the code that somebody told you", load: () => import("./join.ts") },
  {
    name: "direct",
    summary: "become contacts without any server: a code each way",
    load: () => import("./direct.ts"),
  },
  { name: "trust", summary: "contacts: list, show, revoke, block, roles, grants", load: () => import("./trust.ts") },
  { name: "chat", summary: "talk with a contact", load: () => import("./chat.ts") },
  { name: "card", summary: "contact cards: yours, giving them, those of others", load: () => import("./card.ts") },
  { name: "fact", summary: "what others vouch for about you: show it, check it", load: () => import("./fact.ts") },
  { name: "issuer", summary: "vouch for people: give credentials, end them", load: () => import("./issuer.ts") },
  {
    name: "room",
    summary: "groups that no server runs: invite, join, members",
    load: () => import("./room.ts"),
  },
  {
    name: "send",
    summary: "send files and folders to a contact, or to whoever has a code",
    load: () => import("./send.ts"),
  },
  { name: "receive", summary: "take files by the code of who sends them", load: () => import("./receive.ts") },
  { name: "inbox", summary: "unread messages and offered files", load: () => import("./inbox.ts") },
  { name: "transfers", summary: "files on their way, and how far", load: () => import("./transfers.ts") },
  { name: "relays", summary: "relays that you use: list, add, remove", load: () => import("./relays.ts") },
  { name: "relay", summary: "run a relay, or manage one that is yours", load: () => import("./relay.ts") },
  { name: "id", summary: "your own identity: show, export, import", load: () => import("./id.ts") },
  {
    name: "backup",
    summary: "identity, contacts and cards in one sealed file",
    load: () => import("./backup.ts"),
  },
  { name: "restore", summary: "put such a file back", load: () => import("./restore.ts") },
  { name: "privacy", summary: "who may see you on the network", load: () => import("./privacy.ts") },
  { name: "audit", summary: "the log of what was allowed and refused", load: () => import("./audit.ts") },
  { name: "doctor", summary: "why can I not see the other one?", load: () => import("./doctor.ts") },
  {
    name: "verify-app",
    summary: "is the app that is served there this version's?",
    load: () => import("./verify-app.ts"),
  },
  { name: "completion", summary: "Tab completion for bash, zsh and fish", load: () => import("./completion.ts") },
  { name: "version", summary: "the version of this program", load: () => import("./version.ts") },
];
