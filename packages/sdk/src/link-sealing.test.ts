import assert from "node:assert/strict";
import { test } from "node:test";
import { type AeadKey, nobleProvider, type OpenJob, type SealJob } from "@kith/core";
import type { BulkAead } from "./bulk-aead.ts";
import { LinkSealing } from "./link-sealing.ts";
import type { Link } from "./transport.ts";

const LINK_ROOM = 1_048_576;
const key = nobleProvider.importAeadKey(new Uint8Array(32).fill(7));
const header = Uint8Array.of(1, 2, 3);

test("records leave in the order of their sealing, however late it answers", async () => {
  const { sealing, bulk, written } = fixture();
  sealing.send(sealJob(1, 100));
  sealing.send(sealJob(2, 2_000));
  sealing.send(sealJob(3, 2_000));
  sealing.send(sealJob(4, 100));
  sealing.write([Uint8Array.of(5)]);
  sealing.close();
  assert.deepEqual(written, [1]);
  await bulk.answer(1);
  assert.deepEqual(written, [1]);
  await bulk.answer(0);
  assert.deepEqual(written, [1, 2, 3, 4, 5, "close"]);
  sealing.send(sealJob(6, 100));
  assert.deepEqual(written.at(-1), 6, "nothing waits any more");
});

test("what a key cannot seal yet is sealed by the provider, and what failed is not sent", async () => {
  const { sealing, bulk, written } = fixture();
  bulk.isReady = false;
  sealing.send(sealJob(1, 2_000));
  assert.deepEqual(written, [1]);
  bulk.isReady = true;
  sealing.send(sealJob(2, 2_000));
  sealing.send(sealJob(3, 100));
  await bulk.answer(0, undefined);
  assert.deepEqual(written, [1, 3]);
});

test("so much is sealed at a time; more when half of it has left", async () => {
  const { sealing, bulk, rooms } = fixture();
  assert.equal(sealing.room, LINK_ROOM);
  let sent = 0;
  while (sealing.room > 0) sealing.send(sealJob(++sent, 16_384));
  assert.equal(sent, 16);
  for (let at = 0; at < 7; at++) await bulk.answer(at);
  assert.equal(rooms(), 0);
  await bulk.answer(7);
  assert.equal(rooms(), 1);
  assert.equal(sealing.room, 8 * 16_384);
  for (let at = 8; at < 16; at++) await bulk.answer(at);
  assert.deepEqual([rooms(), sealing.room], [2, LINK_ROOM], "what was left may have been too little");
});

test("records are given on in the order in which they came, and the end of the link after them", async () => {
  const { sealing, bulk } = fixture();
  const opened: unknown[] = [];
  const note = (plaintext: Uint8Array | undefined): number => opened.push(plaintext?.[0]);
  sealing.open(openJob(1, 2_000), note);
  sealing.open(openJob(2, 2_000), note);
  sealing.open(openJob(3, 100), note);
  const wrong = openJob(4, 100);
  sealing.open({ ...wrong, nonce: new Uint8Array(12).fill(9) }, note);
  sealing.afterOpening(() => opened.push("end"));
  await bulk.answer(1);
  assert.deepEqual(opened, []);
  await bulk.answer(0);
  assert.deepEqual(opened, [1, 2, 3, undefined, "end"]);
});

test("a link that brings more than can be opened is told to wait, and to go on when half is done", async () => {
  const { sealing, bulk, flow, onResume } = fixture();
  const opened: unknown[] = [];
  for (let at = 0; at < 17; at++) {
    sealing.open(openJob(at, 65_519), (plaintext) => opened.push(plaintext?.[0]));
    assert.deepEqual(flow, at < 16 ? [] : ["pause"]);
  }
  onResume(() => sealing.open(openJob(17, 100), (plaintext) => opened.push(plaintext?.[0])));
  for (let at = 0; at < 17; at++) await bulk.answer(at);
  assert.deepEqual(flow, ["pause", "resume"]);
  assert.deepEqual(opened, [...Array(18).keys()]);
});

test("what comes when a link goes on is not before the record that it waited for", async () => {
  const { sealing, bulk, onResume } = fixture();
  const opened: unknown[] = [];
  onResume(() => sealing.open(openJob(2, 100), (plaintext) => opened.push(plaintext?.[0])));
  sealing.open(openJob(1, LINK_ROOM), (plaintext) => opened.push(plaintext?.[0]));
  await bulk.answer(0);
  assert.deepEqual(opened, [1, 2]);
});

function fixture() {
  const written: unknown[] = [];
  const flow: string[] = [];
  let [rooms, resumed] = [0, (): void => {}];
  const link: Link = {
    ...{ kind: "memory", isOutgoing: true, remote: "", hint: undefined, recordBytesMax: 65_535, ordered: true },
    room: LINK_ROOM,
    start: () => {},
    write: (parts) => {
      const [first] = parts;
      if (parts.length === 1) return void written.push(first?.[0]);
      const all = Uint8Array.from(parts.slice(1).flatMap((part) => [...part]));
      written.push(nobleProvider.open(key, nonceOf(all.length), header, all)?.[0]);
    },
    authenticated: () => {},
    pause: () => flow.push("pause"),
    resume: () => {
      flow.push("resume");
      resumed();
    },
    close: () => written.push("close"),
  };
  const bulk = new LateAead();
  const sealing = new LinkSealing({ link, provider: nobleProvider, bulk, onRoom: () => rooms++ });
  const onResume = (run: () => void): void => {
    resumed = run;
  };
  return { sealing, bulk, written, flow, onResume, rooms: () => rooms };
}

/** Answers when it is told to. */
class LateAead implements BulkAead {
  readonly bytesMin = 1_024;
  isReady = true;
  readonly #jobs: { readonly right: Uint8Array | undefined; readonly resolve: (bytes?: Uint8Array) => void }[] = [];

  seal(key: AeadKey, nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array) {
    return this.#later(Uint8Array.from(nobleProvider.seal(key, nonce, aad, plaintext).flatMap((part) => [...part])));
  }

  open(key: AeadKey, nonce: Uint8Array, aad: Uint8Array, sealed: Uint8Array) {
    return this.#later(nobleProvider.open(key, nonce, aad, sealed));
  }

  async answer(job: number, ...as: [undefined?]): Promise<void> {
    const { right, resolve } = this.#jobs[job] ?? assert.fail(`no job ${job}`);
    resolve(as.length === 0 ? right : undefined);
    await new Promise((done) => setImmediate(done));
  }

  #later(right: Uint8Array | undefined): Promise<Uint8Array | undefined> | undefined {
    if (!this.isReady) return undefined;
    return new Promise((resolve) => this.#jobs.push({ right, resolve }));
  }
}

/** By length, so that whoever opens knows it. */
const nonceOf = (sealedBytes: number): Uint8Array => new Uint8Array(12).fill(sealedBytes % 251);

function sealJob(first: number, length: number): SealJob {
  const plaintext = new Uint8Array(length);
  plaintext[0] = first;
  return { path: 0, key, nonce: nonceOf(length + 16), header, plaintext };
}

function openJob(first: number, length: number): OpenJob {
  const { nonce, plaintext } = sealJob(first, length);
  const sealed = Uint8Array.from(nobleProvider.seal(key, nonce, header, plaintext).flatMap((part) => [...part]));
  return { ...{ path: 0, counter: first, key, nonce, header, sealed }, keying: {}, phase: 0 };
}
