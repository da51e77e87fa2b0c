/**
 * What is done in a conversation beside writing: what a person types behind a slash, and `--lifetime`.
 *
 * @module
 */
import type { ChatLifetime, ChatLifetimeView, ChatMessage, Contact } from "@kith/sdk";
import { CliError, EXIT } from "./exit-code.ts";
import type { KithChat, KithRoom } from "./kith.ts";
import { durationOf } from "./option-values.ts";
import { roomLifetimeInWords } from "./render/message-view.ts";
import { safeText } from "./render/terminal-text.ts";

/** Seconds that a message in a room may live (`RoomChatSendOptions`). */
const [ROOM_LIFETIME_MIN, ROOM_LIFETIME_MAX] = [60, 86_400];

/** What `--lifetime` and `/lifetime` take: an answer, or what to ask for. */
export type LifetimeWish = { readonly answer: boolean } | { readonly ask: ChatLifetime };

/** `yes`, `no`, `off`, `closed`, or a time such as `1h`. @throws {CliError} `ERR_USAGE` */
export function lifetimeWish(text: string): LifetimeWish {
  if (text === "yes" || text === "no") return { answer: text === "yes" };
  if (text === "off") return { ask: "off" };
  if (text === "closed") return { ask: "until-closed" };
  return { ask: durationOf(text) / 1_000 };
}

/** Answers what is asked, or asks; a wish for what the contact asks is a yes. */
export async function wish(chat: KithChat, { peer }: Contact, wanted: LifetimeWish): Promise<ChatLifetimeView> {
  const { asked } = await chat.lifetime(peer);
  if ("answer" in wanted) await chat.answerLifetime(peer, wanted.answer);
  else if (asked === wanted.ask) await chat.answerLifetime(peer, true);
  else await chat.proposeLifetime(peer, wanted.ask);
  return chat.lifetime(peer);
}

/** A conversation, as what is typed behind a slash acts on it. */
export interface ChatGround {
  history(): Promise<readonly Pick<ChatMessage, "id" | "isOurs" | "isDeleted">[]>;
  edit(id: string, text: string): Promise<unknown>;
  delete(id: string): Promise<unknown>;
  react(id: string, symbol: string): Promise<unknown>;
  /** What is said where nothing of anybody else is here. */
  readonly others: string;
  /** What else this one takes; `undefined`: nothing of that name. What it comes to in words, if nothing else tells. */
  act(name: string, rest: string): Promise<string | undefined> | undefined;
}

/** The conversation with a contact. */
export const contactGround = (chat: KithChat, contact: Contact): ChatGround => {
  const { peer, name } = contact;
  const told = async (work: Promise<unknown>): Promise<undefined> => void (await work); // the chat's events tell
  return {
    history: () => chat.history(peer),
    edit: (id, text) => chat.edit(peer, id, text),
    delete: (id) => chat.delete(peer, id),
    react: (id, symbol) => chat.react(peer, id, symbol),
    others: `No message of ${safeText(name, 40)} is here`,
    act: (what, rest) => {
      if (what === "lifetime") return told(wish(chat, contact, lifetimeWish(rest)));
      if (what === "yes" || what === "no") return told(wish(chat, contact, { answer: what === "yes" }));
      return what === "close" ? told(chat.close(peer)) : undefined;
    },
  };
};

/** How long what we say in a room lives: there each message has a lifetime of its own, which its writer chooses. */
export interface RoomSpeech {
  /** Seconds; `undefined`: it stays. */
  lifetime: number | undefined;
}

/** `off`, or a time such as `1h`, in seconds. @throws {CliError} `ERR_USAGE` */
export function roomLifetime(text: string): number | undefined {
  if (text === "off") return undefined;
  const seconds = durationOf(text) / 1_000;
  if (seconds >= ROOM_LIFETIME_MIN && seconds <= ROOM_LIFETIME_MAX) return seconds;
  throw new CliError(EXIT.usage, "ERR_USAGE", `Cannot use ${text}: 1min to 24h expected, or off`);
}

/** The conversation in a room. */
export const roomGround = (chat: KithRoom["chat"], speech: RoomSpeech): ChatGround => ({
  history: async () => chat.history.get(),
  edit: (id, text) => chat.edit(id, text),
  delete: (id) => chat.delete(id),
  react: (id, symbol) => chat.react(id, symbol),
  others: "No message of another member is here",
  act: (name, rest) => {
    if (name !== "lifetime") return undefined;
    speech.lifetime = roomLifetime(rest);
    return Promise.resolve(roomLifetimeInWords(speech.lifetime));
  },
});

/**
 * Does what a line says that begins with a slash: /edit and /delete the last message of ours, /react to the last of
 * others, and what the ground takes besides. `undefined`: the line says nothing of the kind. Otherwise what there is to say
 * about it. @throws {CliError} `ERR_USAGE`
 */
export function chatAct(ground: ChatGround, line: string): Promise<string | undefined> | undefined {
  const [, name = "", rest = ""] = /^\/([a-z]+)(?:\s+(.*))?$/s.exec(line.trim()) ?? [];
  switch (name) {
    case "edit":
      if (rest === "") throw usage("/edit needs the new words");
      return onLast(ground, true, (id) => ground.edit(id, rest));
    case "delete":
      return onLast(ground, true, (id) => ground.delete(id));
    case "react":
      return onLast(ground, false, (id) => ground.react(id, rest));
    default:
      return ground.act(name, rest);
  }
}

async function onLast(ground: ChatGround, isOurs: boolean, act: (id: string) => Promise<unknown>): Promise<undefined> {
  const history = await ground.history();
  const found = history.findLast((message) => message.isOurs === isOurs && !message.isDeleted);
  if (found !== undefined) return void (await act(found.id));
  throw new CliError(EXIT.unknown, "ERR_MESSAGE_UNKNOWN", isOurs ? "No message of yours is here" : ground.others);
}

const usage = (message: string): CliError => new CliError(EXIT.usage, "ERR_USAGE", `Cannot do that: ${message}`);
