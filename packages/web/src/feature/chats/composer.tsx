/** Where a message is written. Enter sends, with Shift it is a new line; what was begun is there when one comes back. */
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { useRunning } from "../../store/endpoint-context.ts";
import { useAttempt } from "../../store/use-attempt.ts";
import { Button } from "../../ui/button.tsx";
import { Notice } from "../../ui/notice.tsx";
import { excerpt } from "./bubble.tsx";
import type { Line } from "./talk.ts";
import { useWords } from "./words.ts";

/** What the text will be: a new message, an answer, or other words for one of ours. */
export type Writing =
  | { readonly as: "new" }
  | { readonly as: "answer"; readonly to: Line }
  | { readonly as: "edit"; readonly of: Line };

interface ComposerProps {
  /** Where the draft lies. */
  readonly talk: string;
  readonly writing: Writing;
  readonly onSend: (text: string) => Promise<unknown>;
  readonly onCancel: () => void;
  readonly onTyping?: (isTyping: boolean) => void;
  readonly onPaste?: (files: readonly File[]) => void;
  readonly children?: ComponentChildren;
}

export function Composer(props: ComposerProps): JSX.Element {
  const { talk, writing, onSend, onCancel, onTyping = () => {}, onPaste, children } = props;
  const words = useWords();
  const { drafts } = useRunning().desk;
  const [text, setText] = useState(drafts.get(talk) ?? "");
  const { problem, attempt } = useAttempt();
  const area = useRef<HTMLTextAreaElement>(null);
  const edited = writing.as === "edit" ? writing.of : undefined;
  const write = (next: string): void => {
    setText(next);
    if (edited === undefined) drafts.set(talk, next);
  };
  useLayoutEffect(() => {
    setText(edited?.text ?? drafts.get(talk) ?? "");
    if (writing.as !== "new") area.current?.focus();
  }, [writing]);
  useEffect(() => () => onTyping(false), [talk]);
  const send = attempt(async () => {
    const written = text.trim();
    if (written === "") return;
    onTyping(false);
    await onSend(written);
    write(""); // not before: what was refused is not lost
  });
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      {problem !== undefined && <Notice tone="bad">{problem}</Notice>}
      {writing.as !== "new" && <Mode writing={writing} onCancel={onCancel} />}
      <div class="writes">
        {edited === undefined && children}
        <textarea
          ref={area}
          {...{ rows: 1, value: text, dir: "auto" }}
          {...{ "aria-label": words.write, placeholder: words.write }}
          onInput={(event) => {
            write(event.currentTarget.value);
            onTyping(event.currentTarget.value !== "");
          }}
          onPaste={(event) => {
            const files = [...(event.clipboardData?.files ?? [])];
            if (files.length === 0 || onPaste === undefined) return;
            event.preventDefault();
            onPaste(files);
          }}
          onKeyDown={(event) => {
            if (event.isComposing) return;
            if (event.key === "Escape" && writing.as !== "new") onCancel();
            if (event.key !== "Enter" || event.shiftKey) return;
            event.preventDefault();
            void send();
          }}
        />
        <Button
          {...{ look: "main", type: "submit", icon: edited === undefined ? "send" : "check" }}
          label={edited === undefined ? words.send : words.save}
          isDisabled={text.trim() === ""}
        />
      </div>
    </form>
  );
}

interface ModeProps {
  readonly writing: Exclude<Writing, { as: "new" }>;
  readonly onCancel: () => void;
}

function Mode({ writing, onCancel }: ModeProps): JSX.Element {
  const words = useWords();
  const line = writing.as === "answer" ? writing.to : writing.of;
  const title = writing.as === "edit" ? words.editing : words.replyTo(line.isOurs ? words.you : line.name);
  return (
    <div class="mode">
      <div class="quoted small">
        <bdi class="writer">{title}</bdi>
        <bdi class="cut">{excerpt(line, words.deleted)}</bdi>
      </div>
      <Button look="bare" icon="close" label={words.cancel} onPress={onCancel} />
    </div>
  );
}
