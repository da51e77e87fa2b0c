/** A card of one's own while it is edited. Nothing of it is kept before somebody says so. */
import { nobleProvider } from "@kith/core";
import { CARD_PHOTO_BYTES_MAX, type CardFieldKind, DEFAULT_LEVEL, photoField } from "@kith/core/card";
import type { OwnCardView } from "@kith/sdk";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { Button } from "../../ui/button.tsx";
import { Field } from "../../ui/field.tsx";
import { FileButton } from "../../ui/file-button.tsx";
import { Notice } from "../../ui/notice.tsx";
import { reencode } from "../../ui/picture.ts";
import { Select } from "../../ui/select.tsx";
import { type DraftField, draftFault, draftOf, emptyField, kindsLeft, moved, photoDraft } from "./draft.ts";
import { FieldEditor } from "./field-editor.tsx";
import { useWords } from "./words.ts";

interface CardEditorProps {
  readonly card: OwnCardView;
  readonly photo: Uint8Array | undefined;
  readonly onSave: (label: string, draft: readonly DraftField[]) => Promise<void>;
  readonly onCancel: () => void;
}

export function CardEditor({ card, photo, onSave, onCancel }: CardEditorProps): JSX.Element {
  const words = useWords();
  const [label, setLabel] = useState(card.label);
  const [draft, setDraft] = useState<readonly DraftField[]>(() => card.fields.map((each) => draftOf(each, photo)));
  const fault = draftFault(card, draft);
  const change = (next: DraftField): void => setDraft(draft.map((each) => (each.key === next.key ? next : each)));
  return (
    <form
      class="stack"
      onSubmit={(event) => {
        event.preventDefault();
        if (fault === undefined) void onSave(label, draft);
      }}
    >
      <h1>{words.editCard}</h1>
      <Field label={words.label} hint={words.labelHint} value={label} maxLength={64} onInput={setLabel} />
      {draft.map((field) => (
        <FieldEditor
          key={field.key}
          field={field}
          onChange={change}
          onMove={(by) => setDraft(moved(draft, field.key, by))}
          onRemove={() => setDraft(draft.filter((each) => each !== field))}
        />
      ))}
      <AddField draft={draft} onAdd={(field) => setDraft([...draft, field])} />
      {fault !== undefined && <Notice tone="warn">{words.faults[fault]}</Notice>}
      <div class="row">
        <Button look="main" type="submit" isDisabled={fault !== undefined}>
          {words.save}
        </Button>
        <Button onPress={onCancel}>{words.cancel}</Button>
      </div>
    </form>
  );
}

interface AddProps {
  readonly draft: readonly DraftField[];
  /** Unless told. */
  readonly hasPhoto?: boolean;
  readonly onAdd: (field: DraftField) => void;
}

export function AddField({ draft, hasPhoto = true, onAdd }: AddProps): JSX.Element {
  const words = useWords();
  const [chosen, setChosen] = useState<CardFieldKind>("email");
  const [problem, setProblem] = useState<string>();
  const left = kindsLeft(draft).filter((each) => hasPhoto || each !== "photo");
  const kind = left.includes(chosen) ? chosen : (left[0] ?? "note");
  const options = Object.fromEntries(left.map((each) => [each, words.kinds[each]])) as Record<CardFieldKind, string>;
  const addPhoto = async (file: File): Promise<void> => {
    const picture = await reencode(file, CARD_PHOTO_BYTES_MAX);
    const photo = picture && photoField(nobleProvider, picture.bytes);
    if (picture === undefined || photo === undefined || typeof photo === "string") return setProblem(words.photoNone);
    setProblem(undefined);
    onAdd(photoDraft(photo, picture.bytes, DEFAULT_LEVEL.photo));
  };
  return (
    <div class="stack tight">
      <div class="row end">
        <div class="grow">
          <Select<CardFieldKind> label={words.addKind} value={kind} options={options} onChange={setChosen} />
        </div>
        {kind === "photo" ? (
          <FileButton accept="image/*" icon="image" onFile={addPhoto}>
            {words.photoChoose}
          </FileButton>
        ) : (
          <Button icon="add" onPress={() => onAdd(emptyField(kind))}>
            {words.add}
          </Button>
        )}
      </div>
      {kind === "photo" && <p class="soft small">{words.photoHow}</p>}
      {problem !== undefined && <Notice tone="bad">{problem}</Notice>}
    </div>
  );
}
