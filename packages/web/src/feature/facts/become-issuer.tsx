/** Becoming an issuer: how others see it, and for how long what it says holds. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useFacts } from "../../store/facts.ts";
import { useAttempt } from "../../store/use-attempt.ts";
import { Button } from "../../ui/button.tsx";
import { Field } from "../../ui/field.tsx";
import { Notice } from "../../ui/notice.tsx";
import { Select } from "../../ui/select.tsx";
import { useIssuerWords } from "./issuer-words.ts";

const SECONDS = { hour: 3_600, day: 86_400, week: 604_800, month: 2_592_000, quarter: 7_948_800 } as const;
const NAME_CHARACTERS_MAX = 64;

export function BecomeIssuer(): JSX.Element {
  const words = useIssuerWords();
  const facts = useFacts();
  const [name, setName] = useState("");
  const [length, setLength] = useState<keyof typeof SECONDS>("week");
  const { problem, attempt } = useAttempt();
  const begin = attempt(() => facts.becomeIssuer({ name: name.trim(), epochSeconds: SECONDS[length] }));
  return (
    <form class="stack" onSubmit={(event) => event.preventDefault()}>
      <h1>{words.beginTitle}</h1>
      <p>{words.beginHow}</p>
      <Field
        {...{ label: words.name, value: name, onInput: setName, hint: words.nameHint, maxLength: NAME_CHARACTERS_MAX }}
      />
      <Select label={words.length} value={length} options={words.lengths} onChange={setLength} />
      <p class="soft small">{words.lengthHow}</p>
      {problem !== undefined && <Notice tone="bad">{problem}</Notice>}
      <div>
        <Button type="submit" look="main" isDisabled={name.trim() === ""} onPress={begin}>
          {words.begin}
        </Button>
      </div>
    </form>
  );
}
