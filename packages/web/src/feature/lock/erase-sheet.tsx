/** Asks once more before everything is gone. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useKith } from "../../store/kith-context.ts";
import { Button } from "../../ui/button.tsx";
import { Field } from "../../ui/field.tsx";
import { wordsIn } from "../../ui/language.ts";
import { Sheet } from "../../ui/sheet.tsx";

const useWords = wordsIn({
  en: {
    title: "Erase everything",
    how: "Your key, contacts, messages and files on this device go for good. Nobody can bring them back, and nobody else's copies go with them.",
    word: "ERASE",
    type: (word: string) => `Type ${word} to go on`,
  },
  de: {
    title: "Alles löschen",
    how: "Dein Schlüssel, Kontakte, Nachrichten und Dateien auf diesem Gerät verschwinden für immer. Niemand kann sie zurückholen; Kopien bei anderen bleiben.",
    word: "WEG",
    type: (word: string) => `Zum Fortfahren ${word} eingeben`,
  },
});

export function EraseSheet({ onClose }: { readonly onClose: () => void }): JSX.Element {
  const words = useWords();
  const kith = useKith();
  const [typed, setTyped] = useState("");
  return (
    <Sheet title={words.title} onClose={onClose}>
      <p>{words.how}</p>
      <Field label={words.type(words.word)} value={typed} onInput={setTyped} isFocused />
      <Button look="bad" isDisabled={typed.trim().toUpperCase() !== words.word} onPress={() => kith.erase()}>
        {words.title}
      </Button>
    </Sheet>
  );
}
