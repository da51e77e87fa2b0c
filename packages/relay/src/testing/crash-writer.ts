/**
 * Writes to a relay's state until it is killed, and checks afterwards what is there.
 *
 * Each step deposits an item and lets a key in by a pass; the number of a step is printed once both were answered.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { wallTime } from "@kith/core";
import { SqliteRelayState } from "../sqlite-state.ts";
import { openDatabase } from "../store-file.ts";
import { depositOf, itemsOf, loginOf, START } from "./state-questions.ts";

const PASS = new Uint8Array(32).fill(77);
const USES = 1_000_000;
const RECEIVERS = 50;
const CLAIM = new Uint8Array(32);
const DAY_MS = 86_400_000;

/** The item's bytes say which it is, over several pages. */
const sealedOf = (step: number): Uint8Array => new Uint8Array(Buffer.from(`${step} `.repeat(1_500)));
const receiverOf = (step: number): string => `r${step % RECEIVERS}`;

/** For ever. */
function write(data: string): void {
  using database = openDatabase(data);
  const state = new SqliteRelayState(database, CLAIM);
  const until = wallTime(START + DAY_MS);
  state.answer({ type: "policy", invitedOnly: true });
  state.answer({ type: "admit", pass: PASS, uses: USES, until, wall: START });
  for (let step = 0; ; step++) {
    const deposit = depositOf(`s${step}`, receiverOf(step), step, sealedOf(step));
    const answers = state.answerAll([deposit, { ...loginOf(`k${step}`), type: "login", pass: PASS } as typeof deposit]);
    const isDone = answers.every((answer) => "verdict" in answer && ["kept", "welcome"].includes(answer.verdict));
    if (!isDone) throw new Error(JSON.stringify(answers));
    process.stdout.write(`${step}\n`);
  }
}

/** Kills a writer `wait` milliseconds after its first acknowledgement; returns the last one that was heard. */
export async function writeUntilKilled(data: string, wait: number): Promise<number> {
  const self = fileURLToPath(import.meta.url);
  const child = spawn(process.execPath, ["--conditions=@kith/source", self, data], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let last = -1;
  for await (const line of createInterface(child.stdout)) {
    if (last < 0) setTimeout(() => child.kill("SIGKILL"), wait);
    last = Number(line);
  }
  return last;
}

/** Every acknowledged step is there whole, once; of a step there is all or nothing; the pass is counted exactly. */
export function checkAfterCrash(data: string, acknowledged: number): void {
  using database = openDatabase(data);
  const state = new SqliteRelayState(database, CLAIM);
  const found = new Set<number>();
  for (let receiver = 0; receiver < RECEIVERS; receiver++) {
    const answer = state.answer(itemsOf(receiverOf(receiver)));
    assert.ok(answer.type === "items");
    for (const { id, sealed } of answer.items) {
      const step = Buffer.from(id).readUInt32BE(12);
      assert.ok(!found.has(step), `item ${step} is there twice`);
      assert.deepEqual(Buffer.from(sealed), Buffer.from(sealedOf(step)));
      found.add(step);
    }
  }
  for (let step = 0; step <= acknowledged; step++)
    assert.ok(found.has(step), `item ${step} was acknowledged and is lost`);
  const row = database.prepare("SELECT uses FROM passes").get();
  assert.equal(state.gauges.known, found.size, "a step is half there");
  assert.equal(USES - Number(row?.["uses"] ?? USES), found.size, "the pass is not counted exactly");
}

if (import.meta.main) write(process.argv[2] ?? "");
