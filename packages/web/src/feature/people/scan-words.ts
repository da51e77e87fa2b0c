/** What the scanner says. */
import { wordsIn } from "../../ui/language.ts";

const en = {
  fromPicture: "Take or choose a picture",
  paste: "Link or text of it",
  pasteHint: "The other screen has it below the code.",
  use: "Use it",
  back: "Back",
  noCode: "There is no QR code in that picture, or it is too small or blurred.",
  notOurs: "That is no code of Kith.",
};

const de: typeof en = {
  fromPicture: "Foto machen oder wählen",
  paste: "Link oder Text davon",
  pasteHint: "Der andere Bildschirm hat ihn unter dem Code.",
  use: "Benutzen",
  back: "Zurück",
  noCode: "In diesem Bild ist kein QR-Code, oder er ist zu klein oder unscharf.",
  notOurs: "Das ist kein Code von Kith.",
};

export const useScanWords: () => typeof en = wordsIn({ en, de });
