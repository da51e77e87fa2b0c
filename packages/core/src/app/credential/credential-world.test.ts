/** An issuer, a holder and a verifier for the tests of this folder. Keys and signatures are made once: they are dear. */
import { nobleBbs as bbs } from "../../crypto/bbs.ts";
import { nobleProvider as provider } from "../../crypto/noble-provider.ts";
import { Secret } from "../../crypto/secret.ts";
import { identityFromSeed, type LocalIdentity } from "../../identity/keys.ts";
import type { Moment } from "../../lib/moment.ts";
import { instant, wallTime } from "../../lib/time.ts";
import type { ShowQuestion, Verifier } from "./check-show.ts";
import { type Holder, holderSecret, issueCredential } from "./credential.ts";
import { epochAt } from "./epoch.ts";
import { type Fact, fact } from "./fact.ts";
import { IssuerBook } from "./issuer-book.ts";
import { type ShowChoice, showLive, showStatic } from "./show.ts";
import { ShowMemory } from "./show-memory.ts";
import { openIssuer } from "./statement.ts";

export { bbs, provider };

export const random = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));
export const identity = (byte: number): LocalIdentity =>
  identityFromSeed(provider, new Secret(new Uint8Array(32).fill(byte)));

export const DAY_SECONDS = 86_400;
export const NOON: Moment = { now: instant(1_000_000), wall: wallTime(Date.UTC(2027, 0, 15, 12)) };
export const later = (ms: number, moment = NOON): Moment => ({
  now: instant(moment.now + ms),
  wall: wallTime(moment.wall + ms),
});

export const TERMS = { edition: 1, name: "Analytical Engines", epochSeconds: DAY_SECONDS };
export const issuerIdentity = identity(1);
export const issuer = openIssuer(provider, bbs, issuerIdentity, TERMS);
export const ada = identity(2);
export const holder: Holder = { peer: ada.peerId, secret: holderSecret(provider, ada, issuerIdentity.peerId) };

export const FACTS: readonly Fact[] = [
  fact("name", "Ada Lovelace"),
  fact("role", "Engineer"),
  fact("employeeOf", "Analytical Engines"),
  fact("attended", "PeerConf 2027"),
  fact("memberOf", "Chess Club"),
  fact("floor", "3", 7),
];
export const TODAY: number = epochAt(NOON.wall, DAY_SECONDS);
export const credential = issueCredential(bbs, issuer, holder, TODAY, FACTS);

export const SESSION = new Uint8Array(32).fill(7);
export const QUESTION: ShowQuestion = { session: SESSION };

/** A verifier that trusts the issuer. */
export function newVerifier(): Verifier {
  const issuers = new IssuerBook(provider, bbs);
  issuers.pin(issuer.statement);
  return { bbs, issuers, memory: new ShowMemory() };
}

export const choose = (slots: readonly number[], withHolder = false): ShowChoice => ({ slots, withHolder });

/** A live show for `verifier`, answering a new nonce of its own. */
export function answer(verifier: Verifier, choice: ShowChoice, session = SESSION): Uint8Array {
  const nonce = verifier.memory.nonce(random, NOON.now);
  return showLive(bbs, random, credential, holder, choice, { nonce, session });
}

export const code = (choice: ShowChoice, hours = 1): Uint8Array =>
  showStatic(bbs, random, credential, holder, choice, wallTime(NOON.wall + hours * 3_600_000));
