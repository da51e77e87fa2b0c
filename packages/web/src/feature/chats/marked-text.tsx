/** A text of somebody's, as elements: never as HTML. */
import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import { Button } from "../../ui/button.tsx";
import { harmless } from "./harmless.ts";
import { type Block, type Inline, parseMarkdown } from "./markdown.ts";
import { useWords } from "./words.ts";

/** More than some screens of a phone: shown when asked for. */
const LONG = 1_500;

export type Link = Extract<Inline, { kind: "link" }>;

interface MarkedTextProps {
  readonly text: string;
  readonly onLink: (link: Link) => void;
}

export function MarkedText({ text, onLink }: MarkedTextProps): JSX.Element {
  const words = useWords();
  const [isWhole, setWhole] = useState(false);
  const clean = useMemo(() => harmless(text), [text]);
  const isCut = clean.length > LONG && !isWhole;
  const shown = isCut ? clean.slice(0, LONG) : clean;
  const blocks = useMemo(() => parseMarkdown(shown), [shown]);
  return (
    <div class="marked">
      {blocks.map((block) => (
        <BlockView block={block} onLink={onLink} />
      ))}
      {isCut && (
        <Button look="bare" onPress={() => setWhole(true)}>
          … {words.showAll}
        </Button>
      )}
    </div>
  );
}

interface BlockProps {
  readonly block: Block;
  readonly onLink: (link: Link) => void;
}

function BlockView({ block, onLink }: BlockProps): JSX.Element {
  const inline = (parts: readonly Inline[]) => <Parts parts={parts} onLink={onLink} />;
  switch (block.kind) {
    case "text":
      return <p dir="auto">{inline(block.parts)}</p>;
    case "quote":
      return <blockquote dir="auto">{inline(block.parts)}</blockquote>;
    case "code":
      return (
        <pre dir="ltr">
          <code>{block.text}</code>
        </pre>
      );
    case "list": {
      const items = block.items.map((item) => <li dir="auto">{inline(item)}</li>);
      return block.first === undefined ? <ul>{items}</ul> : <ol start={block.first}>{items}</ol>;
    }
  }
}

interface PartsProps {
  readonly parts: readonly Inline[];
  readonly onLink: (link: Link) => void;
}

const Parts = ({ parts, onLink }: PartsProps): JSX.Element => (
  <>
    {parts.map((part) => (
      <Part part={part} onLink={onLink} />
    ))}
  </>
);

function Part({ part, onLink }: { readonly part: Inline; readonly onLink: (link: Link) => void }): JSX.Element {
  const words = useWords();
  switch (part.kind) {
    case "text":
      return <>{part.text}</>;
    case "code":
      return <code>{part.text}</code>;
    case "bold":
      return (
        <strong>
          <Parts parts={part.parts} onLink={onLink} />
        </strong>
      );
    case "italic":
      return (
        <em>
          <Parts parts={part.parts} onLink={onLink} />
        </em>
      );
    case "link":
      return (
        <bdi>
          {part.text}{" "}
          <button type="button" class="opens" onClick={() => onLink(part)}>
            {words.open(part.host)}
          </button>
        </bdi>
      );
  }
}
