/** A labelled text field. */
import type { JSX, TargetedInputEvent } from "preact";
import { useId } from "preact/hooks";

interface FieldProps {
  readonly label: string;
  readonly value: string;
  readonly onInput: (value: string) => void;
  readonly hint?: string;
  /** Of digits: a phone shows its number keys. */
  readonly isNumber?: boolean;
  readonly autoComplete?: string;
  readonly isFocused?: boolean;
  /** Shown as dots. */
  readonly isSecret?: boolean;
  readonly maxLength?: number;
}

export function Field(props: FieldProps): JSX.Element {
  const id = useId();
  const same = {
    id,
    ...{ value: props.value, autoFocus: props.isFocused ?? false, maxLength: props.maxLength ?? 1_000 },
    ...{ autoComplete: props.autoComplete ?? "off", autoCapitalize: "none" as const, spellcheck: false },
    onInput: (event: TargetedInputEvent<HTMLInputElement>) => props.onInput(event.currentTarget.value),
  };
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      {props.isSecret === true ? (
        <input type="password" {...same} />
      ) : (
        <input type="text" inputMode={props.isNumber === true ? "numeric" : "text"} {...same} />
      )}
      {props.hint !== undefined && <span class="soft small">{props.hint}</span>}
    </div>
  );
}
