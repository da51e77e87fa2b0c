/**
 * What may be asked over the control socket: the `Endpoint` of the SDK, name by name. Arguments are
 * read one by one; a name that is not in these tables does not exist.
 *
 * @module
 */
import { bytesToBase64url } from "@kith/core";
import type { GrantView, Narrower, Observable, PairingAnswer, PrivacyLevel } from "@kith/sdk";
import type { Kith } from "../kith.ts";
import { CARD_CALLS, CARD_WATCHED } from "./card-methods.ts";
import { CHAT_CALLS, CHAT_STREAMS } from "./chat-methods.ts";
import {
  fields,
  given,
  list,
  number,
  oneOf,
  optional,
  peerId,
  relayOrder,
  roleOf,
  text,
  wrong,
} from "./control-arguments.ts";
import { DIRECT_CALLS } from "./direct-methods.ts";
import { FACT_CALLS, FACT_WATCHED } from "./fact-methods.ts";
import { JOIN_CODE_CALLS } from "./join-code-methods.ts";
import { type Call, ROOM_CALLS, ROOM_STREAMS, ROOM_WATCHED, type Stream, type Watchable } from "./room-methods.ts";

export const WATCHED: ReadonlyMap<string, Watchable> = new Map<string, Watchable>([
  ["addresses", (kith: Kith): Observable<unknown> => kith.addresses],
  ["privacy", (kith: Kith): Observable<unknown> => kith.privacy],
  ["nearby", (kith: Kith): Observable<unknown> => kith.nearby],
  ["openSessions", (kith: Kith): Observable<unknown> => kith.openSessions],
  ["relays", (kith: Kith): Observable<unknown> => kith.relays],
  ["alarms", (kith: Kith): Observable<unknown> => kith.alarms],
  ["trust.contacts", (kith: Kith): Observable<unknown> => kith.trust.contacts],
  ["trust.blocked", (kith: Kith): Observable<unknown> => kith.trust.blocked],
  ["trust.blockList", (kith: Kith): Observable<unknown> => kith.trust.blockList],
  ["trust.received", (kith: Kith): Observable<unknown> => kith.trust.received],
  ["trust.passedOn", (kith: Kith): Observable<unknown> => kith.trust.passedOn],
  ["pairing.all", (kith: Kith): Observable<unknown> => kith.pairing.all],
  ["joinCodes.all", (kith: Kith): Observable<unknown> => kith.joinCodes.all],
  ["chat.unread", (kith: Kith): Observable<unknown> => kith.chat.unread],
  ["files.transfers", (kith: Kith): Observable<unknown> => kith.files.transfers],
  ...CARD_WATCHED,
  ...FACT_WATCHED,
  ...ROOM_WATCHED,
]);

