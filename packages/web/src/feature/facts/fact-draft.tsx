/** One fact as it is typed in: of which kind, and what is said. */
import type { FactName } from "@kith/sdk";
import type { JSX } from "preact";
import { Button } from "../../ui/button.tsx";
import { Field } from "../../ui/field.tsx";
import { Select } from "../../ui/select.tsx";
import { useIssuerWords } from "./issuer-words.ts";
import { useWords } from "./words.ts";

export interface DraftFact {
  readonly kind: FactName | "own";
  /** Of one's own. */
  readonly label: string;
  readonly value: string;
}

const LABEL_CHARACTERS_MAX = 32;
const VALUE_CHARACTERS_MAX = 128;

interface DraftProps {
  readonly draft: DraftFact;
  readonly at: number;
  readonly onChange: (draft: DraftFact) => void;
  readonly onRemove: () => void;
}

export function FactDraft({ draft, at, onChange, onRemove }: DraftProps): JSX.Element {
  const words = useIssuerWords();
  const { kinds } = useWords();
  const { kind, label, value } = draft;
  return (
    <fieldset class="given stack tight">
      <legend class="label">{words.fact(at)}</legend>
      <div class="row end">
        <div class="grow">
          <Select
            {...{ label: words.kind, value: kind, options: { ...kinds, own: words.own } }}
            onChange={(chosen) => onChange({ ...draft, kind: chosen })}
          />
        </div>
        <Button look="bare" icon="bin" label={words.remove} onPress={onRemove} />
      </div>
      {kind === "own" && (
        <Field
          {...{ label: words.label, value: label, maxLength: LABEL_CHARACTERS_MAX }}
          onInput={(text) => onChange({ ...draft, label: text })}
        />
      )}
      <Field
        {...{ label: words.value, value, maxLength: VALUE_CHARACTERS_MAX }}
        onInput={(text) => onChange({ ...draft, value: text })}
      />
    </fieldset>
  );
}
