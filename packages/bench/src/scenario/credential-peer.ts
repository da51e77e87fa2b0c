/** The same by `@digitalbazaar/bbs-signatures`: sixteen messages, five shown. Its proofs and ours are checked by each other. */
import * as theirs from "@digitalbazaar/bbs-signatures";
import { nobleBbs } from "@kith/core/credential";
import type { ShowTimes } from "./credential-shows.ts";

const MESSAGES = 16;
const SHOWN = [2, 3, 4, 5, 6];
const ciphersuite = "BLS12-381-SHA-256";
const random = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));

export async function timeTheirShows(count: number): Promise<ShowTimes> {
  const keys = nobleBbs.keyGen(random(32), new Uint8Array(0));
  const { secretKey, publicKey } = keys;
  const [header, presentationHeader] = [random(50), random(50)];
  const messages = Array.from({ length: MESSAGES }, () => random(20));
  const shown = SHOWN.map((place): [number, Uint8Array] => [place, messages[place] ?? header]);
  const disclosed = { disclosedMessages: shown.map(([, message]) => message), disclosedMessageIndexes: SHOWN };
  const claim = { publicKey, header, presentationHeader, ciphersuite };
  const times: ShowTimes = { issue: [], prove: [], verify: [], bytes: 0 };
  let proof: Uint8Array = new Uint8Array(0);
  for (let i = 0; i < count; i++) {
    const signature = await timed(times.issue, () =>
      theirs.sign({ secretKey, publicKey, header, messages, ciphersuite }),
    );
    const statement = { ...claim, signature, messages, disclosedMessageIndexes: SHOWN };
    proof = await timed(times.prove, () => theirs.deriveProof(statement));
    const isGood = await timed(times.verify, () => theirs.verifyProof({ ...claim, proof, ...disclosed }));
    if (!isGood) throw new Error("a proof of theirs was not found good by them");
  }
  const ours = { publicKey, header, presentationHeader, shown };
  if (!nobleBbs.proofVerify(ours, proof)) throw new Error("a proof of theirs was not found good by us");
  const signature = nobleBbs.sign(keys, header, messages);
  const made = nobleBbs.proofGen({ ...ours, signature, messages, shown: SHOWN }, random);
  if (!(await theirs.verifyProof({ ...claim, proof: made, ...disclosed })))
    throw new Error("a proof of ours was not found good by them");
  return { ...times, bytes: proof.length };
}

async function timed<T>(times: number[], act: () => Promise<T>): Promise<T> {
  const started = performance.now();
  const result = await act();
  times.push(performance.now() - started);
  return result;
}
