/** A board that the room draws on together. */
import type { Room } from "@kith/sdk";
import type { KithProvider } from "@kith/sdk/yjs";
import type { JSX } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { useRunning } from "../../store/endpoint-context.ts";
import { useRoomDoc } from "../../store/use-room-doc.ts";
import { reencode } from "../../ui/picture.ts";
import { BoardDoc } from "./board-doc.ts";
import { BoardView } from "./board-view.ts";
import type { BoardElement } from "./element.ts";
import { IMAGE_BYTES_MAX } from "./element.ts";
import { type Hand, holdPen } from "./pen.ts";
import { TextSheet } from "./text-sheet.tsx";
import { Toolbar } from "./toolbar.tsx";
import { useWords } from "./words.ts";
import "./board.css";

export function Board({ room }: { readonly room: Room }): JSX.Element {
  const words = useWords();
  const provider = useRoomDoc(room, "board");
  if (provider === undefined)
    return (
      <p class="boot" role="status">
        <span class="waiting" /> {words.waiting}
      </p>
    );
  return <Surface provider={provider} />;
}

const PICTURE_WIDTH_MAX = 400;

function Surface({ provider }: { readonly provider: KithProvider }): JSX.Element {
  const words = useWords();
  const [hand, setHand] = useState<Hand>({ tool: "pen", color: "ink", size: 4 });
  const [writesAt, setWritesAt] = useState<{ readonly x: number; readonly y: number }>();
  const [problem, setProblem] = useState<string>();
  const held = useRef(hand);
  held.current = hand;
  const { desk } = useRunning();
  const doc = useMemo(() => new BoardDoc(provider, desk.undos), [provider]);
  const [still, moving] = [useRef<HTMLCanvasElement>(null), useRef<HTMLCanvasElement>(null)];
  const view = useRef<BoardView>(undefined);
  const put = (element: BoardElement): void => setProblem(doc.add(element) ? undefined : words.full);

  useEffect(() => {
    if (still.current === null || moving.current === null) return;
    const shown = new BoardView(still.current, moving.current, provider.awareness);
    view.current = shown;
    const show = (): void => {
      shown.elements = doc.elements;
    };
    const stopWatching = doc.subscribe(show);
    show();
    const letGo = holdPen(moving.current, shown, {
      hand: () => held.current,
      put,
      write: (x, y) => setWritesAt({ x, y }),
      moved: (at) => provider.awareness.setLocalStateField("pointer", at),
    });
    return () => {
      letGo();
      stopWatching();
      shown.close();
      provider.awareness.setLocalStateField("pointer", null);
    };
  }, [doc]);

  const zoom = (factor: number): void => {
    const box = moving.current?.getBoundingClientRect();
    if (box !== undefined) view.current?.zoom(factor, box.left + box.width / 2, box.top + box.height / 2);
  };
  const addPicture = async (file: File): Promise<void> => {
    const picture = await reencode(file, IMAGE_BYTES_MAX);
    const box = moving.current?.getBoundingClientRect();
    if (picture === undefined || box === undefined) return setProblem(words.tooLarge);
    const at = view.current?.boardPoint(box.left + box.width / 4, box.top + box.height / 4) ?? { x: 0, y: 0 };
    const scale = Math.min(1, PICTURE_WIDTH_MAX / picture.width);
    put({ kind: "image", bytes: picture.bytes, ...at, width: picture.width * scale, height: picture.height * scale });
  };
  return (
    <div class="board">
      <Toolbar {...{ hand, setHand, doc, zoom, addPicture }} />
      {problem !== undefined && <p role="alert">{problem}</p>}
      <div class="canvases">
        <canvas ref={still} />
        <canvas
          ref={moving}
          role="img"
          aria-label={words.board}
          tabIndex={0}
          class={hand.tool === "hand" ? "moves" : ""}
          onKeyDown={(event) => {
            if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z") return;
            event.preventDefault();
            if (event.shiftKey) doc.undo.redo();
            else doc.undo.undo();
          }}
        />
      </div>
      {writesAt !== undefined && (
        <TextSheet
          onClose={() => setWritesAt(undefined)}
          onPut={(text) => put({ kind: "text", ...writesAt, text, color: hand.color, size: 8 + hand.size * 3 })}
        />
      )}
    </div>
  );
}
