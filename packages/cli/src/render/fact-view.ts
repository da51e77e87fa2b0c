/** Attested facts on the screen: what somebody vouches for, and what was checked of it. Everything of theirs is cleaned. */
import type { CredentialView, Fact, FactCheckView, IssuerView, ShowCheckName, ShowFault } from "@kith/sdk";
import type { Style } from "./style.ts";
import { safeText } from "./terminal-text.ts";
import { dateInWords, durationInWords } from "./units.ts";

const line = (title: string, words: string): string => `  ${title.padEnd(13)}${words}`;

export const factLines = (facts: readonly Fact[]): readonly string[] =>
  facts.map(({ label, value }) => line(safeText(label, 32), safeText(value, 100)));

export function issuerLines(issuer: IssuerView, style: Style): readonly string[] {
  const { name, contactName, fingerprint, epochSeconds, isPinned } = issuer;
  return [
    style.strong(safeText(name, 60)),
    line("fingerprint", fingerprint),
    ...(contactName === undefined ? [] : [line("contact", safeText(contactName, 40))]),
    line("renewed", `every ${epochWords(epochSeconds)}`),
    line("trusted", isPinned ? style.good("yes, by you") : "no"),
  ];
}

const epochWords = (seconds: number): string =>
  seconds % 86_400 === 0 ? (seconds === 86_400 ? "day" : `${seconds / 86_400} days`) : durationInWords(1_000 * seconds);

export function credentialLines(
  { issuer, facts, endsAt, isCurrent, isDue }: CredentialView,
  style: Style,
): readonly string[] {
  const state = isCurrent
    ? `until ${dateInWords(endsAt)}`
    : style.warn(`says nothing now: ended ${dateInWords(endsAt)}`);
  return [
    `${style.strong(safeText(issuer.name, 60))} ${style.dim(issuer.fingerprint.slice(0, 19))}`,
    ...factLines(facts),
    style.dim(line("", `${state}${isDue ? "; to be renewed" : ""}`)),
  ];
}

const NAMES: Readonly<Record<ShowCheckName, string>> = {
  form: "it is whole",
  issuer: "the issuer is one that you trust",
  edition: "the issuer has not ended it",
  epoch: "it holds at this time",
  freshness: "it was made for this question",
  holder: "it is of who shows it",
  facts: "it says what was asked",
  proof: "the issuer signed just this",
};

const FAULTS: Readonly<Record<ShowFault, string>> = {
  malformed: "it is damaged, or none",
  issuerNotPinned: "you do not trust its issuer: nothing of it is believed",
  revoked: "the issuer ended all credentials of that edition",
  statementOutdated: "the issuer has said something newer than you know: read its code again",
  notYetValid: "its time begins later",
  expired: "its time is over, and it was not renewed",
  nonceUnknown: "it answers no question of yours",
  nonceLate: "it came too late",
  replayed: "it was shown before",
  notLive: "it is a code, not an answer",
  showEnded: "the code is over",
  showTooLong: "the code would hold longer than any may",
  holderNotShown: "it does not say whose it is",
  anotherHolder: "it is somebody else's",
  factsOutOfOrder: "its facts are out of order",
  factMissing: "something that was asked for is not there",
  factDiffers: "something is there with another value",
  notProven: "it does not hold: something was changed, or made for somebody else",
};

/** What was shown, if it is to be believed, and every check. */
export function checkLines(check: FactCheckView, style: Style): readonly string[] {
  const { checks, shown, claimed } = check;
  const signs = {
    passed: style.good(style.signs.good),
    failed: style.bad(style.signs.bad),
    notChecked: style.dim(style.signs.dash),
  };
  const lines = checks.map(({ name, state, fault }) => {
    const isCode = name === "freshness" && check.cameBy === "code";
    const words =
      fault === undefined ? (isCode ? "it was not shown before, and is not over" : NAMES[name]) : FAULTS[fault];
    return `  ${signs[state]} ${words}${state === "notChecked" ? style.dim(" (not checked)") : ""}`;
  });
  if (shown === undefined) {
    const whose =
      claimed === undefined
        ? []
        : [line("issuer", `calls itself ${safeText(claimed.name, 60)}`), line("fingerprint", claimed.fingerprint)];
    return [style.bad("Not verified"), ...whose, ...lines];
  }
  const how = shown.isLive ? "of whom you asked" : "in a code, which anybody can have copied";
  return [
    `${style.good(style.signs.good)} ${style.strong(safeText(shown.issuer.name, 60))} says so, ${how}`,
    ...factLines(shown.facts),
    ...(shown.holder === undefined ? [] : [line("whose", `${shown.holder.slice(0, 16)}…`)]),
    line("fingerprint", shown.issuer.fingerprint),
    line("until", dateInWords(shown.endsAt)),
    ...lines,
  ];
}
