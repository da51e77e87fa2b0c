/** Draws elements on a canvas. Outlines are made once an element; pictures are decoded by the browser, off to the side. */
import { decodePicture, MADE_PIXELS_MAX } from "../../ui/picture.ts";
import { INKS, lineStep, linesOf, outline } from "./draw.ts";
import type { BoardElement } from "./element.ts";

/** Of all pictures of a board that are held decoded, four bytes each: the rest of them is not drawn. */
const PIXELS_MAX = 100_000_000;

type Context = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

export class Painter {
  readonly #paths = new WeakMap<BoardElement, Path2D>();
  readonly #pictures = new WeakMap<BoardElement, ImageBitmap | "loading" | "broken">();
  readonly #loaded: () => void;
  #pixels = 0;
  #loading: Promise<void> = Promise.resolve(); // one after the other, so that the bound holds

  /** `loaded`: a picture can be drawn now. */
  constructor(loaded: () => void) {
    this.#loaded = loaded;
  }

  paint(context: Context, element: BoardElement): void {
    if (element.kind === "image") {
      const picture = this.#picture(element);
      if (picture !== undefined) context.drawImage(picture, element.x, element.y, element.width, element.height);
      return;
    }
    const ink = INKS[element.color];
    context.fillStyle = ink;
    if (element.kind === "text") {
      context.font = `${element.size}px system-ui, sans-serif`;
      context.textBaseline = "top";
      for (const [index, line] of linesOf(element.text).entries())
        context.fillText(line, element.x, element.y + index * lineStep(element.size));
      return;
    }
    const path = this.#path(element);
    if (element.kind === "stroke") return context.fill(path);
    context.strokeStyle = ink;
    context.lineWidth = element.size;
    context.lineCap = "round";
    context.lineJoin = "round";
    context.stroke(path);
  }

  #path(element: Exclude<BoardElement, { kind: "image" | "text" }>): Path2D {
    const known = this.#paths.get(element) ?? new Path2D(outline(element).path);
    this.#paths.set(element, known);
    return known;
  }

  #picture(element: Extract<BoardElement, { kind: "image" }>): ImageBitmap | undefined {
    const known = this.#pictures.get(element);
    if (known instanceof ImageBitmap) return known;
    if (known !== undefined) return undefined;
    this.#pictures.set(element, "loading");
    this.#loading = this.#loading.then(() => this.#load(element));
    return undefined;
  }

  async #load(element: Extract<BoardElement, { kind: "image" }>): Promise<void> {
    const blob = new Blob([element.bytes as Uint8Array<ArrayBuffer>]);
    const picture = this.#pixels < PIXELS_MAX ? await decodePicture(blob, MADE_PIXELS_MAX) : undefined;
    this.#pictures.set(element, picture ?? "broken"); // a peer's bytes: what is no picture is not drawn
    if (picture === undefined) return;
    this.#pixels += picture.width * picture.height;
    this.#loaded();
  }
}
