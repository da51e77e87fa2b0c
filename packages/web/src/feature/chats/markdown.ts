/**
 * The little of Markdown that people write to each other, as data; what it means on the page is `marked-text.tsx`'s. There
 * are no links with a text of their own: what one would open is what one reads.
 *
 *     **bold**  *italic*  _italic_  `code`  https://…      > quote      - list   1. list      ``` code block
 *
 * What is not closed, or does not fit, is text. Takes time in proportion to the text, whatever is in it.
 *
 * @module
 */
export type Inline =
  | { readonly kind: "text" | "code"; readonly text: string }
  | { readonly kind: "bold" | "italic"; readonly parts: readonly Inline[] }
  /** `text` as it was written, `url` as it would be opened, `host` as the browser reads it. */
  | { readonly kind: "link"; readonly text: string; readonly url: string; readonly host: string };

export type Block =
  | { readonly kind: "text" | "quote"; readonly parts: readonly Inline[] }
  | { readonly kind: "list"; readonly first: number | undefined; readonly items: readonly (readonly Inline[])[] }
  | { readonly kind: "code"; readonly text: string };

const DEPTH_MAX = 4;
const FENCE = /^```/;
const QUOTE = /^> ?/;
const BULLET = /^[-*] (?=\S)/;
const NUMBER = /^(\d{1,6})[.)] (?=\S)/;
const URL_START = /https?:\/\//y;
const URL_BODY = /https?:\/\/[^\s<>"'`]+/y;
/** At its end they belong to the sentence, not to the address. */
const URL_TAIL = ".,;:!?)]}*_";

export function parseMarkdown(text: string): readonly Block[] {
  const lines = text.split("\n");
  const blocks: Block[] = [];
  for (let at = 0; at < lines.length; ) {
    const [block, next] = blockAt(lines, at);
    if (block !== undefined) blocks.push(block);
    at = next;
  }
  return blocks;
}

/** Its words without the marks, in one line. */
export function plainText(text: string): string {
  const inline = (parts: readonly Inline[]): string =>
    parts.map((part) => ("parts" in part ? inline(part.parts) : part.text)).join("");
  const words = parseMarkdown(text).map((block) => {
    if (block.kind === "code") return block.text;
    return block.kind === "list" ? block.items.map(inline).join(", ") : inline(block.parts);
  });
  return words.join(" ").replace(/\s+/g, " ").trim();
}

/** The block that begins at this line, and where the next one does. */
function blockAt(lines: readonly string[], at: number): readonly [Block | undefined, number] {
  const line = lines[at] ?? "";
  if (FENCE.test(line)) {
    let last = at + 1;
    while (last < lines.length && !FENCE.test(lines[last] ?? "")) last++;
    return [{ kind: "code", text: lines.slice(at + 1, last).join("\n") }, last + 1];
  }
  const run = (isPart: (line: string) => boolean): number => {
    let end = at + 1;
    while (end < lines.length && isPart(lines[end] ?? "")) end++;
    return end;
  };
  const stripped = (end: number, mark: RegExp): string[] => lines.slice(at, end).map((each) => each.replace(mark, ""));
  if (QUOTE.test(line)) {
    const end = run((each) => QUOTE.test(each));
    return [{ kind: "quote", parts: parseInline(stripped(end, QUOTE).join("\n")) }, end];
  }
  for (const mark of [BULLET, NUMBER]) {
    if (!mark.test(line)) continue;
    const end = run((each) => mark.test(each));
    const first = mark === NUMBER ? Number(NUMBER.exec(line)?.[1]) : undefined;
    return [{ kind: "list", first, items: stripped(end, mark).map((item) => parseInline(item)) }, end];
  }
  const end = run((each) => ![FENCE, QUOTE, BULLET, NUMBER].some((mark) => mark.test(each)));
  const words = lines.slice(at, end).join("\n").replace(/^\n+/, "").trimEnd();
  return [words === "" ? undefined : { kind: "text", parts: parseInline(words) }, end];
}

const MARKS = [
  { mark: "**", kind: "bold" },
  { mark: "*", kind: "italic" },
  { mark: "_", kind: "italic" },
] as const;

function parseInline(text: string, depth = 0): readonly Inline[] {
  const parts: Inline[] = [];
  let plain = "";
  const add = (part: Inline): void => {
    if (plain !== "") parts.push({ kind: "text", text: plain });
    plain = "";
    parts.push(part);
  };
  /** The next of its kind: what lies between is looked at once, so that all takes time in proportion. */
  const closing = (mark: string, from: number): number => {
    let end = text.indexOf(mark, from);
    while (end !== -1 && mark === "*" && text[end + 1] === "*") end = text.indexOf(mark, end + 2); // bold within italic
    while (end !== -1 && mark === "**" && text[end + 2] === "*") end++; // both end here: the inner one first
    return end;
  };
  for (let at = 0; at < text.length; ) {
    const character = text[at] ?? "";
    if (character === "`") {
      const end = closing("`", at + 1);
      if (end > at + 1) {
        add({ kind: "code", text: text.slice(at + 1, end) });
        at = end + 1;
        continue;
      }
    } else if (character === "h") {
      const link = linkAt(text, at);
      if (link !== undefined) {
        add(link);
        at += link.text.length;
        continue;
      }
    } else if (depth < DEPTH_MAX) {
      const found = MARKS.find(({ mark }) => text.startsWith(mark, at));
      const from = at + (found?.mark.length ?? 0);
      const end = found === undefined ? -1 : closing(found.mark, from);
      if (found !== undefined && end !== -1 && isEmphasis(text, { at, from, end, mark: found.mark })) {
        add({ kind: found.kind, parts: parseInline(text.slice(from, end), depth + 1) });
        at = end + found.mark.length;
        continue;
      }
      if (found !== undefined) {
        plain += found.mark;
        at = from;
        continue;
      }
    }
    plain += character;
    at++;
  }
  if (plain !== "") parts.push({ kind: "text", text: plain });
  return parts;
}

interface Span {
  readonly at: number;
  readonly from: number;
  readonly end: number;
  readonly mark: string;
}

/** Not around nothing, not beside its own spaces, and not within a word: `snake_case`, `2*3*4`. */
function isEmphasis(text: string, { at, from, end, mark }: Span): boolean {
  const isWord = (index: number): boolean => /[\p{L}\p{N}]/u.test(text[index] ?? " ");
  if (end === from || /\s/.test(text[from] ?? " ") || /\s/.test(text[end - 1] ?? " ")) return false;
  return mark === "**" || !(isWord(at - 1) || isWord(end + mark.length));
}

function linkAt(text: string, at: number): Extract<Inline, { kind: "link" }> | undefined {
  URL_START.lastIndex = at;
  if (!URL_START.test(text)) return undefined;
  URL_BODY.lastIndex = at;
  const whole = URL_BODY.exec(text)?.[0] ?? "";
  let length = whole.length;
  while (length > 0 && URL_TAIL.includes(whole[length - 1] ?? "")) length--; // an expression would take the square of the time
  const written = whole.slice(0, length);
  if (!URL.canParse(written)) return undefined;
  const { href, host, protocol } = new URL(written);
  if (protocol !== "https:" && protocol !== "http:") return undefined;
  return { kind: "link", text: written, url: href, host };
}
