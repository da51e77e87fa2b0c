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
  | { readonly as: "edit"; readonly of: Line; readonly text: string };

interface ComposerProps {
  /** Where the draft lies. */
  readonly talk: string;
  readonly writing: Writing;
  /** From here on what one writes is new again; an edit that is refused comes back as `writing`. */
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
  const isEdit = writing.as === "edit";
  const begun = isEdit ? writing.text : (drafts.get(talk) ?? "");
  const latest = useRef(writing);
  latest.current = writing;
  const [text, setText] = useState(begun);
  const { problem, attempt } = useAttempt();
  const area = useRef<HTMLTextAreaElement>(null);
  const write = (next: string): void => {
    setText(next);
    if (!isEdit) drafts.set(talk, next);
  };
  useLayoutEffect(() => {
    setText(begun);
    if (writing.as !== "new") area.current?.focus();
  }, [writing]);
  useEffect(() => () => onTyping(false), [talk]);
  /** What was refused is not lost, nor what was typed since. */
  const putBack = (refused: string): void => {
    const draft = [refused, drafts.get(talk) ?? ""].filter((part) => part !== "").join("\n");
    drafts.set(talk, draft);
    if (latest.current.as !== "edit") setText(draft);
  };
  const send = attempt(async () => {
    const written = text.trim();
    if (written === "") return;
    onTyping(false);
    write(""); // at once: what is typed while it is on its way is the next one
    try {
      await onSend(written);
    } catch (error) {
      if (!isEdit) putBack(text);
      throw error;
    }
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
        {!isEdit && children}
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
          {...{ look: "main", type: "submit", icon: isEdit ? "check" : "send" }}
          label={isEdit ? words.save : words.send}
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
