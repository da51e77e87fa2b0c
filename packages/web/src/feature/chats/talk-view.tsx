/** A talk as a whole: what was said, and where one writes. Of a contact or a room; whoever draws it knows which. */
import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";
import { useAttempt } from "../../store/use-attempt.ts";
import { Empty, Notice } from "../../ui/notice.tsx";
import { Composer, type Writing } from "./composer.tsx";
import { LinkSheet } from "./link-sheet.tsx";
import type { Link } from "./marked-text.tsx";
import { MessageSheet } from "./message-sheet.tsx";
import type { Line, Talk } from "./talk.ts";
import { Thread } from "./thread.tsx";
import { useWords } from "./words.ts";

const NEW: Writing = { as: "new" };

interface TalkViewProps {
  /** Where its draft lies. */
  readonly name: string;
  readonly lines: readonly Line[];
  readonly isLoaded: boolean;
  readonly isNamed: boolean;
  readonly newFrom: string | undefined;
  readonly talk: Talk;
  /** Of the place where nothing was said yet. */
  readonly empty: string;
  readonly attached: (line: Line) => JSX.Element | undefined;
  /** Between what was said and where one writes. */
  readonly below?: ComponentChildren;
  /** Beside where one writes. */
  readonly tools?: ComponentChildren;
  readonly onFiles?: (files: readonly File[]) => void;
}

export function TalkView(props: TalkViewProps): JSX.Element {
  const { name, lines, isLoaded, isNamed, newFrom, talk, empty, attached, below, tools, onFiles } = props;
  const words = useWords();
  const [writing, setWriting] = useState<Writing>(NEW);
  const [menu, setMenu] = useState<string>();
  const [link, setLink] = useState<Link>();
  const { problem, attempt } = useAttempt();
  const shown = lines.find(({ id, isDeleted }) => id === menu && !isDeleted); // gone while the menu is open: so is the menu
  const send = async (text: string): Promise<void> => {
    setWriting(NEW);
    try {
      if (writing.as === "edit") await talk.edit(writing.of.id, text);
      else await talk.say(text, writing.as === "answer" ? { replyTo: writing.to.id } : {});
    } catch (error) {
      const refused = writing.as === "edit" ? { ...writing, text } : writing;
      setWriting((now) => (now.as === "new" ? refused : now));
      throw error;
    }
  };
  const touches = {
    menu: ({ id }: Line) => setMenu(id),
    link: setLink,
    react: ({ id }: Line, symbol: string) => void attempt(() => talk.react(id, symbol))(),
  };
  return (
    <>
      {lines.length === 0 && isLoaded ? (
        <Empty icon="chat" title={words.nothingYet}>
          <p>{empty}</p>
        </Empty>
      ) : (
        <Thread {...{ lines, isNamed, newFrom, touches, attached }} />
      )}
      <div class="stack tight">
        {problem !== undefined && <Notice tone="bad">{problem}</Notice>}
        {below}
        <Composer
          {...{ talk: name, writing, onSend: send, onCancel: () => setWriting(NEW) }}
          {...(talk.typing !== undefined && { onTyping: talk.typing })}
          {...(onFiles !== undefined && { onPaste: onFiles })}
        >
          {tools}
        </Composer>
      </div>
      {shown !== undefined && (
        <MessageSheet
          {...{ line: shown, talk, onClose: () => setMenu(undefined) }}
          onReply={() => setWriting({ as: "answer", to: shown })}
          onEdit={() => setWriting({ as: "edit", of: shown, text: shown.text })}
        />
      )}
      {link !== undefined && <LinkSheet link={link} onClose={() => setLink(undefined)} />}
    </>
  );
}
