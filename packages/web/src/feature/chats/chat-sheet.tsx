/** How long a chat stays, and where. */
import type { PeerId } from "@kith/core";
import type { ChatLifetimeView } from "@kith/sdk";
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useRunning } from "../../store/endpoint-context.ts";
import { useAttempt } from "../../store/use-attempt.ts";
import { Button } from "../../ui/button.tsx";
import { Check } from "../../ui/check.tsx";
import { Notice } from "../../ui/notice.tsx";
import { Select } from "../../ui/select.tsx";
import { Sheet } from "../../ui/sheet.tsx";
import { choiceOf, LIFETIMES, type LifetimeChoice, lifetimeText, useLifetimeWords } from "./lifetime-words.ts";

interface ChatSheetProps {
  readonly peer: PeerId;
  readonly lifetime: ChatLifetimeView;
  readonly keeps: boolean;
  readonly onClose: () => void;
}

export function ChatSheet({ peer, lifetime, keeps, onClose }: ChatSheetProps): JSX.Element {
  const words = useLifetimeWords();
  const { endpoint, isKept } = useRunning();
  const { problem, attempt } = useAttempt();
  const [choice, setChoice] = useState<LifetimeChoice>(choiceOf(lifetime.proposed ?? lifetime.agreed, LIFETIMES));
  /** What was ticked, until it is so: the box stays as a person left it meanwhile. */
  const [isTicked, setTicked] = useState(keeps);
  useEffect(() => setTicked(keeps), [keeps]);
  const options = Object.fromEntries(
    Object.entries(LIFETIMES).map(([name, each]) => [name, lifetimeText(each, words)]),
  ) as Record<LifetimeChoice, string>;
  const act = (work: () => Promise<unknown>) =>
    attempt(async () => {
      await work();
      onClose();
    });
  const setKeeps = async (isOn: boolean): Promise<void> => {
    setTicked(isOn);
    try {
      await endpoint.chat.setKeeps(peer, isOn);
    } catch (error) {
      setTicked(keeps);
      throw error;
    }
  };
  return (
    <Sheet title={words.title} onClose={onClose}>
      {problem !== undefined && <Notice tone="bad">{problem}</Notice>}
      <Select label={words.lifetime} value={choice} options={options} onChange={setChoice} />
      <p class="soft small">{words.lifetimeHow}</p>
      <Button
        look="main"
        isDisabled={LIFETIMES[choice] === (lifetime.proposed ?? lifetime.agreed)}
        onPress={act(() => endpoint.chat.proposeLifetime(peer, LIFETIMES[choice]))}
      >
        {words.propose}
      </Button>
      {isKept ? (
        <>
          <Check label={words.keeps} isOn={isTicked} onChange={(isOn) => void attempt(() => setKeeps(isOn))()} />
          <p class="soft small">{keeps ? `${words.keepsYes} ${words.stopKeeping}` : words.keepsNo}</p>
        </>
      ) : (
        <p class="soft small">{words.keepsCannot}</p>
      )}
      <Button look="bad" icon="bin" onPress={act(() => endpoint.chat.close(peer))}>
        {words.close}
      </Button>
      <p class="soft small">{words.closeHow}</p>
    </Sheet>
  );
}
