/**
 * A board on the screen. Two canvases: what stands still (`still-picture.ts`), and above it what moves, the stroke under the pen
 * and everybody's pointer, touched only while there is any. While one pans or zooms, the picture that is there is
 * shifted, and drawn sharp when the hand rests.
 *
 * @module
 */
import type { KithProvider } from "@kith/sdk/yjs";
import type { Camera } from "./camera.ts";
import type { BoardElement } from "./element.ts";
import { Painter } from "./painter.ts";
import { StillPicture } from "./still-picture.ts";

const SCALE_MIN = 0.05;
const SCALE_MAX = 16;
const REST_MS = 120;
const POINTER_RADIUS = 5;

export class BoardView {
  readonly #still: HTMLCanvasElement;
  readonly #moving: HTMLCanvasElement;
  readonly #painter = new Painter(() => this.redraw());
  readonly #awareness: KithProvider["awareness"];
  readonly #picture: StillPicture;
  #draft: BoardElement | undefined;
  #camera: Camera = { x: 0, y: 0, scale: 1 };
  #frame: number | undefined;
  #restTimer: ReturnType<typeof setTimeout> | undefined;
  #isMoving = false; // something is on the moving canvas
  #isResting = false; // and what came into the window is not drawn yet
  readonly #stopWatching: () => void;

  constructor(still: HTMLCanvasElement, moving: HTMLCanvasElement, awareness: KithProvider["awareness"]) {
    [this.#still, this.#moving, this.#awareness] = [still, moving, awareness];
    this.#picture = new StillPicture(still, this.#painter);
    const changed = (): void => this.#ask();
    awareness.on("change", changed);
    const size = new ResizeObserver(() => this.#resize());
    size.observe(still);
    this.#stopWatching = () => {
      awareness.off("change", changed);
      size.disconnect();
    };
  }

  get camera(): Camera {
    return this.#camera;
  }

  /** How many elements were painted on the still canvas, in all: a measure of work. */
  get painted(): number {
    return this.#picture.painted;
  }

  set elements(elements: readonly BoardElement[]) {
    this.#picture.show(elements);
    this.#ask();
  }

  /** What is under the pen and not on the board yet. */
  set draft(element: BoardElement | undefined) {
    this.#draft = element;
    this.#ask();
  }

  /** All of it: a picture on it can be drawn now. */
  redraw(): void {
    this.#picture.spoil();
    this.#ask();
  }

  /** Where on the board a point of the screen is. */
  boardPoint(clientX: number, clientY: number): { readonly x: number; readonly y: number } {
    const { left, top } = this.#still.getBoundingClientRect();
    const { x, y, scale } = this.#camera;
    return { x: x + (clientX - left) / scale, y: y + (clientY - top) / scale };
  }

  /** By pixels of the screen. */
  pan(dx: number, dy: number): void {
    const { x, y, scale } = this.#camera;
    this.#look({ x: x - dx / scale, y: y - dy / scale, scale });
  }

  /** About a point of the screen, which stays where it is. */
  zoom(factor: number, clientX: number, clientY: number): void {
    const at = this.boardPoint(clientX, clientY);
    const scale = Math.min(SCALE_MAX, Math.max(SCALE_MIN, this.#camera.scale * factor));
    const ratio = this.#camera.scale / scale;
    this.#look({ x: at.x - (at.x - this.#camera.x) * ratio, y: at.y - (at.y - this.#camera.y) * ratio, scale });
  }

  close(): void {
    this.#stopWatching();
    clearTimeout(this.#restTimer);
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
  }

  #look(camera: Camera): void {
    this.#camera = camera;
    this.#shift();
    clearTimeout(this.#restTimer);
    this.#restTimer = setTimeout(() => this.#rest(), REST_MS);
    this.#ask();
  }

  /** The hand rests: all that is in the window is drawn, and sharp. */
  #rest(): void {
    this.#camera = this.#picture.aligned(this.#camera);
    this.#isResting = true;
    this.#ask();
  }

  #resize(): void {
    for (const canvas of [this.#still, this.#moving]) {
      canvas.width = Math.round(canvas.clientWidth * devicePixelRatio);
      canvas.height = Math.round(canvas.clientHeight * devicePixelRatio);
    }
    this.redraw();
  }

  #ask(): void {
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = undefined;
      if (this.#isResting) this.#picture.lookFrom(this.#camera);
      this.#isResting = false;
      this.#picture.paint();
      this.#shift();
      this.#drawMoving();
    });
  }

  /** Moves the picture that is there to where it would be drawn. */
  #shift(): void {
    const [was, is] = [this.#picture.drawnAt, this.#camera];
    const factor = is.scale / was.scale;
    this.#still.style.transformOrigin = "0 0";
    this.#still.style.transform = `translate(${(was.x - is.x) * is.scale}px, ${(was.y - is.y) * is.scale}px) scale(${factor})`;
  }

  #drawMoving(): void {
    const states = [...this.#awareness.getStates()].filter(([client]) => client !== this.#awareness.clientID);
    const pointers = states.flatMap(([, state]) => pointerOf(state) ?? []);
    const moves = this.#draft !== undefined || pointers.length > 0;
    if (!moves && !this.#isMoving) return;
    this.#isMoving = moves;
    const context = this.#moving.getContext("2d");
    if (context === null) throw new Error("No canvas here");
    context.reset();
    const { x, y, scale } = this.#camera;
    const pixels = scale * devicePixelRatio;
    context.setTransform(pixels, 0, 0, pixels, -x * pixels, -y * pixels);
    if (this.#draft !== undefined) this.#painter.paint(context, this.#draft);
    for (const pointer of pointers) paintPointer(context, pointer, scale);
  }
}

interface Pointer {
  readonly x: number;
  readonly y: number;
  readonly name: string;
  readonly color: string;
}

/** `user` is ours (`userOf` of the provider); where the pointer is, somebody else says. */
function pointerOf(state: Readonly<Record<string, unknown>>): Pointer | undefined {
  const { pointer, user } = state as { readonly pointer?: { x?: unknown; y?: unknown }; readonly user?: Pointer };
  if (typeof pointer?.x !== "number" || typeof pointer.y !== "number" || user === undefined) return undefined;
  return { x: pointer.x, y: pointer.y, name: user.name, color: user.color };
}

function paintPointer(context: CanvasRenderingContext2D, { x, y, name, color }: Pointer, scale: number): void {
  context.fillStyle = color;
  context.beginPath();
  context.arc(x, y, POINTER_RADIUS / scale, 0, 2 * Math.PI);
  context.fill();
  context.font = `${12 / scale}px system-ui, sans-serif`;
  context.textBaseline = "top";
  context.fillText(name, x + 8 / scale, y + 4 / scale);
}
