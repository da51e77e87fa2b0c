/** A card while somebody edits it: texts as they are typed, not yet cleaned, and what is wrong with them. */
import {
  CARD_PARTS,
  type CardField,
  type CardFieldKind,
  type CardLevel,
  type CardPhoto,
  type CardTextKind,
  cardFaults,
  cardField,
  contentFault,
  cutCard,
  DEFAULT_LEVEL,
  fieldFault,
  fieldsMax,
  fieldTexts,
  type LevelledField,
  type OwnCard,
} from "@kith/core/card";

export interface DraftText {
  /** Of this draft: what is moved stays itself. */
  readonly key: number;
  readonly level: CardLevel;
  readonly kind: CardTextKind;
  /** By part. */
  readonly texts: Readonly<Record<string, string>>;
}

export interface DraftPhoto {
  readonly key: number;
  readonly level: CardLevel;
  readonly kind: "photo";
  readonly photo: CardPhoto;
  readonly bytes: Uint8Array | undefined;
}

export type DraftField = DraftText | DraftPhoto;

/** In the order in which somebody is asked for them. */
export const KINDS = [
  ...(["name", "title", "company", "email", "phone", "address"] as const),
  ...(["link", "skill", "photo", "note"] as const),
] satisfies readonly CardFieldKind[];

let keys = 0;

export const emptyField = (kind: CardTextKind): DraftText => ({
  ...{ key: keys++, level: DEFAULT_LEVEL[kind], kind, texts: {} },
});

export const photoDraft = (photo: CardPhoto, bytes: Uint8Array | undefined, level: CardLevel): DraftPhoto => ({
  ...{ key: keys++, level, kind: "photo", photo, bytes },
});

export const draftOf = ({ level, field }: LevelledField, photo?: Uint8Array): DraftField => {
  if (field.kind === "photo") return photoDraft(field, photo, level);
  const texts = fieldTexts(field);
  const byPart = CARD_PARTS[field.kind].map((part, at) => [part, texts[at] ?? ""] as const);
  return { key: keys++, level, kind: field.kind, texts: Object.fromEntries(byPart) };
};

/** Cleaned; those in which nothing was typed are left out. */
export const fieldsOf = (draft: readonly DraftField[]): readonly LevelledField[] =>
  draft.flatMap((each) => {
    const field = cleaned(each);
    const isEmpty = each.kind !== "photo" && Object.values(each.texts).every((text) => text.trim() === "");
    return isEmpty ? [] : [{ level: each.level, field }];
  });

const cleaned = (each: DraftField): CardField =>
  each.kind === "photo" ? each.photo : cardField<CardTextKind>(each.kind, each.texts);

/** What keeps this one from being given; nothing while it is empty. */
export function faultOf(each: DraftField): string | undefined {
  const [kept] = fieldsOf([each]);
  return kept === undefined ? undefined : fieldFault(kept.field);
}

/** What is wrong with the whole. */
export function draftFault(card: Pick<OwnCard, "id">, draft: readonly DraftField[]): string | undefined {
  const fields = cutCard({ fields: fieldsOf(draft) }, "personal");
  const [fault] = cardFaults(fields);
  if (fault !== undefined) return fault.fault === "field" ? fault.why : fault.fault;
  const terms = { id: card.id, level: "personal", revision: SOME_TIME, isPrivate: true } as const;
  const dates = { signedAt: SOME_TIME * 1_000, endsAt: SOME_TIME * 1_000 + 1_000 };
  const content = { ...terms, ...dates, fields } as Parameters<typeof contentFault>[0];
  return contentFault(content) === undefined ? undefined : "too-large";
}

/** Seconds: as many bytes as any date of this century. */
const SOME_TIME = 4_000_000_000;

/** Kinds of which there is room for one more. */
export const kindsLeft = (draft: readonly DraftField[]): readonly CardFieldKind[] =>
  KINDS.filter((kind) => draft.filter((each) => each.kind === kind).length < fieldsMax(kind));

export function moved(draft: readonly DraftField[], key: number, by: 1 | -1): readonly DraftField[] {
  const from = draft.findIndex((each) => each.key === key);
  const to = from + by;
  const [a, b] = [draft[from], draft[to]];
  if (a === undefined || b === undefined) return draft;
  return draft.map((each, at) => (at === from ? b : at === to ? a : each));
}
