/** A code in words that somebody gave us with a card: the two become contacts, and the card is offered. */
import type { Contact } from "@kith/sdk";
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useCards } from "../../store/cards.ts";
import { useEndpoint } from "../../store/endpoint-context.ts";
import { useAttempt } from "../../store/use-attempt.ts";
import { useObservable } from "../../store/use-observable.ts";
import { Button } from "../../ui/button.tsx";
import { Field } from "../../ui/field.tsx";
import { Notice } from "../../ui/notice.tsx";
import { MeetingStep } from "./meeting-step.tsx";
import { useMeetingWords } from "./meeting-words.ts";

interface TakeProps {
  /** Our person typed one: what else could be done is out of the way. */
  readonly onBegun: (hasBegun: boolean) => void;
  /** Their offer is here, which stands over everything; or our person leaves. */
  readonly onDone: () => void;
}

export function TakeMeeting({ onBegun, onDone }: TakeProps): JSX.Element {
  const words = useMeetingWords();
  const { joinCodes } = useEndpoint();
  const [code, setCode] = useState("");
  const [id, setId] = useState<string>();
  const { problem, attempt } = useAttempt();
  const view = useObservable(joinCodes.all).find((each) => each.id === id);
  const met = view?.step.at === "done" ? view.step.contact : undefined;
  const [contact, setContact] = useState<Contact>(); // the code itself is forgotten a minute after it did its work
  useEffect(() => {
    if (met !== undefined) setContact(met);
  }, [met?.peer]);
  const isOffered = useObservable(useCards().offers).some(({ peer, at }) => peer === contact?.peer && at === "offered");
  const begin = (next: string | undefined): void => {
    setId(next);
    onBegun(next !== undefined);
  };
  useEffect(() => {
    if (isOffered) onDone();
  }, [isOffered]);
  useEffect(() => {
    if (id !== undefined) return () => void joinCodes.cancel(id).catch(() => undefined); // it may have ended
  }, [id]);
  if (contact !== undefined)
    return (
      <div class="stack">
        <p role="status">
          <span class="waiting" /> {words.comes(contact.name)}
        </p>
        <p>
          <Button onPress={onDone}>{words.close}</Button>
        </p>
      </div>
    );
  if (view !== undefined)
    return <MeetingStep view={view} onStop={() => begin(undefined)} onFailed={() => begin(undefined)} />;
  return (
    <form
      class="stack tight"
      onSubmit={(event) => {
        event.preventDefault();
        void attempt(async () => begin(await joinCodes.join(code)))();
      }}
    >
      <Field label={words.take} hint="7-acorn-canyon" value={code} onInput={setCode} />
      <p class="soft small">{words.takeHow}</p>
      {problem !== undefined && <Notice tone="bad">{problem}</Notice>}
      <p>
        <Button type="submit" isDisabled={code.trim() === ""}>
          {words.connect}
        </Button>
      </p>
    </form>
  );
}
