/** One message. */
import type { ComponentChildren, JSX } from "preact";
import { Button } from "../../ui/button.tsx";
import { Face } from "../../ui/face.tsx";
import { Countdown } from "./countdown.tsx";
import { harmless, harmlessLine } from "./harmless.ts";
import { plainText } from "./markdown.ts";
import { type Link, MarkedText } from "./marked-text.tsx";
import type { Line } from "./talk.ts";
import { useWords } from "./words.ts";

const EXCERPT = 120;

/** What somebody does at a message. */
export interface Touches {
  readonly menu: (line: Line) => void;
  readonly jump: (id: string) => void;
  readonly link: (link: Link) => void;
  readonly react: (line: Line, symbol: string) => void;
}

interface BubbleProps {
  readonly line: Line;
  readonly isFirst: boolean;
  /** Where several people talk. */
  readonly isNamed: boolean;
  readonly isCurrent: boolean;
  readonly isFound: boolean;
  /** What it answers; `undefined`: nothing, or it is gone. */
  readonly answered: Line | undefined;
  readonly touches: Touches;
  readonly children: ComponentChildren;
}

export function Bubble(props: BubbleProps): JSX.Element {
  const { line, isFirst, isNamed, isCurrent, isFound, answered, touches, children } = props;
  const words = useWords();
  const { isOurs, isDeleted, isEdited, state } = line;
  const kind = `message${isOurs ? " ours" : ""}${isFirst ? " first" : ""}${isFound ? " found" : ""}`;
  return (
    <li
      class={kind}
      data-id={line.id}
      tabIndex={isCurrent ? 0 : -1}
      onContextMenu={(event) => {
        if (isDeleted || !getSelection()?.isCollapsed) return; // selected text is for copying
        event.preventDefault();
        touches.menu(line);
      }}
      onKeyDown={(event) => {
        if (event.key !== "Enter" || event.target !== event.currentTarget || isDeleted) return;
        event.preventDefault();
        touches.menu(line);
      }}
    >
      {isNamed && isFirst && !isOurs && (
        <p class="row small writer">
          <Face name={line.name} of={line.from} /> <bdi>{line.name}</bdi>
        </p>
      )}
      {line.replyTo !== undefined && <Quote answered={answered} onJump={touches.jump} />}
      {isDeleted ? (
        <p class="soft">
          <em>{words.deleted}</em>
        </p>
      ) : (
        line.text !== "" && <MarkedText text={line.text} onLink={touches.link} />
      )}
      {!isDeleted && children}
      {line.reactions.length > 0 && (
        <div class="reactions">
          {line.reactions.map(({ symbol, count, isOurs }) => (
            <button
              type="button"
              class="reaction"
              aria-pressed={isOurs}
              aria-label={words.reacted(symbol, count)}
              onClick={() => touches.react(line, isOurs ? "" : symbol)}
            >
              {symbol} {count > 1 && count}
            </button>
          ))}
        </div>
      )}
      <p class="meta">
        <time dateTime={new Date(line.at).toISOString()}>
          {new Date(line.at).toLocaleTimeString([], { timeStyle: "short" })}
        </time>
        {isEdited && !isDeleted && <span>{words.edited}</span>}
        {isOurs && state !== undefined && <span>{words.states[state]}</span>}
        <Countdown lifetime={line.lifetime} expiresAt={line.expiresAt} />
      </p>
      {!isDeleted && (
        <span class="more">
          <Button look="bare" icon="more" label={words.actions} onPress={() => touches.menu(line)} />
        </span>
      )}
    </li>
  );
}

interface QuoteProps {
  readonly answered: Line | undefined;
  readonly onJump: (id: string) => void;
}

function Quote({ answered, onJump }: QuoteProps): JSX.Element {
  const words = useWords();
  if (answered === undefined) return <p class="quoted soft small">{words.gone}</p>;
  const name = answered.isOurs ? words.you : answered.name;
  return (
    <button type="button" class="quoted small" onClick={() => onJump(answered.id)}>
      <span class="writer">
        <span class="unseen">{words.answers} </span>
        <bdi>{name}</bdi>
      </span>
      <bdi class="cut">{excerpt(answered, words.deleted)}</bdi>
    </button>
  );
}

type Excerpted = Pick<Line, "text" | "attachment" | "isDeleted">;

/** Enough of it to know which one is meant. */
export function excerpt({ text, attachment, isDeleted }: Excerpted, deleted: string): string {
  if (isDeleted) return deleted;
  if (text === "") return harmlessLine(attachment?.name ?? "").slice(0, EXCERPT);
  return plainText(harmless(text.slice(0, 4 * EXCERPT))).slice(0, EXCERPT);
}
