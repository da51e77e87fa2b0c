/** What was asked about how long messages stay, and what was agreed on. */
import type { PeerId } from "@kith/core";
import type { ChatLifetimeView } from "@kith/sdk";
import type { JSX } from "preact";
import { useEndpoint } from "../../store/endpoint-context.ts";
import { useAttempt } from "../../store/use-attempt.ts";
import { Button } from "../../ui/button.tsx";
import { Notice } from "../../ui/notice.tsx";
import { lifetimeText, useLifetimeWords } from "./lifetime-words.ts";

interface LifetimeNoticeProps {
  readonly peer: PeerId;
  readonly name: string;
  readonly lifetime: ChatLifetimeView;
}

export function LifetimeNotice({ peer, name, lifetime }: LifetimeNoticeProps): JSX.Element | null {
  const words = useLifetimeWords();
  const { chat } = useEndpoint();
  const { problem, attempt } = useAttempt();
  const { agreed, proposed, asked } = lifetime;
  const answer = (isAccepted: boolean) => attempt(() => chat.answerLifetime(peer, isAccepted));
  return (
    <>
      {asked !== undefined && (
        <Notice>
          <div class="row">
            <span class="grow">{words.asked(name, lifetimeText(asked, words))}</span>
            <Button look="main" onPress={answer(true)}>
              {words.yes}
            </Button>
            <Button onPress={answer(false)}>{words.no}</Button>
          </div>
        </Notice>
      )}
      {problem !== undefined && <Notice tone="bad">{problem}</Notice>}
      {proposed !== undefined && <p class="soft small">{words.proposed(name, lifetimeText(proposed, words))}</p>}
      {agreed !== "off" && <p class="soft small">{words.agreed(lifetimeText(agreed, words))}</p>}
    </>
  );
}
