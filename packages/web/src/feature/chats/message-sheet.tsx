/** What can be done with one message. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useAttempt } from "../../store/use-attempt.ts";
import { Button } from "../../ui/button.tsx";
import { Field } from "../../ui/field.tsx";
import { Notice } from "../../ui/notice.tsx";
import { Sheet } from "../../ui/sheet.tsx";
import { emojiOf, harmless } from "./harmless.ts";
import type { Line, Talk } from "./talk.ts";
import { useWords } from "./words.ts";

const USUAL = ["👍", "❤️", "😂", "😮", "😢", "🙏"] as const;

interface MessageSheetProps {
  readonly line: Line;
  readonly talk: Talk;
  readonly onReply: () => void;
  readonly onEdit: () => void;
  readonly onClose: () => void;
}

export function MessageSheet({ line, talk, onReply, onEdit, onClose }: MessageSheetProps): JSX.Element {
  const words = useWords();
  const [isRemoving, setRemoving] = useState(false);
  const { problem, attempt } = useAttempt();
  const done = (work: () => Promise<unknown>) =>
    attempt(async () => {
      await work();
      onClose();
    });
  const after = (then: () => void) => () => {
    onClose();
    then();
  };
  if (isRemoving)
    return (
      <Sheet title={words.remove} onClose={onClose}>
        <p>{words.removeSure}</p>
        {problem !== undefined && <Notice tone="bad">{problem}</Notice>}
        <div class="row">
          <Button look="bad" icon="bin" onPress={done(() => talk.remove(line.id))}>
            {words.removeYes}
          </Button>
          <Button onPress={onClose}>{words.removeNo}</Button>
        </div>
      </Sheet>
    );
  const canCopy = line.text !== "" && navigator.clipboard !== undefined;
  return (
    <Sheet title={words.message} onClose={onClose}>
      {problem !== undefined && <Notice tone="bad">{problem}</Notice>}
      <Reactions line={line} onReact={(symbol) => done(() => talk.react(line.id, symbol))()} />
      <div class="actions">
        <Button icon="reply" onPress={after(onReply)}>
          {words.reply}
        </Button>
        {canCopy && (
          <Button icon="page" onPress={done(() => navigator.clipboard.writeText(harmless(line.text)))}>
            {words.copy}
          </Button>
        )}
        {line.isOurs && line.text !== "" && (
          <Button icon="edit" onPress={after(onEdit)}>
            {words.edit}
          </Button>
        )}
        {line.isOurs && (
          <Button icon="bin" look="bad" onPress={() => setRemoving(true)}>
            {words.remove}
          </Button>
        )}
      </div>
    </Sheet>
  );
}

interface ReactionsProps {
  readonly line: Line;
  readonly onReact: (symbol: string) => Promise<void>;
}

function Reactions({ line, onReact }: ReactionsProps): JSX.Element {
  const words = useWords();
  const [typed, setTyped] = useState("");
  const ours = line.reactions.find(({ isOurs }) => isOurs)?.symbol;
  const other = emojiOf(typed);
  return (
    <>
      <fieldset class="row plain" aria-label={words.react}>
        {USUAL.map((symbol) => (
          <button
            type="button"
            class="button bare symbol"
            aria-label={words.reactWith(symbol)}
            aria-pressed={symbol === ours}
            onClick={() => void onReact(symbol === ours ? "" : symbol)}
          >
            {symbol}
          </button>
        ))}
      </fieldset>
      <form
        class="row bottom"
        onSubmit={(event) => {
          event.preventDefault();
          if (other !== undefined) void onReact(other);
        }}
      >
        <div class="grow">
          <Field
            {...{ label: words.otherEmoji, value: typed, onInput: setTyped, maxLength: 64 }}
            {...(typed.trim() !== "" && other === undefined && { hint: words.noEmoji })}
          />
        </div>
        <Button type="submit" isDisabled={other === undefined}>
          {words.react}
        </Button>
      </form>
      {ours !== undefined && (
        <Button onPress={() => onReact("")}>
          {ours} {words.takeBack}
        </Button>
      )}
    </>
  );
}
