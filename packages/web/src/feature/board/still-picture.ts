/**
 * The part of a board that stands still, as a picture on a canvas. Of ten thousand strokes as few as possible are painted: what is
 * put at the end, over it; where something goes, that place alone; of what a hand has moved, the strips that came into
 * the window, beside what was there. All of it only at another scale, and nothing that is outside of the window.
 *
 * @module
 */
import { type Bounds, boundsOf, overlap, union } from "./bounds.ts";
import type { Camera } from "./camera.ts";
import type { BoardElement } from "./element.ts";
import type { Painter } from "./painter.ts";

/** Elements that come or go in one place and the place is mended; of more, all is painted anew. */
const MENDED_MAX = 256;

export class StillPicture {
  readonly #canvas: HTMLCanvasElement;
  readonly #painter: Painter;
  #elements: readonly BoardElement[] = [];
  #added: BoardElement[] = []; // and not painted yet
  #torn: Bounds | undefined; // there the picture is wrong
  #isStale = true; // all of it is
  #drawnAt: Camera = { x: 0, y: 0, scale: 1 };
  /** Of elements, in all. */
  painted = 0;

  constructor(canvas: HTMLCanvasElement, painter: Painter) {
    [this.#canvas, this.#painter] = [canvas, painter];
  }

  /** From where the picture was drawn that is there. */
  get drawnAt(): Camera {
    return this.#drawnAt;
  }

  show(elements: readonly BoardElement[]): void {
    const before = this.#elements;
    this.#elements = elements;
    if (before.every((element, index) => element === elements[index])) {
      this.#added.push(...elements.slice(before.length));
      return;
    }
    const [were, are] = [new Set(before), new Set(elements)];
    const changed = [...before.filter((each) => !are.has(each)), ...elements.filter((each) => !were.has(each))];
    if (changed.length === 0 || changed.length > MENDED_MAX) this.#isStale = true;
    this.#added = this.#added.filter((each) => are.has(each));
    for (const element of changed) this.#torn = union(this.#torn, boundsOf(element));
  }

  /** All of it is to be painted anew. */
  spoil(): void {
    this.#isStale = true;
  }

  /** Where `camera` would be on whole pixels of the picture that is there: so what moved stays sharp. */
  aligned(camera: Camera): Camera {
    const { x, y, scale } = this.#drawnAt;
    if (camera.scale !== scale) return camera;
    const pixels = scale * devicePixelRatio;
    return {
      ...{ x: x + Math.round((camera.x - x) * pixels) / pixels, y: y + Math.round((camera.y - y) * pixels) / pixels },
      scale,
    };
  }

  /** Looks from there from now on; what `aligned` gave. */
  lookFrom(camera: Camera): void {
    const was = this.#drawnAt;
    this.#drawnAt = camera;
    if (camera.scale !== was.scale) this.#isStale = true;
    if (this.#isStale) return;
    this.paint(was); // what is due stands where it stood
    this.#scroll(was);
  }

  /** Paints what is due. */
  paint(camera: Camera = this.#drawnAt): void {
    if (this.#isStale) return this.#paintAll();
    const context = this.#look(camera);
    if (this.#torn !== undefined) this.#mend(context, this.#torn, camera);
    this.#torn = undefined;
    for (const element of this.#added.splice(0)) this.#paint(context, element);
  }

  #paintAll(): void {
    [this.#isStale, this.#torn, this.#added] = [false, undefined, []];
    this.#canvas.getContext("2d")?.reset();
    const context = this.#look(this.#drawnAt);
    const window = this.#windowAt(this.#drawnAt);
    for (const element of this.#elements) if (overlap(boundsOf(element), window)) this.#paint(context, element);
  }

  /** The picture is moved by whole pixels, and the strips that came into the window are painted. */
  #scroll(was: Camera): void {
    const { x, y, scale } = this.#drawnAt;
    const pixels = scale * devicePixelRatio;
    const [dx, dy] = [Math.round((was.x - x) * pixels), Math.round((was.y - y) * pixels)];
    if (dx === 0 && dy === 0) return;
    const { width, height } = this.#canvas;
    if (Math.abs(dx) >= width || Math.abs(dy) >= height) return this.#paintAll();
    const context = this.#look(this.#drawnAt);
    context.save();
    context.resetTransform();
    context.globalCompositeOperation = "copy";
    context.drawImage(this.#canvas, dx, dy);
    context.restore();
    const window = this.#windowAt(this.#drawnAt);
    const here = this.#drawnAt;
    if (dx > 0) this.#mend(context, { ...window, right: window.left + dx / pixels }, here);
    if (dx < 0) this.#mend(context, { ...window, left: window.right + dx / pixels }, here);
    if (dy > 0) this.#mend(context, { ...window, bottom: window.top + dy / pixels }, here);
    if (dy < 0) this.#mend(context, { ...window, top: window.bottom + dy / pixels }, here);
  }

  /** One place, in which everything is painted again that reaches into it. */
  #mend(context: CanvasRenderingContext2D, torn: Bounds, camera: Camera): void {
    const place = onPixels(torn, camera);
    const { left, top, right, bottom } = place;
    context.save();
    context.beginPath();
    context.rect(left, top, right - left, bottom - top);
    context.clip();
    context.clearRect(left, top, right - left, bottom - top);
    for (const element of this.#elements) if (overlap(boundsOf(element), place)) this.#paint(context, element);
    context.restore();
  }

  #paint(context: CanvasRenderingContext2D, element: BoardElement): void {
    this.painted += 1;
    this.#painter.paint(context, element);
  }

  #look({ x, y, scale }: Camera): CanvasRenderingContext2D {
    const context = this.#canvas.getContext("2d");
    if (context === null) throw new Error("No canvas here");
    const pixels = scale * devicePixelRatio;
    context.setTransform(pixels, 0, 0, pixels, -x * pixels, -y * pixels);
    return context;
  }

  #windowAt({ x, y, scale }: Camera): Bounds {
    const pixels = scale * devicePixelRatio;
    return { left: x, top: y, right: x + this.#canvas.width / pixels, bottom: y + this.#canvas.height / pixels };
  }
}

/** To whole pixels outside of it, and one more: half a one that is cleared would show. */
function onPixels({ left, top, right, bottom }: Bounds, { x, y, scale }: Camera): Bounds {
  const pixels = scale * devicePixelRatio;
  return {
    ...{
      left: x + (Math.floor((left - x) * pixels) - 1) / pixels,
      top: y + (Math.floor((top - y) * pixels) - 1) / pixels,
    },
    ...{
      right: x + (Math.ceil((right - x) * pixels) + 1) / pixels,
      bottom: y + (Math.ceil((bottom - y) * pixels) + 1) / pixels,
    },
  };
}
