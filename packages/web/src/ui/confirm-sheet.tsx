/** Asks before something is done that cannot be undone. What is refused is said beside it. */
import type { JSX } from "preact";
import { useAttempt } from "../store/use-attempt.ts";
import { Button } from "./button.tsx";
import { Notice } from "./notice.tsx";
import { Sheet } from "./sheet.tsx";

interface ConfirmProps {
  readonly title: string;
  /** What follows from it. */
  readonly how: string;
  readonly cancel: string;
  /** The word on the button that does it. */
  readonly act: string;
  readonly onAct: () => Promise<unknown>;
  readonly onClose: () => void;
}

export function ConfirmSheet({ title, how, cancel, act, onAct, onClose }: ConfirmProps): JSX.Element {
  const { problem, attempt } = useAttempt();
  return (
    <Sheet title={title} onClose={onClose}>
      <p>{how}</p>
      {problem !== undefined && <Notice tone="bad">{problem}</Notice>}
      <div class="row">
        <Button onPress={onClose}>{cancel}</Button>
        <Button look="bad" onPress={attempt(onAct)}>
          {act}
        </Button>
      </div>
    </Sheet>
  );
}
