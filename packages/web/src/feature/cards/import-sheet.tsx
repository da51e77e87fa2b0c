/** Cards of one's own out of a vCard file: which of them, and what could not be read. */
import { CARD_PHOTO_BYTES_MAX, type ImportedCard } from "@kith/core/card";
import { EndpointError } from "@kith/sdk";
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useCards } from "../../store/cards.ts";
import { go } from "../../store/route.ts";
import { useAttempt } from "../../store/use-attempt.ts";
import { readVcardFile } from "../../store/vcard-file.ts";
import { Button } from "../../ui/button.tsx";
import { Check } from "../../ui/check.tsx";
import { Notice } from "../../ui/notice.tsx";
import { reencode } from "../../ui/picture.ts";
import { Sheet } from "../../ui/sheet.tsx";
import { nameOf } from "./card-view.tsx";
import { LeftList } from "./left-list.tsx";
import { useWords } from "./words.ts";

interface ImportProps {
  readonly file: File;
  readonly onClose: () => void;
}

/** Of a long file: whoever has more has them as contacts. */
const SHOWN_MAX = 64;

export function ImportSheet({ file, onClose }: ImportProps): JSX.Element {
  const words = useWords();
  const cards = useCards();
  const [found, setFound] = useState<readonly ImportedCard[]>();
  const [chosen, setChosen] = useState<ReadonlySet<number>>(new Set());
  const { problem, attempt } = useAttempt();
  useEffect(() => {
    void readVcardFile(file).then(({ cards: read }) => {
      const usable = read.filter(({ fields }) => fields.length > 0).slice(0, SHOWN_MAX);
      setFound(usable);
      setChosen(new Set(usable.length === 1 ? [0] : []));
    });
  }, []);
  const take = attempt(async () => {
    for (const at of [...chosen].sort((a, b) => a - b)) {
      const [{ fields, photo } = { fields: [], photo: undefined }] = [found?.[at]];
      const texts = fields.flatMap((field) => (field.kind === "photo" ? [] : [{ field }]));
      const made = await cards.create({ label: "", fields: texts });
      await cards.setPhoto(made.id, photo && (await smallPhoto(photo))).catch(onlyRefusals);
      if (chosen.size === 1) go("cards", "mine", made.id, "edit");
    }
    onClose();
  });
  const toggle = (at: number, isOn: boolean): void => {
    const next = new Set(chosen);
    if (isOn) next.add(at);
    else next.delete(at);
    setChosen(next);
  };
  return (
    <Sheet title={words.importFile} onClose={onClose}>
      {found === undefined ? (
        <p role="status">
          <span class="waiting" /> {words.reading}
        </p>
      ) : found.length === 0 ? (
        <Notice tone="bad">{words.importedNone}</Notice>
      ) : (
        <>
          <p>{words.whichMine}</p>
          <ul class="stack tight">
            {found.map((card, at) => (
              <li key={`${at}`}>
                <Check
                  label={nameOf(card.fields) || words.unnamed}
                  isOn={chosen.has(at)}
                  onChange={(isOn) => toggle(at, isOn)}
                />
              </li>
            ))}
          </ul>
          <LeftList left={[...chosen].flatMap((at) => found[at]?.left ?? [])} />
          <Button look="main" isDisabled={chosen.size === 0} onPress={take}>
            {words.importThese(chosen.size)}
          </Button>
        </>
      )}
      {problem !== undefined && <Notice tone="bad">{problem}</Notice>}
    </Sheet>
  );
}

const smallPhoto = async (photo: Uint8Array): Promise<Uint8Array | undefined> =>
  (await reencode(new Blob([photo.slice()]), CARD_PHOTO_BYTES_MAX))?.bytes;

/** A card without its photo is still a card. */
function onlyRefusals(error: unknown): void {
  if (!(error instanceof EndpointError)) throw error;
}
