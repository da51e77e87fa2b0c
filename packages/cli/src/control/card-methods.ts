/** What may be asked of contact cards over the control socket, and the node's cards as a client has them. */
import { CARD_PARTS, type CardId, type CardTextKind } from "@kith/core/card";
import type { CardFieldAt, CardFieldInput, CardLevel, Cards, Observable, WalletPassOptions } from "@kith/sdk";
import type { Kith } from "../kith.ts";
import { bytes, fields, given, list, number, oneOf, optional, peerId, text, wrong } from "./control-arguments.ts";
import type { ControlClient } from "./control-client.ts";
import type { Call, Watchable } from "./room-methods.ts";

export const CARD_STATES = ["own", "received", "offers", "givings", "links"] as const;
type CardStates = Pick<Cards, (typeof CARD_STATES)[number]>;

export const CARD_WATCHED: readonly (readonly [string, Watchable])[] = CARD_STATES.map((name) => [
  `cards.${name}`,
  (kith: Kith): Observable<unknown> => kith.cards[name],
]);

const cardId = (value: unknown): CardId => {
  if (typeof value !== "string" || !/^[0-9a-f]{16}$/.test(value)) throw wrong("the id of a card");
  return value as CardId;
};
const level = (value: unknown): CardLevel => oneOf<CardLevel>(value, ["public", "professional", "personal"]);
const version = (value: unknown): "3.0" | "4.0" => oneOf(value, ["3.0", "4.0"]);

export const CARD_CALLS: readonly (readonly [string, Call])[] = [
  ["cards.create", (kith, [label, all]) => kith.cards.create({ label: text(label), fields: list(all ?? [], fieldAt) })],
  [
    "cards.edit",
    (kith, [id, label, all]) =>
      kith.cards.edit(cardId(id), {
        ...given("label", optional(label, text)),
        ...given(
          "fields",
          optional(all, (value) => list(value, fieldAt)),
        ),
      }),
  ],
  [
    "cards.setPhoto",
    (kith, [id, photo, at]) => kith.cards.setPhoto(cardId(id), optional(photo, bytes), optional(at, level)),
  ],
  ["cards.delete", (kith, [id]) => kith.cards.delete(cardId(id))],
  ["cards.preview", (kith, [id, at]) => kith.cards.preview(cardId(id), level(at))],
  ["cards.photo", (kith, [hash]) => kith.cards.photo(text(hash))],
  ["cards.exportCard", (kith, [id, at, form]) => kith.cards.exportCard(cardId(id), level(at), version(form))],
  ["cards.importOwn", (kith, [file]) => kith.cards.importOwn(bytes(file))],
  [
    "cards.give",
    (kith, [peer, id, at, terms], signal) =>
      kith.cards.give(peerId(peer), cardId(id), level(at), { ...termsOf(terms), signal }),
  ],
  ["cards.cancelGiving", (kith, [id]) => kith.cards.cancelGiving(text(id))],
  ["cards.code", (kith, [id, at, terms]) => kith.cards.code(cardId(id), level(at), termsOf(terms))],
  [
    "cards.link",
    (kith, [id, at, terms], signal) => kith.cards.link(cardId(id), level(at), { ...linkOf(terms), signal }),
  ],
  [
    "cards.pass",
    (kith, [id, at, wanted], signal) => kith.cards.pass(cardId(id), level(at), { ...passOf(wanted), signal }),
  ],
  ["cards.revokeLink", (kith, [id], signal) => kith.cards.revokeLink(text(id), { signal })],
  ["cards.forgetLink", (kith, [id]) => kith.cards.forgetLink(text(id))],
  ["cards.accept", (kith, [id, photo]) => kith.cards.accept(text(id), { photo: photo !== false })],
  ["cards.decline", (kith, [id]) => kith.cards.decline(text(id))],
  [
    "cards.read",
    (kith, [said, by]) =>
      kith.cards.read(
        text(said),
        optional(by, (value) => oneOf(value, ["nearby", "code", "link", "file"])),
      ),
  ],
  ["cards.readFile", (kith, [file]) => kith.cards.readFile(bytes(file))],
  ["cards.fetch", (kith, [link], signal) => kith.cards.fetch(text(link), { signal })],
  ["cards.save", (kith, [id, into]) => kith.cards.save(text(id), given("into", optional(into, text)))],
  ["cards.discard", (kith, [id]) => kith.cards.discard(text(id))],
  [
    "cards.saveContacts",
    (kith, [id, indices]) =>
      kith.cards.saveContacts(
        text(id),
        optional(indices, (value) => list(value, number)),
      ),
  ],
  ["cards.search", (kith, [query]) => kith.cards.search(text(query))],
  [
    "cards.annotate",
    (kith, [id, notes, tags]) =>
      kith.cards.annotate(text(id), {
        ...given("notes", optional(notes, text)),
        ...given(
          "tags",
          optional(tags, (value) => list(value, text)),
        ),
      }),
  ],
  ["cards.addContact", (kith, [all]) => kith.cards.addContact(list(all, field))],
  ["cards.editContact", (kith, [id, all]) => kith.cards.editContact(text(id), list(all, field))],
  ["cards.twins", (kith, [id]) => kith.cards.twins(text(id))],
  ["cards.previewMerge", (kith, [first, second]) => kith.cards.previewMerge(text(first), text(second))],
  ["cards.merge", (kith, [first, second]) => kith.cards.merge(text(first), text(second))],
  ["cards.forget", (kith, [id]) => kith.cards.forget(text(id))],
  ["cards.exportReceived", (kith, [form]) => kith.cards.exportReceived(version(form))],
];

