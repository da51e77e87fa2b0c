/**
 * Chat messages for the screen.
 *
 * @module
 */
import type { PeerId } from "@kith/core";
import type { ChatLifetime, ChatLifetimeView, ChatMessage, ChatState, RoomChatMessage } from "@kith/sdk";
import type { Signs, Style } from "./style.ts";
import { safeLines, safeText } from "./terminal-text.ts";
import { bytesInWords, clockInWords, count, dateInWords, durationInWords } from "./units.ts";

const DAY_MS = 86_400_000;

/**
 * `18:04 Bob: hello`; further lines stand under the first. `name` is clean already. `answered`: the words that it
 * answers, where they are known.
 */
export function messageLines(
  message: ChatMessage,
  name: string,
  style: Style,
  now: number,
  answered?: string,
): readonly string[] {
  const sign = message.isOurs ? ` ${style.dim(stateSign(message.state, style.signs))}` : "";
  const words = wordsOf(message, said(message, name).reactions, style, answered);
  return saidLines({ ...message, ...words, name, at: message.writtenAt, mark: words.mark + sign }, style, now);
}

type AnyMessage = Pick<ChatMessage, "text" | "isEdited" | "isDeleted" | "replyTo" | "attachment">;

/** What is shown of any message, with what was done to it since. */
function wordsOf(
  message: AnyMessage,
  reactions: Spoken["reactions"],
  style: Style,
  answered: string | undefined,
): Pick<Said, "text" | "to" | "mark"> {
  return {
    to: message.replyTo === undefined ? "" : style.dim(`(to ${quoted(answered)}) `),
    text: message.isDeleted ? "(deleted)" : `${message.text}${message.isEdited ? " (edited)" : ""}${fileOf(message)}`,
    mark: style.dim(reactions.map(({ who, symbol }) => ` [${who} ${safeText(symbol)}]`).join("")),
  };
}

/** What is agreed about lifetimes, and asked. `name` is clean already. */
export function lifetimeInWords({ agreed, proposed, asked }: ChatLifetimeView, name: string): string {
  const asks = [
    ...(asked === undefined ? [] : [`${name} asks: ${lengthInWords(asked)}`]),
    ...(proposed === undefined ? [] : [`you asked: ${lengthInWords(proposed)}`]),
  ];
  return [`New messages: ${lengthInWords(agreed)}`, ...asks].join("; ");
}

/** How long what we say in a room lives, in seconds. */
export const roomLifetimeInWords = (lifetime: number | undefined): string =>
  lifetime === undefined
    ? "What you say from now on stays"
    : `What you say from now on is gone everywhere after ${lengthInWords(lifetime)}`;

const lengthInWords = (lifetime: ChatLifetime): string =>
  lifetime === "off"
    ? "stay"
    : lifetime === "until-closed"
      ? "until the chat is closed"
      : durationInWords(lifetime * 1_000);

const fileOf = ({ text, attachment }: AnyMessage): string =>
  attachment === undefined
    ? ""
    : `${text === "" ? "" : " "}[${attachment.kind} ${safeText(attachment.name, 60)}, ${bytesInWords(attachment.size)}]`;

export const erasedInWords = (how: number): string =>
  `${count(how, "message")} erased: the time is over, or the chat was closed`;

/** A message as its changes are told: each reaction with whose it is, in clean words. */
export interface Spoken {
  readonly text: string;
  readonly isDeleted: boolean;
  readonly reactions: readonly { readonly who: string; readonly symbol: string }[];
}

/** One of a contact's chat. `name` is clean already. */
export const said = (
  { text, isDeleted, reactions }: Omit<Spoken, "reactions"> & Pick<ChatMessage, "reactions">,
  name: string,
): Spoken => ({
  ...{ text, isDeleted },
  reactions: reactions.map(({ isOurs, symbol }) => ({ who: isOurs ? "you" : name, symbol })),
});

/** One of a room's. */
export const saidInRoom = (
  { text, isDeleted, reactions }: RoomChatMessage,
  nameOf: (peer: PeerId) => string,
): Spoken => ({
  ...{ text, isDeleted },
  reactions: reactions.map(({ from, symbol }) => ({ who: nameOf(from), symbol })),
});

/** What is different since the message was printed, in words. `writer` is clean already. */
export function changeLines(before: Spoken, after: Spoken, writer: string, style: Style): readonly string[] {
  const { text } = before;
  if (after.isDeleted) return before.isDeleted ? [] : [style.dim(`${writer} deleted ${quoted(text)}`)];
  if (after.text !== text) {
    const [first = "", ...rest] = safeLines(after.text);
    return [`${style.dim(`${writer} changed ${quoted(text)} to:`)} ${first}`, ...rest];
  }
  return [...new Set([...before.reactions, ...after.reactions].map(({ who }) => who))].flatMap((who) => {
    const [was, is] = [before, after].map(({ reactions }) => reactions.find((each) => each.who === who)?.symbol ?? "");
    if (was === is || is === undefined) return [];
    const words = is === "" ? `${who} took back ${safeText(was ?? "")} from` : `${who} ${safeText(is)} to`;
    return [style.dim(`${words} ${quoted(text)}`)];
  });
}

const QUOTE_COLUMNS = 30;

const quoted = (text: string | undefined): string =>
  text === undefined ? "an earlier message" : `"${safeText(text, QUOTE_COLUMNS)}"`;

/** What is known where a message of a room is shown. */
export interface RoomSurroundings {
  /** Clean, where several rooms are shown. */
  readonly inRoom?: string;
  /** What members are called here, clean: whose reactions these are. */
  readonly nameOf?: (peer: PeerId) => string;
  /** The words that it answers, where they are known. */
  readonly answered?: string | undefined;
}

/** The same for what was said in a room. */
export function roomMessageLines(
  message: RoomChatMessage,
  style: Style,
  now: number,
  { inRoom, nameOf = (peer) => peer.slice(0, 8), answered }: RoomSurroundings = {},
): readonly string[] {
  const name = (inRoom === undefined ? "" : `${inRoom}, `) + safeText(message.name, 40);
  const words = wordsOf(message, saidInRoom(message, nameOf).reactions, style, answered);
  return saidLines({ ...message, ...words, name, at: message.sentAt }, style, now);
}

interface Said {
  readonly text: string;
  readonly name: string;
  readonly isOurs: boolean;
  readonly at: number;
  /** What stands before the first line. */
  readonly to: string;
  /** What stands behind the last line. */
  readonly mark: string;
}

function saidLines({ text, name, isOurs, at, to, mark }: Said, style: Style, now: number): readonly string[] {
  const when = Math.abs(now - at) < DAY_MS ? clockInWords(at) : dateInWords(at);
  const [first = "", ...rest] = safeLines(text);
  const paint = isOurs ? style.accent : style.strong;
  const head = `${style.dim(when)} ${paint(isOurs ? "you" : name)}: ${to}`;
  const indent = " ".repeat(when.length + 1);
  if (rest.length === 0) return [`${head}${first}${mark}`];
  return [`${head}${first}`, ...rest.map((line, row) => `${indent}${line}${row === rest.length - 1 ? mark : ""}`)];
}

export function stateSign(state: ChatState, signs: Signs): string {
  return state === "expired" ? `${signs.bad} expired` : signs[state];
}
