/**
 * Chat messages for the screen.
 *
 * @module
 */
import type { ChatMessage, ChatState } from "@kith/sdk";
import type { Signs, Style } from "./style.ts";
import { safeLines } from "./terminal-text.ts";
import { clockInWords, dateInWords } from "./units.ts";

const DAY_MS = 86_400_000;

/** `18:04 Bob: hello`; further lines stand under the first. `name` is clean already. */
export function messageLines(message: ChatMessage, name: string, style: Style, now: number): readonly string[] {
  const when =
    Math.abs(now - message.writtenAt) < DAY_MS ? clockInWords(message.writtenAt) : dateInWords(message.writtenAt);
  const who = message.isOurs ? "you" : name;
  const [first = "", ...rest] = safeLines(message.text);
  const paint = message.isOurs ? style.accent : style.strong;
  const head = `${style.dim(when)} ${paint(who)}: `;
  const indent = " ".repeat(when.length + 1);
  const mark = message.isOurs ? ` ${style.dim(stateSign(message.state, style.signs))}` : "";
  if (rest.length === 0) return [`${head}${first}${mark}`];
  return [`${head}${first}`, ...rest.map((line, at) => `${indent}${line}${at === rest.length - 1 ? mark : ""}`)];
}

export function stateSign(state: ChatState, signs: Signs): string {
  return state === "expired" ? `${signs.bad} expired` : signs[state];
}