export const CALLS: ReadonlyMap<string, Call> = new Map<string, Call>([
  ["setPrivacy", (kith, [level]) => kith.setPrivacy(oneOf<PrivacyLevel>(level, ["open", "contacts", "hidden"]))],
  [
    "connect",
    async (kith, [target, expect], signal) => {
      const session = await kith.connect(text(target), { signal, ...given("expect", optional(expect, peerId)) });
      return { peer: session.peer };
    },
  ],
  ["lookAround", (kith) => kith.lookAround()],
  ["relays.add", (kith, [address]) => kith.relays.add(text(address))],
  ["relays.manage", (kith, [relay, order], signal) => kith.relays.manage(text(relay), relayOrder(order), { signal })],
  ["relays.remove", (kith, [host]) => kith.relays.remove(text(host))],
  ["dismissAlarm", (kith, [id]) => kith.dismissAlarm(text(id))],
  [
    "backup",
    async (kith, [passphrase]) => {
      const { bytes, ...rest } = await kith.backup(text(passphrase));
      return { ...rest, bytes: bytesToBase64url(bytes) };
    },
  ],
  ["exportIdentity", (kith, [passphrase]) => kith.exportIdentity(text(passphrase))],
  [
    "trust.add",
    (kith, [peer, name, role]) =>
      kith.trust.add(peerId(peer), { name: text(name), ...given("role", optional(role, roleOf)) }),
  ],
  ["trust.rename", (kith, [peer, name]) => kith.trust.rename(peerId(peer), text(name))],
  ["trust.annotate", (kith, [peer, notes]) => kith.trust.annotate(peerId(peer), text(notes))],
  ["trust.setRole", (kith, [peer, role]) => kith.trust.setRole(peerId(peer), roleOf(role))],
  ["trust.revoke", (kith, [peer]) => kith.trust.revoke(peerId(peer))],
  ["trust.block", (kith, [peer]) => kith.trust.block(peerId(peer))],
  ["trust.unblock", (kith, [peer]) => kith.trust.unblock(peerId(peer))],
  ["trust.grant", (kith, [peer, grant]) => kith.trust.grant(peerId(peer), grantOf(grant))],
  ["trust.revokeGrant", (kith, [peer, id]) => kith.trust.revokeGrant(peerId(peer), text(id))],
  [
    "trust.passOn",
    (kith, [peer, id, narrower]) => kith.trust.passOn(peerId(peer), text(id), narrowerOf(fields(narrower ?? {}))),
  ],
  ["trust.showGrant", (kith, [peer, id]) => kith.trust.showGrant(peerId(peer), text(id))],
  ["trust.checkClock", (kith) => kith.trust.checkClock()],
  ["trust.acceptClock", (kith) => kith.trust.acceptClock()],
  ["pairing.offer", (kith, [method]) => kith.pairing.offer(oneOf(method, ["pin", "qr"]))],
  [
    "pairing.start",
    (kith, [target, method], signal) =>
      kith.pairing.start(text(target), oneOf(method, ["pin", "qr", "words", "first-use"]), { signal }),
  ],
  ["pairing.answer", (kith, [id, answer]) => kith.pairing.answer(text(id), answerOf(answer))],
  ...JOIN_CODE_CALLS,
  ...DIRECT_CALLS,
  ...CHAT_CALLS,
  ...CARD_CALLS,
  ...FACT_CALLS,
  ["files.send", (kith, [peer, paths]) => kith.files.send(peerId(peer), list(paths, text))],
  [
    "files.accept",
    (kith, [id, directory]) => kith.files.accept(text(id), given("directory", optional(directory, text))),
  ],
  ["files.decline", (kith, [id]) => kith.files.decline(text(id))],
  ["files.cancel", (kith, [id]) => kith.files.cancel(text(id))],
  ["audit.entries", (kith, [limit]) => kith.audit.entries(given("limit", optional(limit, number)))],
  ["audit.verify", (kith) => kith.audit.verify()],
  ["audit.export", (kith) => kith.audit.export()],
  ...ROOM_CALLS,
]);

export const STREAMS: ReadonlyMap<string, Stream> = new Map<string, Stream>([...CHAT_STREAMS, ...ROOM_STREAMS]);

function answerOf(value: unknown): PairingAnswer {
  const answer = fields(value);
  switch (answer["type"]) {
    case "code":
      return { type: "code", code: text(answer["code"]) };
    case "match":
      return { type: "match", same: answer["same"] === true };
    case "consent":
      return { type: "consent", accept: answer["accept"] === true, ...given("role", optional(answer["role"], roleOf)) };
    case "cancel":
      return { type: "cancel" };
    default:
      throw wrong("an answer");
  }
}

function grantOf(value: unknown): Parameters<Kith["trust"]["grant"]>[1] {
  const grant = fields(value);
  return {
    operation: text(grant["operation"]),
    ...given("notBefore", optional(grant["notBefore"], number)),
    ...given("notAfter", optional(grant["notAfter"], number)),
    ...given("delegations", optional(grant["delegations"], number)),
    limits: limitsOf(grant["limits"]),
  };
}

const narrowerOf = (narrower: Readonly<Record<string, unknown>>): Narrower => ({
  ...given("operation", optional(narrower["operation"], text)),
  ...given("notAfter", optional(narrower["notAfter"], number)),
  ...given("delegations", optional(narrower["delegations"], number)),
  limits: limitsOf(narrower["limits"]),
});

function limitsOf(value: unknown): GrantView["limits"] {
  const limits = fields(value ?? {});
  return {
    ...given("count", optional(limits["count"], number)),
    ...given("bytes", optional(limits["bytes"], number)),
    ...given("perMinute", optional(limits["perMinute"], number)),
  };
}
