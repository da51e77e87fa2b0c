/**
 * Where in the app we are: the fragment of the address, which never leaves the page.
 *
 *     #/people/abc…     →  ["people", "abc…"]
 *     #AQIS…            →  ["cards", "read", "AQIS…"]     as a link to a card has it, opened here (spec/app-card.md §8)
 *
 * @module
 */
import { type Observable, Subject } from "@kith/sdk";

export type Route = readonly string[];

const PARTS_MAX = 6;

/** Longer than any place; the least that a link to a card can be. */
const CARD_LINK = /^#([\w-]{24,})$/;

function parse(hash: string): Route {
  const [, link] = CARD_LINK.exec(hash) ?? [];
  if (link !== undefined) return ["cards", "read", link];
  return hash
    .replace(/^#\/?/, "")
    .split("/", PARTS_MAX)
    .map((part) => {
      try {
        return decodeURIComponent(part);
      } catch {
        return ""; // typed by hand, or cut off
      }
    })
    .filter((part) => part !== "");
}

const current = new Subject<Route>(parse(location.hash));
addEventListener("hashchange", () => current.set(parse(location.hash)));

export const route: Observable<Route> = current;

/** As a link's `href`. */
export const linkTo = (...parts: readonly string[]): string => `#/${parts.map(encodeURIComponent).join("/")}`;

export function go(...parts: readonly string[]): void {
  location.hash = linkTo(...parts);
}

/** Goes there without a way back: an address that holds a secret does not stay in the history. */
export function replaceRoute(...parts: readonly string[]): void {
  history.replaceState(null, "", linkTo(...parts));
  current.set(parts);
}
