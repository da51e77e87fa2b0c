/** What is in hand, and what can be done with the whole board. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { Button } from "../../ui/button.tsx";
import { download } from "../../ui/download.ts";
import { FileButton } from "../../ui/file-button.tsx";
import { Select } from "../../ui/select.tsx";
import { Sheet } from "../../ui/sheet.tsx";
import type { BoardDoc } from "./board-doc.ts";
import { INKS } from "./draw.ts";
import { COLORS } from "./element.ts";
import { boardPng, boardSvg } from "./export.ts";
import type { Hand, Tool } from "./pen.ts";
import { useWords } from "./words.ts";

interface ToolbarProps {
  readonly hand: Hand;
  readonly setHand: (hand: Hand) => void;
  readonly doc: BoardDoc;
  readonly zoom: (factor: number) => void;
  readonly addPicture: (file: File) => Promise<void>;
}

const ZOOM = 1.25;
const SIZES = [2, 4, 8, 16] as const;

export function Toolbar({ hand, setHand, doc, zoom, addPicture }: ToolbarProps): JSX.Element {
  const words = useWords();
  const [isOpen, setOpen] = useState(false);
  return (
    <fieldset class="toolbar" aria-label={words.toolbar}>
      <Select<Tool>
        label={words.tool}
        value={hand.tool}
        options={words.tools}
        onChange={(tool) => setHand({ ...hand, tool })}
      />
      <div class="row">
        {COLORS.map((color) => (
          <button
            key={color}
            type="button"
            class="ink"
            aria-label={words.colors[color]}
            aria-pressed={hand.color === color}
            style={{ background: INKS[color] }}
            onClick={() => setHand({ ...hand, color })}
          />
        ))}
      </div>
      <div class="row">
        {SIZES.map((size) => (
          <button
            key={size}
            type="button"
            class="nib"
            aria-label={words.nib(size)}
            aria-pressed={hand.size === size}
            onClick={() => setHand({ ...hand, size })}
          >
            <span class="dot" style={{ width: `${size}px`, height: `${size}px` }} />
          </button>
        ))}
      </div>
      <div class="row">
        <Button look="bare" icon="undo" label={words.undo} onPress={() => void doc.undo.undo()} />
        <Button look="bare" icon="redo" label={words.redo} onPress={() => void doc.undo.redo()} />
        <Button look="bare" icon="closer" label={words.zoomIn} onPress={() => zoom(ZOOM)} />
        <Button look="bare" icon="further" label={words.zoomOut} onPress={() => zoom(1 / ZOOM)} />
        <Button look="bare" icon="more" label={words.more} onPress={() => setOpen(true)} />
      </div>
      {isOpen && <WholeSheet {...{ doc, addPicture }} onClose={() => setOpen(false)} />}
    </fieldset>
  );
}

interface WholeProps extends Pick<ToolbarProps, "doc" | "addPicture"> {
  readonly onClose: () => void;
}

/** What is done seldom, and with all that is there. */
function WholeSheet({ doc, addPicture, onClose }: WholeProps): JSX.Element {
  const words = useWords();
  return (
    <Sheet title={words.more} onClose={onClose}>
      <FileButton
        accept="image/*"
        icon="image"
        onFile={async (file) => {
          onClose();
          await addPicture(file);
        }}
      >
        {words.image}
      </FileButton>
      <Button icon="down" onPress={async () => download(await boardPng(doc.elements), "board.png")}>
        {words.save} {words.png}
      </Button>
      <Button
        icon="down"
        onPress={() => download(new Blob([boardSvg(doc.elements)], { type: "image/svg+xml" }), "board.svg")}
      >
        {words.save} {words.svg}
      </Button>
      <Button
        look="bad"
        icon="bin"
        onPress={() => {
          doc.clear();
          onClose();
        }}
      >
        {words.clear}
      </Button>
    </Sheet>
  );
}
