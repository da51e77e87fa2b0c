/** A board of many strokes in a page, for its test: `globalThis.board`. */
import { Awareness } from "y-protocols/awareness";
import { Doc } from "yjs";
import { BoardView } from "./board-view.ts";
import type { BoardElement } from "./element.ts";

export interface BoardFixture {
  /** Draws that many strokes of 40 points; milliseconds until they are on the screen. */
  fill(strokes: number): Promise<number>;
  /** Puts one more there; milliseconds until it is on the screen. */
  add(): Promise<number>;
  /** Pans for so long, a step a frame, as a hand does. Frames, and the longest pause between two. */
  pan(ms: number): Promise<{ readonly frames: number; readonly longestMs: number }>;
  /** Pans by so much and rests: strokes that were painted for it, and pixels that are not as if all had been drawn anew. */
  move(dx: number, dy: number): Promise<{ readonly painted: number; readonly wrong: number }>;
  /** Takes one stroke away and puts it there again, among the others. */
  undo(index: number): Promise<{ readonly painted: number; readonly wrong: number }>;
  /** Draws a stroke over it, a point a frame. */
  draw(ms: number): Promise<{ readonly frames: number; readonly longestMs: number }>;
}

const canvas = (): HTMLCanvasElement => {
  const element = document.body.appendChild(document.createElement("canvas"));
  Object.assign(element.style, { position: "fixed", inset: "0", width: "100vw", height: "100vh" });
  return element;
};
const still = canvas();
const view = new BoardView(still, canvas(), new Awareness(new Doc()));
let elements: readonly BoardElement[] = [];
const frame = (): Promise<number> => new Promise((resolve) => requestAnimationFrame(resolve));

function stroke(index: number): BoardElement {
  const points: number[] = [];
  for (let at = 0; at < 40; at++)
    points.push((index % 100) * 12 + at, Math.floor(index / 100) * 9 + 6 * Math.sin(at / 4), 0.3 + (at % 10) / 20);
  return { kind: "stroke", points, color: "ink", size: 3 };
}

async function count(ms: number, step: (frames: number) => void): Promise<{ frames: number; longestMs: number }> {
  const start = await frame();
  let [frames, longestMs, last] = [0, 0, start];
  while (last - start < ms) {
    step(++frames);
    const now = await frame();
    longestMs = Math.max(longestMs, now - last);
    last = now;
  }
  return { frames, longestMs: Math.round(longestMs) };
}

/** Until the picture stands where one looks. */
async function rest(): Promise<void> {
  do await frame();
  while (still.style.transform !== "translate(0px, 0px) scale(1)");
}

async function put(shown: readonly BoardElement[]): Promise<{ readonly painted: number; readonly wrong: number }> {
  const before = view.painted;
  view.elements = shown;
  await frame();
  await frame();
  return { painted: view.painted - before, wrong: await wrong() };
}

const pixels = (): Uint8ClampedArray =>
  still.getContext("2d")?.getImageData(0, 0, still.width, still.height).data ?? new Uint8ClampedArray();

/** Pixels of the picture that are clearly not what they are when all of it is drawn anew, which it is then. */
async function wrong(): Promise<number> {
  const there = pixels().slice();
  view.redraw();
  await frame();
  await frame();
  let count = 0;
  const anew = pixels();
  for (let at = 3; at < anew.length; at += 4) if (Math.abs((anew[at] ?? 0) - (there[at] ?? 0)) > 48) count += 1;
  return count;
}

const fixture: BoardFixture = {
  fill: async (strokes) => {
    const start = performance.now();
    elements = Array.from({ length: strokes }, (_, index) => stroke(index));
    view.elements = elements;
    await frame();
    await frame();
    return Math.round(performance.now() - start);
  },
  add: async () => {
    const start = performance.now();
    elements = [...elements, stroke(elements.length)];
    view.elements = elements;
    await frame();
    await frame();
    return Math.round(performance.now() - start);
  },
  pan: (ms) => count(ms, (frames) => view.pan(frames % 120 < 60 ? 3 : -3, 1)),
  move: async (dx, dy) => {
    const before = view.painted;
    view.pan(dx, dy);
    await rest();
    return { painted: view.painted - before, wrong: await wrong() };
  },
  undo: async (index) => {
    const all = elements;
    const [gone, there] = [await put(all.filter((_, each) => each !== index)), await put(all)];
    return { painted: gone.painted + there.painted, wrong: gone.wrong + there.wrong };
  },
  draw: async (ms) => {
    const points: number[] = [];
    return count(ms, (frames) => {
      points.push(frames, 50 + (frames % 50), 0.5);
      view.draft = { kind: "stroke", points: [...points], color: "red", size: 4 };
    });
  },
};
Object.assign(globalThis, { board: fixture });
