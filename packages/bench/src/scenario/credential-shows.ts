/** Issues, shows and checks a credential of sixteen places, five of them shown, in Node and in a page. */

import { createIdentity, instant, nobleProvider as provider, wallTime } from "@kith/core";
import {
  nobleBbs as bbs,
  checkShow,
  epochAt,
  fact,
  holderSecret,
  IssuerBook,
  issueCredential,
  openIssuer,
  ShowMemory,
  showStatic,
} from "@kith/core/credential";

/** Milliseconds of each, in the order in which they were made. */
export interface ShowTimes {
  readonly issue: number[];
  readonly prove: number[];
  readonly verify: number[];
  /** Of one show. */
  readonly bytes: number;
}

const EPOCH_SECONDS = 86_400;
const random = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));

export function timeShows(count: number): ShowTimes {
  const [issuerIdentity, ada] = [createIdentity(provider, random), createIdentity(provider, random)];
  const issuer = openIssuer(provider, bbs, issuerIdentity, {
    ...{ edition: 1, name: "Analytical Engines", epochSeconds: EPOCH_SECONDS },
  });
  const holder = { peer: ada.peerId, secret: holderSecret(provider, ada, issuerIdentity.peerId) };
  const facts = [
    fact("name", "Ada Lovelace"),
    fact("role", "Engineer"),
    fact("employeeOf", "Analytical Engines"),
    fact("attended", "PeerConf 2027"),
    fact("memberOf", "Chess Club"),
  ];
  const issuers = new IssuerBook(provider, bbs);
  issuers.pin(issuer.statement);
  const verifier = { bbs, issuers, memory: new ShowMemory() };
  const moment = { now: instant(0), wall: wallTime(Date.now()) };
  const times: ShowTimes = { issue: [], prove: [], verify: [], bytes: 0 };
  let bytes = 0;
  for (let i = 0; i < count; i++) {
    const epoch = epochAt(moment.wall, EPOCH_SECONDS);
    const credential = timed(times.issue, () => issueCredential(bbs, issuer, holder, epoch, facts));
    const choice = { slots: facts.map(({ slot }) => slot), withHolder: false };
    const ends = wallTime(moment.wall + 3_600_000);
    const show = timed(times.prove, () => showStatic(bbs, random, credential, holder, choice, ends));
    const verdict = timed(times.verify, () => checkShow(verifier, show, {}, moment));
    if (verdict.shown === undefined) throw new Error("a show was not found good");
    bytes = show.length;
  }
  return { ...times, bytes };
}

export function timed<T>(times: number[], act: () => T): T {
  const started = performance.now();
  const result = act();
  times.push(performance.now() - started);
  return result;
}

export type TimeShows = typeof timeShows;
