/** One field of a card while it is edited: its texts, its level, its place. */
import { CARD_LEVELS, CARD_PARTS, type CardLevel } from "@kith/core/card";
import type { JSX } from "preact";
import { useId } from "preact/hooks";
import { Button } from "../../ui/button.tsx";
import { Field } from "../../ui/field.tsx";
import { Select } from "../../ui/select.tsx";
import { CardPhotoView } from "./card-photo.tsx";
import { type DraftField, type DraftText, faultOf } from "./draft.ts";
import { useWords } from "./words.ts";

interface FieldEditorProps {
  readonly field: DraftField;
  /** Who gets to see it is asked, unless told. */
  readonly hasLevel?: boolean;
  readonly onChange: (field: DraftField) => void;
  readonly onMove: (by: 1 | -1) => void;
  readonly onRemove: () => void;
}

export function FieldEditor({ field, hasLevel = true, onChange, onMove, onRemove }: FieldEditorProps): JSX.Element {
  const words = useWords();
  const id = useId();
  const fault = faultOf(field);
  return (
    <fieldset class="field-edit stack tight" aria-describedby={fault === undefined ? undefined : id}>
      <legend class="unseen">{words.kinds[field.kind]}</legend>
      {field.kind === "photo" ? (
        <CardPhotoView bytes={field.bytes} name={words.kinds.photo} />
      ) : (
        <Texts field={field} onChange={onChange} />
      )}
      {fault !== undefined && (
        <p class="fault small" id={id} role="status">
          {words.faults[fault]}
        </p>
      )}
      <div class="row end apart">
        <div class="grow">
          {hasLevel && <LevelSelect value={field.level} onChange={(level) => onChange({ ...field, level })} />}
        </div>
        <div class="row tools">
          <Button look="bare" icon="up" label={`${words.up}: ${words.kinds[field.kind]}`} onPress={() => onMove(-1)} />
          <Button
            look="bare"
            icon="low"
            label={`${words.down}: ${words.kinds[field.kind]}`}
            onPress={() => onMove(1)}
          />
          <Button look="bare" icon="bin" label={`${words.remove}: ${words.kinds[field.kind]}`} onPress={onRemove} />
        </div>
      </div>
    </fieldset>
  );
}

function LevelSelect(props: { readonly value: CardLevel; readonly onChange: (level: CardLevel) => void }): JSX.Element {
  const words = useWords();
  const levels = Object.fromEntries(CARD_LEVELS.map((level) => [level, words.levels[level]]));
  return <Select<CardLevel> label={words.level} options={levels as Record<CardLevel, string>} {...props} />;
}

/** What is asked for only by those who want it. */
const FURTHER: readonly string[] = ["given", "family", "additional", "prefix", "suffix", "unit", "region"];

function Texts({ field, onChange }: { field: DraftText; onChange: (field: DraftText) => void }): JSX.Element {
  const words = useWords();
  const parts: readonly string[] = CARD_PARTS[field.kind];
  const input = (part: string): JSX.Element => (
    <Part
      key={part}
      field={field}
      part={part}
      onInput={(text) => onChange({ ...field, texts: { ...field.texts, [part]: text } })}
    />
  );
  const further = parts.filter((part) => FURTHER.includes(part));
  return (
    <>
      {parts.filter((part) => !FURTHER.includes(part)).map(input)}
      {further.length > 0 && (
        <details open={further.some((part) => (field.texts[part] ?? "") !== "")}>
          <summary>{words.moreParts}</summary>
          <div class="stack tight">{further.map(input)}</div>
        </details>
      )}
    </>
  );
}

interface PartProps {
  readonly field: DraftText;
  readonly part: string;
  readonly onInput: (text: string) => void;
}

function Part({ field, part, onInput }: PartProps): JSX.Element {
  const words = useWords();
  const id = useId();
  const label = part === "text" ? words.kinds[field.kind] : (words.parts[part] ?? part);
  const value = field.texts[part] ?? "";
  if (part === "label") {
    const take = (text: string): void => onInput(known(words.labels, text));
    return <Field label={label} value={words.labels[value] ?? value} maxLength={32} onInput={take} />;
  }
  if (part !== "street" && field.kind !== "note")
    return <Field label={label} value={value} maxLength={512} onInput={onInput} />;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <textarea
        id={id}
        rows={part === "street" ? 2 : 4}
        value={value}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
    </div>
  );
}

/** What a person's language calls it, as cards have it. */
const known = (labels: Readonly<Record<string, string>>, text: string): string =>
  Object.keys(labels).find((label) => labels[label] === text.trim()) ?? text;
