/** Which facts of a credential are shown, and whether also whose it is. */
import type { CredentialView } from "@kith/sdk";
import type { JSX } from "preact";
import { Check } from "../../ui/check.tsx";
import { kindOf } from "./fact-list.tsx";
import { useHolderWords } from "./holder-words.ts";
import { useWords } from "./words.ts";

export interface Ticked {
  /** Places of the facts. */
  readonly slots: readonly number[];
  readonly namesHolder: boolean;
}

interface TicksProps {
  readonly credential: CredentialView;
  readonly ticked: Ticked;
  readonly onChange: (ticked: Ticked) => void;
}

export function FactTicks({ credential, ticked, onChange }: TicksProps): JSX.Element {
  const words = useHolderWords();
  const all = useWords();
  const { slots } = ticked;
  return (
    <fieldset class="given">
      <legend class="label">{words.tick}</legend>
      {credential.facts.map(({ slot, label, value }) => (
        <Check
          key={slot}
          label={words.withValue(kindOf(all, label), value)}
          isOn={slots.includes(slot)}
          onChange={(isOn) =>
            onChange({ ...ticked, slots: isOn ? [...slots, slot] : slots.filter((each) => each !== slot) })
          }
        />
      ))}
      <Check
        label={words.name}
        isOn={ticked.namesHolder}
        onChange={(namesHolder) => onChange({ ...ticked, namesHolder })}
      />
      <p class="soft small">{words.nameHow}</p>
    </fieldset>
  );
}
