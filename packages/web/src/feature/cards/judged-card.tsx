/** A card that came, before it is saved: what is verified of it and why, what speaks against it, and what it changes. */

import type { CardField, CardReason, CardView as HeldCard } from "@kith/sdk";
import type { JSX } from "preact";
import { useCardPhoto } from "../../store/cards.ts";
import { useEndpoint } from "../../store/endpoint-context.ts";
import { useObservable } from "../../store/use-observable.ts";
import { day } from "../../ui/day.ts";
import { FactTable } from "../../ui/fact-table.tsx";
import { Notice } from "../../ui/notice.tsx";
import { CardView, kindOf, lineOf } from "./card-view.tsx";
import { type ReceivedWords, useReceivedWords } from "./received-words.ts";
import { useWords } from "./words.ts";

const TONES = { verified: "calm", known: "calm", unknown: "warn", refused: "bad" } as const;

export function JudgedCard({ card }: { readonly card: HeldCard }): JSX.Element {
  const words = useReceivedWords();
  const { judgement } = card;
  const photo = useCardPhoto(card.fields);
  const contact = useObservable(useEndpoint().trust.contacts).find(({ peer }) => peer === card.signer);
  const reasons = judgement.reasons.map((reason) => reasonIn(words, reason, contact?.name ?? card.name));
  return (
    <>
      <Notice tone={TONES[judgement.standing]}>
        <p>
          <strong>{words.standing[judgement.standing]}</strong>
        </p>
        <ul class="stack tight">
          {(reasons.length === 0 ? [words.nothingVerified] : reasons).map((reason) => (
            <li key={reason}>
              <bdi>{reason}</bdi>
            </li>
          ))}
        </ul>
      </Notice>
      {judgement.doubts.length > 0 && (
        <Notice tone="warn">
          <ul class="stack tight">
            {judgement.doubts.map((doubt) => (
              <li key={doubt}>{words.doubts[doubt]}</li>
            ))}
          </ul>
        </Notice>
      )}
      <CardView fields={card.fields} photo={photo} label={words.shown} />
      <Changes card={card} />
      <Dates card={card} />
    </>
  );
}

function reasonIn(words: ReceivedWords, reason: CardReason, name: string): string {
  switch (reason.by) {
    case "in-person":
      return words.reasons["in-person"](name, words.how[reason.how]);
    case "issuer":
      return words.reasons.issuer(reason.fact.issuer, reason.fact.says);
    case "pinned":
      return words.reasons.pinned(name);
    case "giver":
    case "same-key":
      return words.reasons[reason.by];
  }
}

/** Against what is kept of it; of a new card there is nothing to compare. */
function Changes({ card: { judgement } }: { readonly card: HeldCard }): JSX.Element | null {
  const words = useReceivedWords();
  const { relation, changes } = judgement;
  if (relation === "new") return null;
  const isCompared = relation === "update" || relation === "wider";
  return (
    <section class="stack tight" aria-label={words.relations[relation]}>
      <p>{words.relations[relation]}</p>
      {isCompared && <ChangeList name={words.added} look="added" fields={changes.added} />}
      {isCompared && <ChangeList name={words.removed} look="removed" fields={changes.removed} />}
    </section>
  );
}

interface ChangeProps {
  readonly name: string;
  readonly look: "added" | "removed";
  readonly fields: readonly CardField[];
}

function ChangeList({ name, look, fields }: ChangeProps): JSX.Element | null {
  const words = useWords();
  if (fields.length === 0) return null;
  return (
    <div>
      <h3>{name}</h3>
      <ul>
        {fields.map((field) => (
          <li key={JSON.stringify(field)} class={`${look} breaks`}>
            {kindOf(field, words)}: <bdi>{lineOf(field, words)}</bdi>
          </li>
        ))}
      </ul>
    </div>
  );
}

function Dates({ card }: { readonly card: HeldCard }): JSX.Element {
  const words = useReceivedWords();
  const { levels } = useWords();
  const facts = [
    [words.level, levels[card.level]],
    [words.signedAt, day(card.signedAt)],
    [words.endsOn, day(card.endsAt)],
    [words.fingerprint, <span class="mono">{card.fingerprint}</span>],
  ] as const;
  return <FactTable facts={facts} isSmall />;
}
