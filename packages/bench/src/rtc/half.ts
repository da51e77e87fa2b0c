/**
 * One end of a connection over WebRTC, in a page or in Node, and how its bench calls it: the two meet by three texts that
 * somebody carries, then one pours and the other counts.
 *
 * @module
 */
import type { Pipe } from "../contender/contender.ts";

/** Of one contender. */
export interface Meeting {
  /** What the other end must know of us. */
  offer(): Promise<string>;
  answer(offer: string): Promise<string>;
  accept(answer: string): Promise<void>;
  /** Of both, after all that. */
  pipe(): Promise<Pipe>;
}

/** As a page's global, or an object in Node. */
export interface Half extends Omit<Meeting, "pipe"> {
  start(server: string): Promise<void>;
  /** Resolves when there is a pipe. */
  ready(): Promise<void>;
  /** Seconds until the other end has said that all are there. */
  pour(bytes: number, count: number): Promise<number>;
  /** Says so once `total` bytes have come. */
  count(total: number): void;
}

const WRITES_PER_TURN = 64;

export function halfOf(meetAt: (server: string) => Promise<Meeting>): Half {
  let meeting: Meeting | undefined;
  let pipe: Pipe | undefined;
  const met = (): Meeting => meeting ?? fail("nothing was started");
  const piped = (): Pipe => pipe ?? fail("there is no pipe");
  return {
    async start(server) {
      meeting = await meetAt(server);
    },
    offer: () => met().offer(),
    answer: (offer) => met().answer(offer),
    accept: (answer) => met().accept(answer),
    async ready() {
      pipe = await met().pipe();
    },
    pour: (bytes, count) => pourInto(piped(), new Uint8Array(bytes).fill(7), count),
    count(total) {
      let seen = 0;
      const to = piped();
      to.onData((bytes) => {
        seen += bytes.length;
        if (seen === total) to.write(Uint8Array.of(1));
      });
    },
  };
}

async function pourInto(pipe: Pipe, piece: Uint8Array, count: number): Promise<number> {
  const answered = new Promise<void>((resolve) => pipe.onData(() => resolve()));
  const started = performance.now();
  for (let left = count; left > 0; ) {
    let hasRoom = true;
    for (let i = Math.min(WRITES_PER_TURN, left); i > 0 && hasRoom; i--, left--) hasRoom = pipe.write(piece);
    if (hasRoom) await new Promise((resolve) => setTimeout(resolve));
    else await pipe.drain();
  }
  await answered;
  return (performance.now() - started) / 1_000;
}

function fail(why: string): never {
  throw new Error(why);
}
