/** Facts as they are read, and what their kinds are called. What issuers wrote is their word, and stands by itself. */
import type { FactName, WantedFact } from "@kith/sdk";
import { Fragment, type JSX } from "preact";
import { useWords, type Words } from "./words.ts";

/** A value that is not there is any: of a question. */
export function FactList({ facts }: { readonly facts: readonly WantedFact[] }): JSX.Element {
  const words = useWords();
  return (
    <dl class="facts">
      {facts.map(({ label, value }) => (
        <Fragment key={label}>
          <dt>
            <bdi>{kindOf(words, label)}</bdi>
          </dt>
          <dd>
            <bdi>{value ?? words.any}</bdi>
          </dd>
        </Fragment>
      ))}
    </dl>
  );
}

const isName = (words: Words, label: string): label is FactName => Object.hasOwn(words.kinds, label);

export const kindOf = (words: Words, label: string): string => (isName(words, label) ? words.kinds[label] : label);

export const moment = (time: number): string =>
  new Date(time).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
