/** Links that were made to a card: until when they lead to it, and what can still be done about them. */
import type { CardId, GivenLinkView } from "@kith/sdk";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useCards } from "../../store/cards.ts";
import { useAttempt } from "../../store/use-attempt.ts";
import { useObservable } from "../../store/use-observable.ts";
import { Button } from "../../ui/button.tsx";
import { day } from "../../ui/day.ts";
import { Notice } from "../../ui/notice.tsx";
import { useGiveWords } from "./give-words.ts";
import { useWords } from "./words.ts";

export function GivenLinks({ card }: { readonly card: CardId }): JSX.Element | null {
  const words = useGiveWords();
  const links = useObservable(useCards().links).filter((link) => link.card === card);
  if (links.length === 0) return null;
  return (
    <section class="stack tight" aria-label={words.links}>
      <h2>{words.links}</h2>
      <ul class="list">
        {links.map((link) => (
          <li key={link.id}>
            <OneLink link={link} />
          </li>
        ))}
      </ul>
      {links.some(({ kind, isEnded }) => kind === "whole" && !isEnded) && <p class="soft small">{words.wholeHow}</p>}
    </section>
  );
}

function OneLink({ link }: { readonly link: GivenLinkView }): JSX.Element {
  const words = useGiveWords();
  const { levels } = useWords();
  const cards = useCards();
  const [isCopied, setCopied] = useState(false);
  const { problem, attempt } = useAttempt();
  const { id, text, kind, isEnded, level, madeAt, endsAt, uses } = link;
  const limit = uses === 0 ? "" : `, ${words.usesLeft(uses)}`;
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
  };
  return (
    <div class="item">
      <span class="grow stack tight">
        <span id={`link-${id}`}>{words.linkAt(levels[level], day(madeAt))}</span>
        <span class="soft small">{isEnded ? words.ended : words.endsAt(day(endsAt)) + limit}</span>
        {problem !== undefined && <Notice tone="bad">{problem}</Notice>}
        <span class="row">
          {!isEnded && navigator.clipboard !== undefined && (
            <Button describedBy={`link-${id}`} onPress={attempt(copy)}>
              {isCopied ? words.copied : words.copy}
            </Button>
          )}
          {kind === "kept" && !isEnded ? (
            <Button look="bad" describedBy={`link-${id}`} onPress={attempt(() => cards.revokeLink(id))}>
              {words.revoke}
            </Button>
          ) : (
            <Button describedBy={`link-${id}`} onPress={attempt(() => cards.forgetLink(id))}>
              {words.forgetLink}
            </Button>
          )}
        </span>
      </span>
    </div>
  );
}
