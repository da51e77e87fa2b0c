/**
 * Chats between contacts, over the control socket: at the node's side and at the asking one's.
 *
 * @module
 */
import type { ChatLifetime, ChatMessage, Observable } from "@kith/sdk";
import type { KithChat } from "../kith.ts";
import { fields, given, list, number, oneOf, optional, peerId, text, wrong } from "./control-arguments.ts";
import type { ControlClient } from "./control-client.ts";
import type { Call, Stream } from "./room-methods.ts";

export const CHAT_CALLS: readonly (readonly [string, Call])[] = [
  ["chat.send", (kith, [peer, words, options]) => kith.chat.send(peerId(peer), text(words), saidWith(options))],
  ["chat.react", (kith, [peer, id, symbol]) => kith.chat.react(peerId(peer), text(id), text(symbol))],
  ["chat.edit", (kith, [peer, id, words]) => kith.chat.edit(peerId(peer), text(id), text(words))],
  ["chat.delete", (kith, [peer, id]) => kith.chat.delete(peerId(peer), text(id))],
  ["chat.lifetime", (kith, [peer]) => kith.chat.lifetime(peerId(peer))],
  ["chat.proposeLifetime", (kith, [peer, lifetime]) => kith.chat.proposeLifetime(peerId(peer), lifetimeOf(lifetime))],
  [
    "chat.answerLifetime",
    (kith, [peer, isAccepted]) => {
      if (typeof isAccepted !== "boolean") throw wrong("true or false"); // nothing is agreed to by mistake
      return kith.chat.answerLifetime(peerId(peer), isAccepted);
    },
  ],
  ["chat.close", (kith, [peer]) => kith.chat.close(peerId(peer))],
  ["chat.history", (kith, [peer, limit]) => kith.chat.history(peerId(peer), given("limit", optional(limit, number)))],
  ["chat.markRead", (kith, [peer, ids]) => kith.chat.markRead(peerId(peer), list(ids, text))],
  ["chat.typing", (kith, [peer, isTyping]) => kith.chat.typing(peerId(peer), isTyping === true)],
];

export const CHAT_STREAMS: readonly (readonly [string, Stream])[] = [
  ["chat.watch", (kith, [peer], signal) => kith.chat.watch({ signal, ...given("peer", optional(peer, peerId)) })],
];

const saidWith = (options: unknown): { readonly replyTo?: string } =>
  options === undefined || options === null ? {} : given("replyTo", optional(fields(options)["replyTo"], text));

const lifetimeOf = (value: unknown): ChatLifetime =>
  typeof value === "number" ? value : oneOf(value, ["off", "until-closed"] as const);

export const remoteChat = (client: ControlClient, unread: Observable<readonly ChatMessage[]>): KithChat => ({
  unread,
  send: (peer, words, options) => client.call("chat.send", [peer, words, ...(options === undefined ? [] : [options])]),
  react: (peer, id, symbol) => client.call("chat.react", [peer, id, symbol]),
  edit: (peer, id, words) => client.call("chat.edit", [peer, id, words]),
  delete: (peer, id) => client.call("chat.delete", [peer, id]),
  lifetime: (peer) => client.call("chat.lifetime", [peer]),
  proposeLifetime: (peer, lifetime) => client.call("chat.proposeLifetime", [peer, lifetime]),
  answerLifetime: (peer, isAccepted) => client.call("chat.answerLifetime", [peer, isAccepted]),
  close: (peer) => client.call("chat.close", [peer]),
  history: (peer, options) => client.call("chat.history", [peer, options?.limit]),
  markRead: (peer, ids) => client.call("chat.markRead", [peer, ids]),
  typing: (peer, isTyping) => {
    client.call("chat.typing", [peer, isTyping]).catch(() => undefined); // may be lost: that is its contract
  },
  watch: (options) => client.stream("chat.watch", [options?.peer], options?.signal),
});
