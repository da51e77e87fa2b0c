/** Our own cards: made, edited, cut, signed, exported. */
import { cleanName, type WallTime, wallTime } from "@kith/core";
import {
  CARD_FIELDS_MAX,
  CARD_LIFETIME,
  CARD_LIFETIME_MAX,
  type CardContent,
  type CardField,
  type CardId,
  type CardLevel,
  type CardPhoto,
  cardFaults,
  cleanField,
  contentBytes,
  contentFault,
  cutCard,
  DEFAULT_LEVEL,
  editCard,
  exportVcard,
  fieldFault,
  importVcards,
  type LevelledField,
  newCard,
  OWN_CARDS_MAX,
  type OwnCard,
  photoField,
  type SignedCard,
  signCard,
} from "@kith/core/card";
import { EndpointError } from "../endpoint-error.ts";
import { type CardsGround, unknownCard } from "./card-ground.ts";
import type { CardShelf, ShelvedPhoto } from "./card-shelf.ts";
import type { CardFieldAt, CardFieldInput, CardPreview, CardTermsOptions, OwnCardView } from "./cards-api.ts";

export class OwnCards {
  readonly #ground: CardsGround;
  readonly #shelf: CardShelf;

  constructor(ground: CardsGround, shelf: CardShelf) {
    [this.#ground, this.#shelf] = [ground, shelf];
  }

  get views(): readonly OwnCardView[] {
    const key = ({ label, id }: OwnCardView): string => `${label.toLowerCase()}\n${id}`;
    return [...this.#shelf.own.values()].map(view).sort((a, b) => (key(a) < key(b) ? -1 : 1));
  }

  get(id: CardId): OwnCard {
    const card = this.#shelf.own.get(id);
    if (card === undefined) throw unknownCard("card");
    return card;
  }

  create(label: string, given: readonly CardFieldAt[]): Promise<OwnCardView> {
    return this.#add([{ label, fields: levelled(given) }]).then(
      ([card]) => card ?? Promise.reject(unknownCard("card")),
    );
  }

  edit(
    id: CardId,
    change: { readonly label?: string; readonly fields?: readonly CardFieldAt[] },
  ): Promise<OwnCardView> {
    const { label, fields } = change;
    const typed = fields === undefined ? undefined : levelled(fields);
    return this.#change(id, (card) => {
      const photo = card.fields.filter(({ field }) => field.kind === "photo");
      const next = typed === undefined ? card : editCard(card, whole([...typed, ...photo]), this.#wall);
      return { ...next, ...(label !== undefined && { label: cleanName(label) }) };
    });
  }

  setPhoto(id: CardId, bytes: Uint8Array | undefined, level: CardLevel): Promise<OwnCardView> {
    const photo = bytes === undefined ? undefined : this.#photoOf(bytes);
    if (typeof photo === "string")
      throw new EndpointError("ERR_ARGUMENT", `Cannot take photo: ${photo}; JPEG, PNG or WebP of 64 KiB at most`);
    const photos = photo === undefined || bytes === undefined ? [] : [{ hash: photo.hash, bytes: bytes.slice() }];
    return this.#change(
      id,
      (card) => {
        const others = card.fields.filter(({ field }) => field.kind !== "photo");
        const fields = photo === undefined ? others : [...others, { level, field: photo }];
        return editCard(card, whole(fields), this.#wall);
      },
      photos,
    );
  }

