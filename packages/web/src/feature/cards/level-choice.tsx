/** Which level: what each is for stands beside it. */
import { CARD_LEVELS, type CardLevel } from "@kith/core/card";
import type { JSX } from "preact";
import { useId } from "preact/hooks";
import { useWords } from "./words.ts";

interface LevelChoiceProps {
  readonly value: CardLevel;
  readonly onChange: (level: CardLevel) => void;
}

export function LevelChoice({ value, onChange }: LevelChoiceProps): JSX.Element {
  const words = useWords();
  const name = useId();
  return (
    <fieldset class="levels">
      <legend class="unseen">{words.level}</legend>
      {CARD_LEVELS.map((level) => (
        <label key={level} class="check">
          <input type="radio" name={name} checked={value === level} onChange={() => onChange(level)} />
          <span>
            {words.levels[level]} <span class="block soft small">{words.levelsHow[level]}</span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}
