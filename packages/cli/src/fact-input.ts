/**
 * Facts as a person writes them: `label=value` to vouch for one or to want just that, `label` alone to want or show any.
 *
 * @module
 */
import type { CredentialView, FactChoice, FactInput, IssuerView, WantedFact } from "@kith/sdk";
import { CliError, EXIT } from "./exit-code.ts";
import type { KithFacts } from "./kith.ts";
import { safeText } from "./render/terminal-text.ts";
import { isFingerprint, isName } from "./resolve-peer.ts";

/** Those that mean the same at every issuer; any other word is an issuer's own. */
export const FACT_LABELS = ["name", "role", "employeeOf", "attended", "memberOf"] as const;

const plain = (label: string): string => label.toLowerCase().replaceAll("-", "");
const labelOf = (label: string): string =>
  FACT_LABELS.find((each) => plain(each) === plain(label.trim())) ?? label.trim();

/** @throws {CliError} `ERR_USAGE` */
export function readFact(text: string): FactInput {
  const { label, value } = readWanted(text);
  if (value !== undefined) return { label, value };
  throw new CliError(EXIT.usage, "ERR_USAGE", `Cannot use ${safeText(text, 60)}: LABEL=VALUE expected`, {
    hint: `Labels: ${FACT_LABELS.join(", ")}, or a word of your own.`,
  });
}

export function readWanted(text: string): WantedFact {
  const [, label = text, value] = /^([^=]*)=(.*)$/s.exec(text) ?? [];
  return { label: labelOf(label), ...(value !== undefined && { value: value.trim() }) };
}

/** By its name, by what we call it, or by the beginning of its fingerprint. Without a text: the only one. */
export function resolveIssuer<T>(all: readonly T[], viewOf: (one: T) => IssuerView, text: string | undefined): T {
  const found = all.filter((one) => {
    const { name, contactName = "", fingerprint, issuer } = viewOf(one);
    if (text === undefined || text === issuer) return true;
    return isName(name, text) || isName(contactName, text) || isFingerprint(fingerprint, text);
  });
  const [one] = found;
  if (one !== undefined && found.length === 1) return one;
  const words = one === undefined ? "Cannot find the issuer" : "Cannot tell which issuer is meant";
  throw new CliError(
    EXIT.unknown,
    "ERR_FACT_UNKNOWN",
    `${words}${text === undefined ? "" : ` ${safeText(text, 40)}`}`,
    {
      hint:
        one === undefined
          ? "`kith fact` lists whose facts you hold, `kith fact issuers` whom you trust."
          : hintOf(found, viewOf),
    },
  );
}

const hintOf = <T>(found: readonly T[], viewOf: (one: T) => IssuerView): string =>
  `One of: ${found.map((one) => `${safeText(viewOf(one).name, 40)} (${viewOf(one).fingerprint.slice(0, 9)})`).join(", ")}`;

/** What of a credential is meant by these labels. @throws {CliError} `ERR_FACT_UNKNOWN` */
export function chosenOf(
  facts: Pick<KithFacts, "held">,
  labels: readonly string[],
  options: { readonly issuer?: string; readonly named?: boolean },
): { readonly credential: CredentialView; readonly choice: FactChoice } {
  const wanted = labels.map(labelOf);
  const hasAll = (each: CredentialView): boolean =>
    wanted.every((label) => each.facts.some((one) => one.label === label));
  const current = facts.held.get().filter(({ isCurrent }) => isCurrent);
  // Who vouches for all of it, if nobody was named.
  const fitting = options.issuer === undefined ? current.filter(hasAll) : current;
  if (fitting.length === 0 && options.issuer === undefined)
    throw new CliError(
      EXIT.unknown,
      "ERR_FACT_UNKNOWN",
      `Nobody vouches now for ${wanted.map((each) => safeText(each, 40)).join(", ")}`,
      {
        hint: "`kith fact` lists what others vouch for about you; `kith fact renew` asks for the next epoch.",
      },
    );
  const credential = resolveIssuer(fitting, ({ issuer }) => issuer, options.issuer);
  const slots = wanted.flatMap((label) => {
    const found = credential.facts.filter((one) => one.label === label);
    if (found.length === 0)
      throw new CliError(
        EXIT.unknown,
        "ERR_FACT_UNKNOWN",
        `Cannot show ${safeText(label, 40)}: the issuer does not vouch for it`,
      );
    return found.map(({ slot }) => slot);
  });
  const namesHolder = options.named === true;
  return { credential, choice: { issuer: credential.issuer.issuer, slots: [...new Set(slots)], namesHolder } };
}