  delete(id: CardId): Promise<void> {
    return this.#shelf.change(() => {
      this.get(id);
      return { changes: [{ kind: "own", id, value: undefined }], result: undefined };
    });
  }

  preview(id: CardId, level: CardLevel): CardPreview {
    const content = this.#contentOf(this.get(id), level, {});
    const faults = cardFaults(content.fields);
    const bytes = contentBytes(content);
    const isTooLarge = contentFault(content) === "too-large";
    const photo = content.fields.find((field) => field.kind === "photo");
    return {
      fields: content.fields,
      ...{ bytes, photoBytes: photo?.bytes ?? 0 },
      faults: isTooLarge ? [...faults, { fault: "too-large" }] : faults,
    };
  }

  /** The card as it is given. @throws {EndpointError} */
  sign(id: CardId, level: CardLevel, terms: CardTermsOptions): SignedCard {
    const content = this.#contentOf(this.get(id), level, terms);
    const fault = contentFault(content);
    if (fault !== undefined) throw new EndpointError("ERR_CARD", `Cannot give the card at this level: ${WHY[fault]}`);
    return signCard(this.#ground.provider, this.#ground.identity, content);
  }

  async photoOf(card: { readonly fields: readonly CardField[] }): Promise<Uint8Array | undefined> {
    const named = card.fields.find((field) => field.kind === "photo");
    return named === undefined ? undefined : this.#shelf.photo(named.hash);
  }

  async export(id: CardId, level: CardLevel, version: "3.0" | "4.0"): Promise<string> {
    const fields = cutCard(this.get(id), level);
    if (cardFaults(fields).length > 0)
      throw new EndpointError("ERR_CARD", `Cannot export the card at this level: ${WHY.fields}`);
    const named = fields.find((field) => field.kind === "photo");
    const bytes = await this.photoOf({ fields });
    return exportVcard(fields, { version, ...(named && bytes && { photo: { bytes, format: named.format } }) });
  }

  import(file: Uint8Array): Promise<readonly OwnCardView[]> {
    const photos: ShelvedPhoto[] = [];
    const cards = importVcards(file).cards.map((each) => {
      const photo = each.photo === undefined ? undefined : this.#photoOf(each.photo);
      const isHeld = typeof photo === "object" && each.photo !== undefined;
      if (isHeld && each.photo !== undefined) photos.push({ hash: photo.hash, bytes: each.photo.slice() });
      const fields = isHeld ? [...each.fields, photo] : each.fields;
      const name = fields.find(({ kind }) => kind === "name" || kind === "company");
      return {
        label: name !== undefined && "text" in name ? name.text : "",
        fields: fields.map((field) => ({ level: DEFAULT_LEVEL[field.kind], field })),
      };
    });
    if (cards.length === 0) throw new EndpointError("ERR_ARGUMENT", "Cannot import: there is no vCard in it");
    return this.#add(cards, photos);
  }

  #add(
    cards: readonly { readonly label: string; readonly fields: readonly LevelledField[] }[],
    photos: readonly ShelvedPhoto[] = [],
  ): Promise<readonly OwnCardView[]> {
    const { random } = this.#ground;
    const made = cards.map(({ label, fields }) => {
      const [clean, wall] = [cleanName(label), this.#wall];
      return newCard({ random, label: clean, fields: whole(fields), wall });
    });
    return this.#shelf.change(() => {
      if (this.#shelf.own.size + made.length > OWN_CARDS_MAX)
        throw new EndpointError("ERR_LIMIT", `Cannot keep more than ${OWN_CARDS_MAX} cards of one's own`);
      const changes = made.map((value) => ({ kind: "own" as const, id: value.id, value }));
      return { changes, photos, result: made.map(view) };
    });
  }

  #change(id: CardId, edit: (card: OwnCard) => OwnCard, photos: readonly ShelvedPhoto[] = []): Promise<OwnCardView> {
    return this.#shelf.change(() => {
      const value = edit(this.get(id));
      return { changes: [{ kind: "own", id, value }], photos, result: view(value) };
    });
  }

  #contentOf(
    card: OwnCard,
    level: CardLevel,
    { lifetime = CARD_LIFETIME, isPrivate = false }: CardTermsOptions,
  ): CardContent {
    if (!(lifetime >= 1_000 && lifetime <= CARD_LIFETIME_MAX))
      throw new EndpointError("ERR_ARGUMENT", "Cannot sign: a card lasts between a second and 1,100 days");
    const signedAt = this.#wall;
    const endsAt = wallTime(signedAt + Math.floor(lifetime));
    return {
      id: card.id,
      level,
      revision: card.revisions[level],
      signedAt,
      endsAt,
      isPrivate,
      fields: cutCard(card, level),
    };
  }

  #photoOf(bytes: Uint8Array): CardPhoto | string {
    return photoField(this.#ground.provider, bytes);
  }

  get #wall(): WallTime {
    return wallTime(Math.floor(this.#ground.clock.wall() / 1_000) * 1_000);
  }
}

const WHY = {
  fields: "it has neither a name nor a company, too many fields, or one that is not what its kind says",
  "too-large": "it is over 4,096 bytes",
  dates: "of how long it should last",
} as const;

const view = ({ id, label, fields }: OwnCard): OwnCardView => ({ id, label, fields });

/** As a person typed them. */
export function cleaned(field: CardFieldInput): CardField {
  const clean = cleanField(field);
  const fault = fieldFault(clean);
  if (fault !== undefined)
    throw new EndpointError(
      "ERR_ARGUMENT",
      `Cannot take the ${clean.kind} of a card: it is ${fault.replaceAll("-", " ")}`,
    );
  return clean;
}

const levelled = (fields: readonly CardFieldAt[]): readonly LevelledField[] =>
  fields.map(({ level, field }) => ({ level: level ?? DEFAULT_LEVEL[field.kind], field: cleaned(field) }));

/** Not more than a card can hold; a name may still be missing. */
function whole(fields: readonly LevelledField[]): readonly LevelledField[] {
  const isTooMany = cardFaults(fields.map(({ field }) => field)).some(({ fault }) => fault === "too-many");
  if (!isTooMany) return fields;
  throw new EndpointError("ERR_ARGUMENT", `Cannot hold more than ${CARD_FIELDS_MAX} fields, one name, 32 of a kind`);
}
