/**
 * What a pointer does on the board: draws with the tool in hand, pans with two fingers, the middle button or the hand, zooms with
 * the wheel or two fingers.
 *
 * @module
 */
import type { BoardView } from "./board-view.ts";
import { type BoardElement, type Color, STROKE_NUMBERS_MAX } from "./element.ts";

export type Tool = "pen" | "line" | "rectangle" | "ellipse" | "text" | "hand";

export interface Hand {
  readonly tool: Tool;
  readonly color: Color;
  readonly size: number;
}

export interface PenSink {
  readonly hand: () => Hand;
  readonly put: (element: BoardElement) => void;
  /** A text is wanted there. */
  readonly write: (x: number, y: number) => void;
  readonly moved: (at: { readonly x: number; readonly y: number } | null) => void;
}

const ZOOM_STEP = 1.0015;
const PRESSURE_UNKNOWN = 0.5;
/** Pixels that a shape must have to be one. */
const SHAPE_MIN = 3;

/** Ends with the function that it gives. */
export function holdPen(surface: HTMLElement, view: BoardView, sink: PenSink): () => void {
  const leaving = new AbortController();
  const { signal } = leaving;
  const fingers = new Map<number, { x: number; y: number }>();
  let draft: BoardElement | undefined;
  let isPanning = false;
  const show = (element: BoardElement | undefined): void => {
    draft = element;
    view.draft = element;
  };
  const down = (event: PointerEvent): void => {
    surface.setPointerCapture(event.pointerId);
    fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    const { tool } = sink.hand();
    isPanning = fingers.size > 1 || event.button === 1 || tool === "hand";
    if (isPanning) return show(undefined); // a second finger: it was no stroke
    const { x, y } = view.boardPoint(event.clientX, event.clientY);
    if (tool === "text") return sink.write(x, y);
    show(begun(sink.hand(), x, y, pressureOf(event)));
  };
  const move = (event: PointerEvent): void => {
    sink.moved(view.boardPoint(event.clientX, event.clientY));
    const finger = fingers.get(event.pointerId);
    if (finger === undefined) return;
    if (isPanning) pinch(view, fingers, event);
    else if (draft !== undefined) {
      const steps = event.getCoalescedEvents?.() ?? [];
      show((steps.length > 0 ? steps : [event]).reduce((grown, step) => grow(grown, view, step), draft));
    }
    [finger.x, finger.y] = [event.clientX, event.clientY];
  };
  const up = (event: PointerEvent): void => {
    fingers.delete(event.pointerId);
    if (draft !== undefined && event.type === "pointerup" && isSomething(draft, view)) sink.put(draft);
    show(undefined);
  };
  const wheel = (event: WheelEvent): void => {
    event.preventDefault();
    if (event.ctrlKey || event.metaKey) view.zoom(ZOOM_STEP ** -event.deltaY, event.clientX, event.clientY);
    else view.pan(-event.deltaX, -event.deltaY);
  };
  surface.addEventListener("pointerdown", down, { signal });
  surface.addEventListener("pointermove", move, { signal });
  surface.addEventListener("pointerup", up, { signal });
  surface.addEventListener("pointercancel", up, { signal });
  surface.addEventListener("pointerleave", () => sink.moved(null), { signal });
  surface.addEventListener("wheel", wheel, { signal, passive: false });
  return () => leaving.abort();
}

/** Mice say 0.5, some pens 0. */
const pressureOf = ({ pressure }: PointerEvent): number => (pressure > 0 ? pressure : PRESSURE_UNKNOWN);
const rounded = (value: number): number => Math.round(value * 10) / 10;

function begun({ tool, color, size }: Hand, x: number, y: number, pressure: number): BoardElement | undefined {
  if (tool === "pen") return { kind: "stroke", points: [rounded(x), rounded(y), pressure], color, size };
  if (tool === "hand" || tool === "text") return undefined;
  return { kind: "shape", shape: tool, x: rounded(x), y: rounded(y), width: 0, height: 0, color, size };
}

function grow(element: BoardElement, view: BoardView, event: PointerEvent): BoardElement {
  const { x, y } = view.boardPoint(event.clientX, event.clientY);
  if (element.kind === "shape") return { ...element, width: rounded(x - element.x), height: rounded(y - element.y) };
  if (element.kind !== "stroke" || element.points.length + 3 > STROKE_NUMBERS_MAX) return element;
  return { ...element, points: [...element.points, rounded(x), rounded(y), Math.round(pressureOf(event) * 100) / 100] };
}

const isSomething = (element: BoardElement, { camera }: BoardView): boolean =>
  element.kind !== "shape" || Math.hypot(element.width, element.height) * camera.scale >= SHAPE_MIN;

function pinch(view: BoardView, fingers: ReadonlyMap<number, { x: number; y: number }>, event: PointerEvent): void {
  const moved = fingers.get(event.pointerId);
  if (moved === undefined) return;
  const other = [...fingers].find(([id]) => id !== event.pointerId)?.[1];
  const share = other === undefined ? 1 : 2; // each of two fingers moves half of it
  view.pan((event.clientX - moved.x) / share, (event.clientY - moved.y) / share);
  if (other === undefined) return;
  const [before, now] = [
    Math.hypot(moved.x - other.x, moved.y - other.y),
    Math.hypot(event.clientX - other.x, event.clientY - other.y),
  ];
  if (before > 0) view.zoom(now / before, (event.clientX + other.x) / 2, (event.clientY + other.y) / 2);
}
