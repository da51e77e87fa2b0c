/** A question to us, and what we show: ticked by a person, of one issuer; at first what was asked for, and no more. */
import type { CredentialView, FactAskView, FactChoice } from "@kith/sdk";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useFacts } from "../../store/facts.ts";
import { useAttempt } from "../../store/use-attempt.ts";
import { useObservable } from "../../store/use-observable.ts";
import { Button } from "../../ui/button.tsx";
import { Notice } from "../../ui/notice.tsx";
import { Select } from "../../ui/select.tsx";
import { FactList } from "./fact-list.tsx";
import { FactTicks, type Ticked } from "./fact-ticks.tsx";
import { useHolderWords } from "./holder-words.ts";

interface AskedProps {
  readonly ask: FactAskView;
  readonly who: string;
  readonly onShow: (choice: FactChoice) => Promise<void>;
  readonly onDecline: () => void;
}

export function AskedFacts({ ask, who, onShow, onDecline }: AskedProps): JSX.Element {
  const words = useHolderWords();
  const held = useObservable(useFacts().held).filter(({ isCurrent }) => isCurrent);
  const fitting = held.filter(({ issuer }) => ask.fitting.includes(issuer.issuer));
  const offered = fitting.length > 0 ? fitting : held;
  const [issuer, setIssuer] = useState<string>();
  const credential = offered.find((each) => each.issuer.issuer === issuer) ?? offered[0];
  const names = Object.fromEntries(offered.map((each) => [each.issuer.issuer, each.issuer.name]));
  return (
    <>
      {ask.wanted.length === 0 ? <p>{words.askAny(who)}</p> : <p>{words.askFor(who)}</p>}
      {ask.wanted.length > 0 && <FactList facts={ask.wanted} />}
      {ask.mustNameHolder && <p>{words.nameAsked}</p>}
      {credential === undefined ? (
        <Notice tone="warn">{words.nothing}</Notice>
      ) : (
        <>
          {fitting.length === 0 && <Notice tone="warn">{words.notAll}</Notice>}
          {offered.length > 1 && (
            <Select label={words.which} value={credential.issuer.issuer} options={names} onChange={setIssuer} />
          )}
          <Chosen key={credential.issuer.issuer} {...{ ask, who, credential, onShow }} />
        </>
      )}
      <Button onPress={onDecline}>{words.refuse}</Button>
    </>
  );
}

interface ChosenProps extends Pick<AskedProps, "ask" | "who" | "onShow"> {
  readonly credential: CredentialView;
}

function Chosen({ ask, who, credential, onShow }: ChosenProps): JSX.Element {
  const words = useHolderWords();
  const [ticked, setTicked] = useState<Ticked>(() => ({
    slots: credential.facts
      .filter(({ label }) => ask.wanted.some((each) => each.label === label))
      .map(({ slot }) => slot),
    namesHolder: ask.mustNameHolder,
  }));
  const { problem, attempt } = useAttempt();
  return (
    <>
      <p>{words.says(credential.issuer.name)}</p>
      <FactTicks {...{ credential, ticked }} onChange={setTicked} />
      <p class="soft small">{words.session(who)}</p>
      {problem !== undefined && <Notice tone="bad">{problem}</Notice>}
      <Button
        look="main"
        isDisabled={ticked.slots.length === 0}
        onPress={attempt(() => onShow({ issuer: credential.issuer.issuer, ...ticked }))}
      >
        {words.show}
      </Button>
    </>
  );
}
