/** What a card says, as whoever gets it sees it. Everything of it is text: what looks like a link leads nowhere by itself. */
import { type CardField, fieldTexts } from "@kith/core/card";
import { Fragment, type JSX } from "preact";
import { CardPhotoView } from "./card-photo.tsx";
import { type FaceWords, useFaceWords } from "./face-words.ts";
import "./cards.css";

interface CardViewProps {
  readonly fields: readonly CardField[];
  readonly photo: Uint8Array | undefined;
  /** What the box is called, for those who hear it. */
  readonly label: string;
}

export function CardView({ fields, photo, label }: CardViewProps): JSX.Element {
  const words = useFaceWords();
  const name = nameOf(fields);
  const heads = fields.filter(({ kind }) => kind === "title" || kind === "company");
  const rest = fields.filter(({ kind }) => !["name", "title", "company", "photo"].includes(kind));
  return (
    <section class="card stack" aria-label={label}>
      <div class="row">
        {fields.some(({ kind }) => kind === "photo") && <CardPhotoView bytes={photo} name={name} />}
        <div class="grow stack tight">
          <p class="card-name" dir="auto">
            {name}
          </p>
          {heads.map((field) => (
            <p key={textOf(field, words)} dir="auto">
              {textOf(field, words)}
            </p>
          ))}
        </div>
      </div>
      {rest.length > 0 && (
        <dl class="facts">
          {rest.map((field, at) => (
            <Fragment key={`${field.kind}-${at}`}>
              <dt>{kindOf(field, words)}</dt>
              <dd class="lines">
                <bdi>{textOf(field, words)}</bdi>
              </dd>
            </Fragment>
          ))}
        </dl>
      )}
    </section>
  );
}

export const nameOf = (fields: readonly CardField[]): string => {
  const named = fields.find(({ kind }) => kind === "name") ?? fields.find(({ kind }) => kind === "company");
  return named === undefined || named.kind === "photo" ? "" : (fieldTexts(named)[0] ?? "");
};

/** With what its owner says it is for. */
export function kindOf(field: CardField, words: FaceWords): string {
  const label = "label" in field ? field.label : "";
  return label === "" ? words.kinds[field.kind] : `${words.kinds[field.kind]}, ${words.labels[label] ?? label}`;
}

export function textOf(field: CardField, words: FaceWords): string {
  if (field.kind === "photo") return words.kinds.photo;
  if (field.kind === "address") {
    const { street, city, region, code, country } = field;
    return [street, [code, city].filter(Boolean).join(" "), region, country].filter(Boolean).join("\n");
  }
  if (field.kind === "company") return [field.text, field.unit].filter(Boolean).join(", ");
  return field.text;
}

/** As a list shows it, in one line. */
export const lineOf = (field: CardField, words: FaceWords): string => textOf(field, words).replaceAll("\n", ", ");
