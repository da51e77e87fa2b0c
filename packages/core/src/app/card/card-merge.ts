/**
 * Two entries of the list of cards that are one person (spec/app-card.md §9): a contact that was imported or typed, and
 * what a key signed; or two that nobody signed. A person says so: a shared address or number is only a hint. Nothing of
 * either is lost but one of two unsigned photos, since an entry has one, and that is told.
 *
 * @module
 */
import { nameKey } from "../../trust/display-name.ts";
import { CARD_FIELDS_MAX, CARD_TAGS_MAX } from "../../wire/card-limits.ts";
import { type CardEntry, NOTES_CHARS_MAX } from "./card-entry.ts";
import type { CardField, CardPhoto } from "./card-field.ts";

export type MergeFault =
  | "same" //      it is one entry
  | "two-keys" //  each has signed cards, and these are merged by key alone
  | "too-much"; // more fields, notes or tags than an entry holds

export interface MergedEntry {
  /** With the id of the first. Where they differ, its name and photo stand before those of the second. */
  readonly entry: CardEntry;
  /** Of the second, that has no place: the first has one as well. */
  readonly dropped: CardPhoto | undefined;
}

/** Changes neither. */
export function mergeEntries(first: CardEntry, second: CardEntry): MergedEntry | MergeFault {
  if (first.id === second.id) return "same";
  if (first.signer !== undefined && second.signer !== undefined) return "two-keys";
  const [photo, other] = [...first.fields, ...second.fields].filter((field) => field.kind === "photo");
  const dropped = other !== undefined && other.hash !== photo?.hash ? other : undefined;
  const fields: CardField[] = distinct(
    [...first.fields, ...second.fields].filter((field) => field.kind !== "photo"),
    textOf,
  );
  if (photo !== undefined) fields.push(photo);
  const tags = distinct([...first.tags, ...second.tags], (tag) => tag);
  const notes = distinct(
    [first.notes, second.notes].filter((each) => each !== ""),
    (each) => each,
  ).join("\n\n");
  if (fields.length > CARD_FIELDS_MAX || tags.length > CARD_TAGS_MAX || notes.length > NOTES_CHARS_MAX)
    return "too-much";
  const [signed] = [first, second].filter(({ signer }) => signer !== undefined);
  const entry: CardEntry = {
    ...{ id: first.id, signer: signed?.signer, cards: signed?.cards ?? [] },
    ...{ fields, isTyped: first.isTyped || second.isTyped, notes, tags },
  };
  return { entry, dropped };
}

/** Why two entries may be one person. */
export type TwinHint = "email" | "phone" | "name";

/** Who else may be the person of `entry`, and could be merged with it; each with the best reason. */
export function entryTwins(
  entries: Iterable<CardEntry>,
  entry: CardEntry,
): readonly { readonly entry: CardEntry; readonly hint: TwinHint }[] {
  const own = marksOf(entry);
  const found: { readonly entry: CardEntry; readonly hint: TwinHint }[] = [];
  for (const other of entries) {
    if (other.id === entry.id || (other.signer !== undefined && entry.signer !== undefined)) continue;
    const theirs = marksOf(other);
    const hint = HINTS.find((each) => [...theirs[each]].some((mark) => own[each].has(mark)));
    if (hint !== undefined) found.push({ entry: other, hint });
  }
  return found.sort((a, b) => HINTS.indexOf(a.hint) - HINTS.indexOf(b.hint)).slice(0, TWINS_MAX);
}

const HINTS = ["email", "phone", "name"] as const satisfies readonly TwinHint[];
/** Of one number in digits: what stands before may be the country's, or a zero in place of it. */
const PHONE_DIGITS = 8;
/** Nobody looks through more. */
const TWINS_MAX = 8;

/** Also of what ended: who had an address is who they were. */
function marksOf({ cards, fields }: CardEntry): Readonly<Record<TwinHint, ReadonlySet<string>>> {
  const marks = { email: new Set<string>(), phone: new Set<string>(), name: new Set<string>() };
  for (const field of [...cards.flatMap(({ card }) => card.content.fields), ...fields]) {
    if (field.kind === "email") marks.email.add(field.text.toLowerCase());
    else if (field.kind === "name") marks.name.add(nameKey(field.text));
    else if (field.kind === "phone") {
      const digits = field.text.replace(/\D/g, "");
      if (digits.length >= PHONE_DIGITS) marks.phone.add(digits.slice(-PHONE_DIGITS));
    }
  }
  return marks;
}

const textOf = (field: CardField): string => JSON.stringify(field);

function distinct<T>(all: readonly T[], key: (each: T) => string): T[] {
  const seen = new Set<string>();
  return all.filter((each) => !seen.has(key(each)) && seen.add(key(each)));
}
