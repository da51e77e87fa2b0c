/** One card of one's own: what each level shows, and what may be done with it. */

import type { CardId, OwnCardView } from "@kith/sdk";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useCardPhoto, useCards } from "../../store/cards.ts";
import { go, linkTo, replaceRoute } from "../../store/route.ts";
import { useAttempt } from "../../store/use-attempt.ts";
import { useObservable } from "../../store/use-observable.ts";
import { BackLink } from "../../ui/back-link.tsx";
import { Button } from "../../ui/button.tsx";
import { ConfirmSheet } from "../../ui/confirm-sheet.tsx";
import { Empty, Notice } from "../../ui/notice.tsx";
import { CardEditor } from "./card-editor.tsx";
import { nameOf } from "./card-view.tsx";
import { type DraftField, fieldsOf } from "./draft.ts";
import { GivenLinks } from "./given-links.tsx";
import { LevelPreview } from "./level-preview.tsx";
import { useWords } from "./words.ts";

export function OwnCardPage({ id, isEdited }: { readonly id: string; readonly isEdited: boolean }): JSX.Element {
  const words = useWords();
  const card = useObservable(useCards().own).find((each) => each.id === id);
  return (
    <div class="stack">
      <BackLink href={linkTo("cards")}>{words.cards}</BackLink>
      {card === undefined ? (
        <Empty icon="card" title={words.gone} />
      ) : isEdited ? (
        <Edited card={card} />
      ) : (
        <Shown card={card} />
      )}
    </div>
  );
}

function Edited({ card }: { readonly card: OwnCardView }): JSX.Element | null {
  const words = useWords();
  const cards = useCards();
  const photo = useCardPhoto(card.fields.map(({ field }) => field));
  const { problem, attempt } = useAttempt();
  const isPhotoAwaited = photo === undefined && card.fields.some(({ field }) => field.kind === "photo");
  const leave = (): void => replaceRoute("cards", "mine", card.id);
  const save = (label: string, draft: readonly DraftField[]): Promise<void> =>
    attempt(async () => {
      const fields = fieldsOf(draft).flatMap(({ level, field }) => (field.kind === "photo" ? [] : [{ level, field }]));
      await cards.edit(card.id, { label, fields });
      const shown = draft.find((each) => each.kind === "photo");
      await cards.setPhoto(card.id, shown?.bytes, shown?.level);
      leave();
    })();
  if (isPhotoAwaited) return <p role="status">{words.reading}</p>;
  return (
    <>
      <CardEditor card={card} photo={photo} onSave={save} onCancel={leave} />
      {problem !== undefined && <Notice tone="bad">{problem}</Notice>}
    </>
  );
}

function Shown({ card }: { readonly card: OwnCardView }): JSX.Element {
  const words = useWords();
  const [isDeleting, setDeleting] = useState(false);
  return (
    <>
      <header class="row apart">
        <h1 class="grow">{card.label || nameOf(card.fields.map(({ field }) => field)) || words.unnamed}</h1>
        <Button look="main" icon="send" onPress={() => go("cards", "mine", card.id, "give")}>
          {words.give}
        </Button>
      </header>
      <LevelPreview card={card} />
      <GivenLinks card={card.id} />
      <div class="row">
        <Button icon="edit" onPress={() => go("cards", "mine", card.id, "edit")}>
          {words.edit}
        </Button>
        <Button look="bad" icon="bin" onPress={() => setDeleting(true)}>
          {words.delete}
        </Button>
      </div>
      {isDeleting && <DeleteSheet id={card.id} onClose={() => setDeleting(false)} />}
    </>
  );
}

function DeleteSheet({ id, onClose }: { readonly id: CardId; readonly onClose: () => void }): JSX.Element {
  const words = useWords();
  const cards = useCards();
  return (
    <ConfirmSheet
      {...{ title: words.delete, how: words.deleteHow, cancel: words.cancel, act: words.delete, onClose }}
      onAct={async () => {
        await cards.delete(id);
        replaceRoute("cards");
      }}
    />
  );
}
