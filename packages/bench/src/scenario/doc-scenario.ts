/**
 * A document of Yjs that two share: how long it takes until somebody who opens a long one has all of it, and how many edits
 * a second come from one to the other.
 *
 * @module
 */
import type { Doc } from "yjs";
import { docContenderNamed } from "../doc/doc-contenders.ts";
import { DELETES, type Edit, INSERTS, paperTrace } from "../doc/trace.ts";
import { percentile, type Scenario, secondsSince } from "./scenario.ts";

const EDITS_AT_ONCE = 1_000;
const COME_IN = 9;
/** Of live edits, in one turn of the event loop. */
const TURN_EDITS = 100;
/** Live edits that come one a turn, as of one person: one in so many of the others. */
const CALM_SHARE = 10;
const EDITED = "edited";
const SEEN = "seen";

const textOf = (doc: Doc): ReturnType<Doc["getText"]> => doc.getText("text");

export const docJoin: Scenario = {
  title: `a text of ${(INSERTS + DELETES).toLocaleString("en")} edits, from opening it to all of it; warm`,
  unit: "ms",
  isLess: true,
  counts: { kith: 25, "y-websocket": 25 },
  ratioGoals: { "y-websocket": 1 },
  async answer(name) {
    const contender = await docContenderNamed(name);
    return { address: await contender.serve(writePaper) };
  },
  async ask(name, address, count) {
    const contender = await docContenderNamed(name);
    const guest = await contender.reach(address);
    const times: number[] = [];
    for (let i = 0; i <= count; i++) {
      const started = process.hrtime.bigint();
      const opened = await guest.open();
      await whole(opened.doc);
      times.push(1_000 * secondsSince(started));
      await opened.close();
    }
    const [cold = Number.NaN, ...warm] = times;
    warm.sort((a, b) => a - b);
    const invited: number[] = [];
    for (let i = 1; contender.comeIn !== undefined && i <= COME_IN; i++) {
      const started = process.hrtime.bigint();
      const { doc } = await contender.comeIn(address, i);
      await whole(doc);
      invited.push(1_000 * secondsSince(started));
    }
    invited.sort((a, b) => a - b);
    const extra = { "best ms": percentile(warm, 0), "cold ms": cold };
    return {
      value: percentile(warm, 0.5),
      extra: invited.length === 0 ? extra : { ...extra, "from an invitation, ms": percentile(invited, 0.5) },
    };
  },
};

export const docLive: Scenario = {
  title: `live edits of a text, letter by letter, ${TURN_EDITS} in a turn of the event loop, until the other side has them`,
  unit: "edits/s",
  counts: { kith: 40_000, "y-websocket": 40_000 },
  ratioGoals: { "y-websocket": 4 },
  async answer(name) {
    const contender = await docContenderNamed(name);
    return { address: await contender.serve(confirm) };
  },
  async ask(name, address, count) {
    const guest = await (await docContenderNamed(name)).reach(address);
    const { doc } = await guest.open();
    const edits = paperTrace();
    await edited(doc, edits, Math.ceil(count / CALM_SHARE), TURN_EDITS); // until code is compiled
    const rate = await edited(doc, edits, count, TURN_EDITS);
    const calm = await edited(doc, edits, Math.ceil(count / CALM_SHARE), 1);
    return { value: rate, extra: { "one a turn /s": calm } };
  },
};

/** The whole paper. */
function writePaper(doc: Doc): void {
  const edits = paperTrace();
  while (write(doc, edits, EDITS_AT_ONCE, (work) => doc.transact(work)) === EDITS_AT_ONCE);
}

/** Resolves when all of the paper is there. */
function whole(doc: Doc): Promise<void> {
  const text = textOf(doc);
  return new Promise((resolve) => {
    const look = (): void => {
      if (text.length !== INSERTS - DELETES) return;
      text.unobserve(look);
      resolve();
    };
    text.observe(look);
    look();
  });
}

/** Tells the writer that everything has come. */
function confirm(doc: Doc): void {
  const said = doc.getMap(EDITED);
  said.observe(() => {
    if (textOf(doc).length !== said.get("length")) throw new Error("the text has not come before what came after it");
    doc.getMap(SEEN).set("number", said.get("number"));
  });
}

/** Edits a second, from the first to the word that all have come. */
async function edited(doc: Doc, edits: Iterator<Edit>, count: number, perTurn: number): Promise<number> {
  const number = Math.random();
  const seen = new Promise<void>((resolve) => {
    const map = doc.getMap(SEEN);
    const look = (): void => {
      if (map.get("number") !== number) return;
      map.unobserve(look);
      resolve();
    };
    map.observe(look);
  });
  const started = process.hrtime.bigint();
  for (let done = 0; done < count; done += perTurn) {
    write(doc, edits, perTurn, (work) => work());
    await new Promise((resolve) => setImmediate(resolve));
  }
  doc.transact(() => {
    doc.getMap(EDITED).set("length", textOf(doc).length);
    doc.getMap(EDITED).set("number", number);
  });
  await seen;
  return count / secondsSince(started);
}

/** How many there were. */
function write(doc: Doc, edits: Iterator<Edit>, count: number, together: (work: () => void) => void): number {
  let done = 0;
  const text = textOf(doc);
  together(() => {
    for (; done < count; done++) {
      const { value, done: isEnd } = edits.next();
      if (isEnd === true) return;
      if (value.letter === undefined) text.delete(value.at, 1);
      else text.insert(value.at, value.letter);
    }
  });
  return done;
}
