/** What both sides of a code in words see until they are contacts, or are not. */
import type { JoinCodeFailure, JoinCodeView } from "@kith/sdk";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useEndpoint } from "../../store/endpoint-context.ts";
import { useAttempt } from "../../store/use-attempt.ts";
import { Button } from "../../ui/button.tsx";
import { useCodeFailures } from "../../ui/code-failures.ts";
import { CopyField } from "../../ui/copy-field.tsx";
import { Notice } from "../../ui/notice.tsx";
import { useMeetingWords } from "./meeting-words.ts";

interface StepProps {
  readonly view: JoinCodeView;
  readonly onStop: () => void;
  /** Our person has read why it came to nothing. */
  readonly onFailed: (reason: JoinCodeFailure) => void;
}

export function MeetingStep({ view: { id, isOurs, step }, onStop, onFailed }: StepProps): JSX.Element | null {
  const words = useMeetingWords();
  const failures = useCodeFailures();
  const { joinCodes } = useEndpoint();
  const [agreed, setAgreed] = useState<string>();
  const { problem, attempt } = useAttempt();
  const stop = <Button onPress={onStop}>{words.stop}</Button>;
  switch (step.at) {
    case "show": {
      const [said = "", host] = step.code.split("@", 2);
      return (
        <div class="stack">
          <p class="code">
            {said}
            {host !== undefined && <span class="small soft">@{host}</span>}
          </p>
          <CopyField label={words.copy} text={step.code} />
          <p>{words.say}</p>
          <p class="soft small">{words.until(new Date(step.expiresAt).toLocaleTimeString())}</p>
          <p>{stop}</p>
        </div>
      );
    }
    case "consent":
      return (
        <div class="stack">
          <p>{words.consent(step.name)}</p>
          <p class="soft small">{words.claims}</p>
          {isOurs && <p class="soft small">{words.giveNext}</p>}
          {problem !== undefined && <Notice tone="bad">{problem}</Notice>}
          <div class="row">
            <Button
              look="main"
              onPress={attempt(async () => {
                setAgreed(step.name);
                await joinCodes.answer(id, { accept: true });
              })}
            >
              {words.yes}
            </Button>
            <Button onPress={attempt(() => joinCodes.answer(id, { accept: false }))}>{words.no}</Button>
          </div>
        </div>
      );
    case "failed":
      return (
        <div class="stack">
          <Notice tone="bad">{failures[step.reason]}</Notice>
          <p>
            <Button look="main" onPress={() => onFailed(step.reason)}>
              {words.goOn}
            </Button>
          </p>
        </div>
      );
    case "done":
      return null;
    default:
      return (
        <div class="stack">
          <p class="row" role="status">
            <span class="waiting" /> {agreed === undefined ? words.meeting : words.waiting(agreed)}
          </p>
          <p>{stop}</p>
        </div>
      );
  }
}
