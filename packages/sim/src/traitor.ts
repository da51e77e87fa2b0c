/**
 * What a peer with a session of its own can do to its records before they are sealed: nobody else
 * gets a lie as far as this. Each lie is a frame, or a damaged one, that opens and must be judged.
 *
 * @module
 */
import type { SimRandom } from "./sim-random.ts";

const PLAINTEXT_MAX = 16_000;

/** `plaintext` as it is mostly, and sometimes a lie. */
export function betray(plaintext: Uint8Array, random: SimRandom): Uint8Array {
  if (!random.chance(0.1)) return plaintext;
  switch (random.below(6)) {
    case 0: // bent
      return changed(plaintext, random);
    case 1: // cut short
      return plaintext.slice(0, random.below(plaintext.length + 1));
    case 2: // as many channels as one record can open
      return joined(plaintext, ...manyChannels(random));
    case 3: // lengths and offsets far beyond what is there
      return joined(plaintext, frame(0x05, [varint(random.below(8)), varint(2 ** 40), varint(2 ** 30)]));
    case 4: // acknowledges what was never sent
      return joined(plaintext, frame(0x02, [[0, 0], varint(2 ** 30), varint(5), varint(0)]));
    default: // any frame type, and noise
      return joined(plaintext, frame(random.below(16), [[...random.bytes(random.below(40))]]));
  }
}

function changed(plaintext: Uint8Array, random: SimRandom): Uint8Array {
  const bent = plaintext.slice();
  if (bent.length > 0) bent[random.below(bent.length)] = random.below(256);
  return bent;
}

function manyChannels(random: SimRandom): number[][] {
  const first = random.below(4);
  const name = [..."chat/1"].map((letter) => letter.charCodeAt(0));
  return Array.from({ length: 500 }, (_, index) =>
    frame(0x03, [varint(first + 2 * index), [random.below(3)], [name.length], name, varint(1_000)]),
  );
}

const frame = (type: number, fields: readonly (readonly number[])[]): number[] => [type, ...fields.flat()];

const joined = (plaintext: Uint8Array, ...frames: readonly (readonly number[])[]): Uint8Array =>
  Uint8Array.from([...plaintext, ...frames.flat()]).slice(0, PLAINTEXT_MAX);

/** LEB128, as `Writer.varint`. */
function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return [...bytes, rest];
}