function field(value: unknown): CardFieldInput {
  const said = fields(value);
  const kinds = Object.keys(CARD_PARTS) as CardTextKind[];
  const kind = oneOf<CardTextKind>(said["kind"], kinds);
  const texts: Record<string, string> = {};
  for (const part of CARD_PARTS[kind]) texts[part] = optional(said[part], text) ?? "";
  return { kind, ...texts };
}

function fieldAt(value: unknown): CardFieldAt {
  const said = fields(value);
  return { field: field(said["field"]), ...given("level", optional(said["level"], level)) };
}

function termsOf(value: unknown): { readonly lifetime?: number; readonly isPrivate?: boolean } {
  const terms = fields(value ?? {});
  return { ...given("lifetime", optional(terms["lifetime"], number)), isPrivate: terms["isPrivate"] === true };
}

function linkOf(value: unknown): Parameters<Cards["link"]>[2] {
  const terms = fields(value ?? {});
  return {
    ...termsOf(terms),
    ...given("expires", optional(terms["expires"], number)),
    ...given("uses", optional(terms["uses"], number)),
    ...given("relay", optional(terms["relay"], text)),
  };
}

function passOf(value: unknown): WalletPassOptions {
  const said = fields(value);
  return {
    ...termsOf(said),
    ...{ relay: text(said["relay"]), words: wordsOf(said["words"]) },
    ...given(
      "link",
      optional(said["link"], (link) => passLink(fields(link))),
    ),
    ...given("picture", optional(said["picture"], bytes)),
  };
}

const passLink = ({ text: words, endsAt, expires }: Readonly<Record<string, unknown>>): WalletPassOptions["link"] =>
  expires === undefined ? { text: text(words), endsAt: number(endsAt) } : { expires: number(expires) };

function wordsOf(value: unknown): WalletPassOptions["words"] {
  const said = fields(value);
  const of = (name: string): string => text(said[name]);
  const levels = fields(said["levels"]);
  return {
    ...{ name: of("name"), title: of("title"), company: of("company"), email: of("email"), phone: of("phone") },
    ...{ address: of("address"), link: of("link"), skill: of("skill"), note: of("note"), level: of("level") },
    ...{ until: of("until"), description: of("description") },
    levels: {
      ...{ public: text(levels["public"]), professional: text(levels["professional"]) },
      personal: text(levels["personal"]),
    },
  };
}

/** The node's cards. */
export const remoteCards = (client: ControlClient, states: CardStates): Kith["cards"] => ({
  ...states,
  create: ({ label, fields }) => client.call("cards.create", [label, fields]),
  edit: (id, { label, fields }) => client.call("cards.edit", [id, label, fields]),
  setPhoto: (id, photo, at) => client.call("cards.setPhoto", [id, photo, at]),
  delete: (id) => client.call("cards.delete", [id]),
  preview: (id, at) => client.call("cards.preview", [id, at]),
  photo: (hash) => client.call("cards.photo", [hash]),
  exportCard: (id, at, form) => client.call("cards.exportCard", [id, at, form]),
  importOwn: (file) => client.call("cards.importOwn", [file]),
  give: (peer, id, at, { signal, ...terms } = {}) => client.call("cards.give", [peer, id, at, terms], signal),
  cancelGiving: (id) => client.call("cards.cancelGiving", [id]),
  code: (id, at, terms) => client.call("cards.code", [id, at, terms]),
  link: (id, at, { signal, ...terms } = {}) => client.call("cards.link", [id, at, terms], signal),
  pass: (id, at, { signal, ...wanted }) => client.call("cards.pass", [id, at, wanted], signal),
  revokeLink: (id, options) => client.call("cards.revokeLink", [id], options?.signal),
  forgetLink: (id) => client.call("cards.forgetLink", [id]),
  accept: (id, options) => client.call("cards.accept", [id, options?.photo]),
  decline: (id) => client.call("cards.decline", [id]),
  read: (said, by) => client.call("cards.read", [said, by]),
  readFile: (file) => client.call("cards.readFile", [file]),
  fetch: (link, options) => client.call("cards.fetch", [link], options?.signal),
  save: (id, options) => client.call("cards.save", [id, options?.into]),
  discard: (id) => client.call("cards.discard", [id]),
  saveContacts: (id, indices) => client.call("cards.saveContacts", [id, indices]),
  search: (query) => client.call("cards.search", [query]),
  annotate: (id, { notes, tags }) => client.call("cards.annotate", [id, notes, tags]),
  addContact: (fields) => client.call("cards.addContact", [fields]),
  editContact: (id, fields) => client.call("cards.editContact", [id, fields]),
  twins: (id) => client.call("cards.twins", [id]),
  previewMerge: (first, second) => client.call("cards.previewMerge", [first, second]),
  merge: (first, second) => client.call("cards.merge", [first, second]),
  forget: (id) => client.call("cards.forget", [id]),
  exportReceived: (form) => client.call("cards.exportReceived", [form]),
});

export async function watchCards(client: ControlClient): Promise<CardStates> {
  const [own, received, offers, givings, links] = await Promise.all([
    client.watch<ReturnType<Cards["own"]["get"]>>("cards.own"),
    client.watch<ReturnType<Cards["received"]["get"]>>("cards.received"),
    client.watch<ReturnType<Cards["offers"]["get"]>>("cards.offers"),
    client.watch<ReturnType<Cards["givings"]["get"]>>("cards.givings"),
    client.watch<ReturnType<Cards["links"]["get"]>>("cards.links"),
  ]);
  return { own, received, offers, givings, links };
}
