/**
 * Chat messages for the screen.
 *
 * @module
 */
import type { ChatMessage, ChatState, RoomChatMessage } from "@kith/sdk";
import type { Signs, Style } from "./style.ts";
import { safeLines, safeText } from "./terminal-text.ts";
import { clockInWords, dateInWords } from "./units.ts";

const DAY_MS = 86_400_000;

/** `18:04 Bob: hello`; further lines stand under the first. `name` is clean already. */
export function messageLines(message: ChatMessage, name: string, style: Style, now: number): readonly string[] {
  const mark = message.isOurs ? ` ${style.dim(stateSign(message.state, style.signs))}` : "";
  return saidLines({ ...message, name, at: message.writtenAt, mark }, style, now);
}

/** The same for what was said in a room. `inRoom`: its name, clean, where several are shown. */
export function roomMessageLines(
  message: RoomChatMessage,
  style: Style,
  now: number,
  inRoom?: string,
): readonly string[] {
  const name = (inRoom === undefined ? "" : `${inRoom}, `) + safeText(message.name, 40);
  return saidLines({ ...message, name, at: message.sentAt, mark: "" }, style, now);
}

interface Said {
  readonly text: string;
  readonly name: string;
  readonly isOurs: boolean;
  readonly at: number;
  /** What stands behind the last line. */
  readonly mark: string;
}

function saidLines({ text, name, isOurs, at, mark }: Said, style: Style, now: number): readonly string[] {
  const when = Math.abs(now - at) < DAY_MS ? clockInWords(at) : dateInWords(at);
  const [first = "", ...rest] = safeLines(text);
  const paint = isOurs ? style.accent : style.strong;
  const head = `${style.dim(when)} ${paint(isOurs ? "you" : name)}: `;
  const indent = " ".repeat(when.length + 1);
  if (rest.length === 0) return [`${head}${first}${mark}`];
  return [`${head}${first}`, ...rest.map((line, row) => `${indent}${line}${row === rest.length - 1 ? mark : ""}`)];
}

export function stateSign(state: ChatState, signs: Signs): string {
  return state === "expired" ? `${signs.bad} expired` : signs[state];
}
