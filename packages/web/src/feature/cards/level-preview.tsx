/** Exactly what each level of a card shows, as whoever gets it sees it; and the same as a file. */

import type { CardLevel, CardPreview, OwnCardView } from "@kith/sdk";
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useCardPhoto, useCards } from "../../store/cards.ts";
import { useAttempt } from "../../store/use-attempt.ts";
import { Button } from "../../ui/button.tsx";
import { amount } from "../../ui/bytes.ts";
import { Notice } from "../../ui/notice.tsx";
import { CardView, nameOf } from "./card-view.tsx";
import { FaultNotice } from "./fault-notice.tsx";
import { LevelChoice } from "./level-choice.tsx";
import { downloadVcard } from "./vcard-download.ts";
import { useWords } from "./words.ts";

export function LevelPreview({ card }: { readonly card: OwnCardView }): JSX.Element {
  const words = useWords();
  const [level, setLevel] = useState<CardLevel>("public");
  const preview = usePreview(card, level);
  const photo = useCardPhoto(preview?.fields ?? NOTHING);
  return (
    <section class="stack" aria-label={words.preview}>
      <div class="stack tight">
        <h2>{words.preview}</h2>
        <p class="soft small">{words.previewHow}</p>
      </div>
      <LevelChoice value={level} onChange={setLevel} />
      {preview !== undefined && <Previewed preview={preview} photo={photo} label={words.cardAt(words.levels[level])} />}
      {preview?.faults.length === 0 && <ExportRow card={card} level={level} name={nameOf(preview.fields)} />}
    </section>
  );
}

const NOTHING: CardPreview["fields"] = [];

/** Of the card as it is now. */
export function usePreview(card: OwnCardView, level: CardLevel): CardPreview | undefined {
  const cards = useCards();
  const [preview, setPreview] = useState<CardPreview>();
  useEffect(() => {
    let isHere = true;
    void cards.preview(card.id, level).then((next) => isHere && setPreview(next));
    return () => {
      isHere = false;
    };
  }, [card, level]);
  return preview;
}

interface PreviewedProps {
  readonly preview: CardPreview;
  readonly photo: Uint8Array | undefined;
  readonly label: string;
}

function Previewed({ preview, photo, label }: PreviewedProps): JSX.Element {
  const words = useWords();
  const [fault] = preview.faults;
  if (fault !== undefined) return <FaultNotice fault={fault} />;
  return (
    <>
      <CardView fields={preview.fields} photo={photo} label={label} />
      <p class="soft small">{words.weighs(amount(preview.bytes), preview.photoBytes && amount(preview.photoBytes))}</p>
    </>
  );
}

interface ExportProps {
  readonly card: OwnCardView;
  readonly level: CardLevel;
  readonly name: string;
}

function ExportRow({ card, level, name }: ExportProps): JSX.Element {
  const words = useWords();
  const cards = useCards();
  const { problem, attempt } = useAttempt();
  const take = (version: "3.0" | "4.0"): (() => Promise<void>) =>
    attempt(async () => downloadVcard(await cards.exportCard(card.id, level, version), name));
  return (
    <div class="stack tight">
      <h3>{words.exportAs}</h3>
      <p class="soft small">{words.exportLevel}</p>
      <div class="row">
        {(["3.0", "4.0"] as const).map((version) => (
          <Button key={version} icon="down" onPress={take(version)}>
            vCard {version}
          </Button>
        ))}
      </div>
      {problem !== undefined && <Notice tone="bad">{problem}</Notice>}
    </div>
  );
}
