/** What Board says. */
import { wordsIn } from "../../ui/language.ts";

const en = {
  board: "Board",
  waiting: "Fetching the board from a member …",
  tools: { pen: "Pen", line: "Line", rectangle: "Rectangle", ellipse: "Ellipse", text: "Text", hand: "Move" },
  colors: { ink: "Ink", red: "Red", orange: "Orange", green: "Green", blue: "Blue", violet: "Violet" },
  toolbar: "Drawing tools",
  tool: "Tool",
  nib: (size: number) => `Nib ${size}`,
  more: "Whole board",
  undo: "Undo",
  redo: "Redo",
  zoomIn: "Closer",
  zoomOut: "Further",
  image: "Put a picture",
  save: "Save",
  png: "as PNG",
  svg: "as SVG",
  clear: "Clear the board",
  text: "Text",
  put: "Put it there",
  past: (count: number) => `The board as it was, with ${count} ${count === 1 ? "element" : "elements"}`,
  full: "The board is full. Clear it, or begin another room.",
  tooLarge: "The picture cannot be made small enough.",
};

const de: typeof en = {
  board: "Tafel",
  waiting: "Die Tafel kommt von einem Mitglied …",
  tools: { pen: "Stift", line: "Linie", rectangle: "Rechteck", ellipse: "Ellipse", text: "Text", hand: "Bewegen" },
  colors: { ink: "Tinte", red: "Rot", orange: "Orange", green: "Grün", blue: "Blau", violet: "Violett" },
  toolbar: "Zeichenwerkzeuge",
  tool: "Werkzeug",
  nib: (size: number) => `Strich ${size}`,
  more: "Ganze Tafel",
  undo: "Rückgängig",
  redo: "Wiederholen",
  zoomIn: "Näher",
  zoomOut: "Weiter weg",
  image: "Bild hinsetzen",
  save: "Sichern",
  png: "als PNG",
  svg: "als SVG",
  clear: "Tafel leeren",
  text: "Text",
  put: "Hinsetzen",
  past: (count: number) => `Die Tafel, wie sie war, mit ${count} ${count === 1 ? "Element" : "Elementen"}`,
  full: "Die Tafel ist voll. Leeren oder einen anderen Raum beginnen.",
  tooLarge: "Das Bild lässt sich nicht klein genug machen.",
};

export const useWords: () => typeof en = wordsIn({ en, de });
