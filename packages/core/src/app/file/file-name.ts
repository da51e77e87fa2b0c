/**
 * File names from a peer are labels, never paths (spec/app-file.md §6): whatever the label says, the
 * result is one ordinary name, the same on every system, that stays in its folder, shows as it is,
 * and is no device, option or hidden file.
 *
 * Nothing here touches a disk. What exists there already is the sink's business: {@link numberedName}.
 *
 * @module
 */
import { textToBytes } from "../../lib/utf8.ts";
import { FILE_NAME_BYTES_MAX } from "../../wire/limits.ts";

/** Room that a name leaves for " (9999)" and the like, in bytes. */
const NUMBER_BYTES = 15;
/** A longer ending is not taken for one when a name must be cut. */
const ENDING_BYTES_MAX = 32;
const UNNAMED = "unnamed";

/** Windows opens devices under these, with any ending and in any case, and obeys the last two. */
const RESERVED =
  /^(con|prn|aux|nul|conin\$|conout\$|clock\$|com[0-9¹²³]|lpt[0-9¹²³]|desktop\.ini$|autorun\.inf$)(\.|$)/iu;

/**
 * One safe file name for `label`: 1 to {@link FILE_NAME_BYTES_MAX} bytes of UTF-8 in NFC, less the room for a number.
 * Total and idempotent. Different labels may give the same name.
 */
export function safeFileName(label: string): string {
  const cleaned = excerpt(label)
    .normalize("NFC")
    // Control, format (bidi overrides, zero width), lone surrogates and line separators show as something else.
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu, "")
    .replace(/[/\\:*?"<>|\p{Noncharacter_Code_Point}]/gu, "_")
    .replace(/\p{Zs}/gu, " ")
    .normalize("NFC");
  const shortened = shorten(trim(cleaned));
  if (shortened === "") return UNNAMED;
  // A dot hides, a dash becomes an option of a command, a tilde somebody's home.
  const visible = shortened.replace(/^[.~-]/u, "_");
  return RESERVED.test(visible.replace(/ +(?=\.|$)/gu, "")) ? `_${visible}` : visible;
}

/** `name` with a number before its ending: `photo (2).jpg`. Within the limit because {@link safeFileName} left room. */
export function numberedName(name: string, number: number): string {
  const { stem, ending } = splitEnding(name);
  return `${stem} (${number})${ending}`;
}

/** Equal for two names that some file system takes for one: by case, normalisation or compatibility form. */
export function foldName(name: string): string {
  return name.normalize("NFKC").toUpperCase().toLowerCase().normalize("NFKC");
}

/** Gives each name that it is asked for only once, numbering repeats. One per folder. */
export class NameSet {
  readonly #taken = new Set<string>();
  readonly #next = new Map<string, number>();

  /** {@link safeFileName} of `label`, made different from all names given before. */
  claim(label: string): string {
    const name = safeFileName(label);
    const key = foldName(name);
    if (!this.#taken.has(key)) {
      this.#taken.add(key);
      return name;
    }
    // Counting on from the last number keeps ten thousand equal names linear.
    for (let number = this.#next.get(key) ?? 2; ; number++) {
      const candidate = numberedName(name, number);
      const folded = foldName(candidate);
      if (this.#taken.has(folded)) continue;
      this.#taken.add(folded);
      this.#next.set(key, number + 1);
      return candidate;
    }
  }
}

/** Start and end of a label too long to be worth normalising whole. */
function excerpt(label: string): string {
  const head = 8 * FILE_NAME_BYTES_MAX;
  return label.length <= head
    ? label
    : label.slice(0, head) + label.slice(Math.max(head, label.length - ENDING_BYTES_MAX));
}

/** No space at either end, no dot or space at the end: Windows drops those, and two names become one. */
const trim = (name: string): string => name.replace(/^ +/u, "").replace(/[. ]+$/u, "");

/** Cuts to the limit between characters, keeping a short ending. */
function shorten(name: string): string {
  const room = FILE_NAME_BYTES_MAX - NUMBER_BYTES;
  if (textToBytes(name).length <= room) return name;
  const { stem, ending } = splitEnding(name);
  let left = room - textToBytes(ending).length;
  let kept = "";
  for (const character of stem) {
    left -= textToBytes(character).length;
    if (left < 0) break;
    kept += character;
  }
  return trim(trim(kept) + ending);
}

function splitEnding(name: string): { readonly stem: string; readonly ending: string } {
  const dot = name.lastIndexOf(".");
  const ending = dot > 0 ? name.slice(dot) : "";
  if (ending === "" || textToBytes(ending).length > ENDING_BYTES_MAX) return { stem: name, ending: "" };
  return { stem: name.slice(0, dot), ending };
}
