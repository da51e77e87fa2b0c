/** The board as it stood: all of it, as large as there is room for it. */
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Doc } from "yjs";
import { type BoardElement, readElement } from "./element.ts";
import { extentOf } from "./export.ts";
import { Painter } from "./painter.ts";
import { useWords } from "./words.ts";

export function BoardLook({ doc }: { readonly doc: Doc }): JSX.Element {
  const words = useWords();
  const canvas = useRef<HTMLCanvasElement>(null);
  const elements = doc
    .getArray("board")
    .toArray()
    .flatMap((value) => readElement(value) ?? []);
  useEffect(() => {
    const shown = canvas.current;
    if (shown === null) return;
    const painter = new Painter(() => draw(shown, painter, elements));
    draw(shown, painter, elements);
  }, [doc]);
  return <canvas class="past" ref={canvas} role="img" aria-label={words.past(elements.length)} />;
}

function draw(canvas: HTMLCanvasElement, painter: Painter, elements: readonly BoardElement[]): void {
  canvas.width = Math.round(canvas.clientWidth * devicePixelRatio);
  canvas.height = Math.round(canvas.clientHeight * devicePixelRatio);
  const context = canvas.getContext("2d");
  if (context === null) return;
  const { x, y, width, height } = extentOf(elements);
  const scale = Math.min(canvas.width / width, canvas.height / height);
  context.setTransform(scale, 0, 0, scale, -x * scale, -y * scale);
  for (const element of elements) painter.paint(context, element);
}
