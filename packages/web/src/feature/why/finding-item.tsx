/** One thing that was found, and what to do about it: here, where that can be done here. */
import { type PageFinding, persistPage } from "@kith/sdk/web";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useEndpoint } from "../../store/endpoint-context.ts";
import { Button } from "../../ui/button.tsx";
import { Icon, type IconName } from "../../ui/icon.tsx";
import { useWords } from "./words.ts";

const SIGNS: Readonly<Record<PageFinding["verdict"], IconName>> = {
  ...{ bad: "alarm", warn: "alarm", unknown: "why", good: "check" },
};

interface FindingProps {
  readonly finding: PageFinding;
  readonly onChanged: () => void;
}

export function FindingItem({ finding, onChanged }: FindingProps): JSX.Element {
  const words = useWords();
  const { code, about, check, verdict } = finding;
  const said = words.finding(code, about);
  const names: Readonly<Record<string, string>> = words.checks;
  return (
    <li class="finding">
      <span class={`sign ${verdict}`}>
        <Icon name={SIGNS[verdict]} />
      </span>
      <div class="stack tight grow">
        <h3>{names[check]}</h3>
        <p dir="auto">{said.words}</p>
        {said.fix !== undefined && <p class="soft small">{said.fix}</p>}
        {code === "clock-behind" && <AcceptClock onChanged={onChanged} />}
        {code === "storage-clearable" && <AskToKeep />}
      </div>
    </li>
  );
}

function AcceptClock({ onChanged }: Pick<FindingProps, "onChanged">): JSX.Element {
  const words = useWords();
  const { trust } = useEndpoint();
  return (
    <div>
      <Button onPress={() => trust.acceptClock().then(onChanged)}>{words.acceptClock}</Button>
    </div>
  );
}

function AskToKeep(): JSX.Element {
  const words = useWords();
  const [isKept, setKept] = useState<boolean>();
  return (
    <div class="row">
      <Button onPress={async () => setKept(await persistPage())}>{words.askToKeep}</Button>
      <span class="soft small" role="status">
        {isKept !== undefined && (isKept ? words.kept : words.notKept)}
      </span>
    </div>
  );
}
