/** Somebody whose cards we keep: what they say, where from, until when, and what we note. */

import type { CardEntryView } from "@kith/sdk";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useCardPhoto, useCards } from "../../store/cards.ts";
import { useEndpoint } from "../../store/endpoint-context.ts";
import { linkTo, replaceRoute } from "../../store/route.ts";
import { useObservable } from "../../store/use-observable.ts";
import { BackLink } from "../../ui/back-link.tsx";
import { Button } from "../../ui/button.tsx";
import { ConfirmSheet } from "../../ui/confirm-sheet.tsx";
import { day } from "../../ui/day.ts";
import { Face } from "../../ui/face.tsx";
import { Empty, Notice } from "../../ui/notice.tsx";
import { Sheet } from "../../ui/sheet.tsx";
import { CardView } from "./card-view.tsx";
import { useKeptWords } from "./kept-words.ts";
import { MergeSheet } from "./merge-sheet.tsx";
import { EntryNotesSheet } from "./notes-sheet.tsx";
import { useReceivedWords } from "./received-words.ts";
import { TypedForm } from "./typed-form.tsx";
import { UnsignedPart } from "./unsigned-part.tsx";
import { useTwins } from "./use-twins.ts";
import { useWords } from "./words.ts";

export function EntryPage({ id }: { readonly id: string }): JSX.Element {
  const words = useReceivedWords();
  const { cards: cardsWord } = useWords();
  const entry = useObservable(useCards().received).find((each) => each.id === id);
  return (
    <div class="stack">
      <BackLink href={linkTo("cards")}>{cardsWord}</BackLink>
      {entry === undefined ? <Empty icon="people" title={words.gone} /> : <Kept entry={entry} />}
    </div>
  );
}

function Kept({ entry }: { readonly entry: CardEntryView }): JSX.Element {
  const words = useReceivedWords();
  const photo = useCardPhoto(entry.fields);
  const [deed, setDeed] = useState<"notes" | "forget" | "typed" | { readonly merge: string | undefined }>();
  const close = (): void => setDeed(undefined);
  const keptWords = useKeptWords();
  const [twin] = useTwins(entry);
  const twinName = useObservable(useCards().received).find(({ id }) => id === twin?.entry)?.name;
  const merged = (id: string | undefined): void => {
    close();
    if (id !== undefined && id !== entry.id) replaceRoute("cards", "of", id);
  };
  return (
    <>
      <header class="row">
        <Face name={entry.name} of={entry.signer ?? entry.id} />
        <h1 class="grow">{entry.name}</h1>
      </header>
      {entry.fields.length > 0 && <CardView fields={entry.fields} photo={photo} label={words.shown} />}
      <UnsignedPart entry={entry} />
      <Origin entry={entry} />
      {twin !== undefined && twinName !== undefined && (
        <Notice>
          <p>{keptWords.twin(twinName, twin.hint)}</p>
          <p>
            <Button onPress={() => setDeed({ merge: twin.entry })}>{keptWords.twinLook}</Button>
          </p>
        </Notice>
      )}
      {(entry.notes !== "" || entry.tags.length > 0) && (
        <section class="card stack tight" aria-label={words.notes}>
          <h2 class="label">{words.notes}</h2>
          {entry.notes !== "" && <p class="lines">{entry.notes}</p>}
          <div class="row">
            {entry.tags.map((tag) => (
              <span class="badge" key={tag}>
                {tag}
              </span>
            ))}
          </div>
        </section>
      )}
      <div class="row">
        <Button icon="edit" onPress={() => setDeed("notes")}>
          {words.editNotes}
        </Button>
        <Button onPress={() => setDeed("typed")}>{entry.typed.length === 0 ? keptWords.add : keptWords.edit}</Button>
        <Button onPress={() => setDeed({ merge: undefined })}>{keptWords.merge}</Button>
        <Button look="bad" icon="bin" onPress={() => setDeed("forget")}>
          {words.forget}
        </Button>
      </div>
      {deed === "notes" && <EntryNotesSheet entry={entry} onClose={close} />}
      {deed === "typed" && (
        <Sheet title={keptWords.typedEdit} onClose={close}>
          <TypedForm entry={entry} onDone={close} />
        </Sheet>
      )}
      {typeof deed === "object" && <MergeSheet entry={entry} other={deed.merge} onDone={merged} />}
      {deed === "forget" && <ForgetSheet id={entry.id} onClose={close} />}
    </>
  );
}

function Origin({ entry }: { readonly entry: CardEntryView }): JSX.Element {
  const words = useReceivedWords();
  const { levels } = useWords();
  const { typedWhole } = useKeptWords();
  const contact = useObservable(useEndpoint().trust.contacts).find(({ peer }) => peer === entry.signer);
  const signed = contact === undefined ? words.signerUnknown : words.signerKnown(contact.name);
  return (
    <section class="card stack tight" aria-label={words.details}>
      <h2 class="label">{words.details}</h2>
      <p>{entry.signer !== undefined ? signed : entry.isTyped ? typedWhole : words.signerNone}</p>
      <ul class="stack tight">
        {entry.cards.map(({ card, level, cameBy, receivedAt, endsAt, isEnded }) => (
          <li key={card} class="row apart">
            <span>{words.cardAt(levels[level], words.came[cameBy], day(receivedAt))}</span>
            <span class="badge">{isEnded ? words.ended : words.endsAt(day(endsAt))}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function ForgetSheet({ id, onClose }: { readonly id: string; readonly onClose: () => void }): JSX.Element {
  const words = useReceivedWords();
  const cards = useCards();
  return (
    <ConfirmSheet
      {...{ title: words.forget, how: words.forgetHow, cancel: words.cancel, act: words.forget, onClose }}
      onAct={async () => {
        await cards.forget(id);
        replaceRoute("cards");
      }}
    />
  );
}
