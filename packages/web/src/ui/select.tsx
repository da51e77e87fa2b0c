/** One of a few. */
import type { JSX } from "preact";

interface SelectProps<Value extends string> {
  readonly label: string;
  readonly value: Value;
  /** What each is called. */
  readonly options: Readonly<Record<Value, string>>;
  readonly onChange: (value: Value) => void;
}

export function Select<Value extends string>({ label, value, options, onChange }: SelectProps<Value>): JSX.Element {
  const isOption = (text: string): text is Value => Object.hasOwn(options, text);
  return (
    <label class="field">
      <span>{label}</span>
      <select
        value={value}
        onChange={(event) => {
          const chosen = event.currentTarget.value;
          if (isOption(chosen)) onChange(chosen);
        }}
      >
        {Object.keys(options)
          .filter(isOption)
          .map((each) => (
            <option key={each} value={each}>
              {options[each]}
            </option>
          ))}
      </select>
    </label>
  );
}
