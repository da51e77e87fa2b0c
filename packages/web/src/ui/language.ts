/**
 * The person's language. Each feature brings its own words, in all languages that there are.
 *
 * @module
 */
import { type Observable, Subject } from "@kith/sdk";
import { keepText, keptText } from "../store/kept-text.ts";
import { useObservable } from "../store/use-observable.ts";

export const LANGUAGES = { en: "English", de: "Deutsch" } as const;
export type Language = keyof typeof LANGUAGES;

const KEY = "kith.language";
const isLanguage = (text: string | null | undefined): text is Language =>
  text != null && Object.hasOwn(LANGUAGES, text);

function preferred(): Language {
  const chosen = keptText(KEY);
  if (isLanguage(chosen)) return chosen;
  return navigator.languages.map((tag) => tag.slice(0, 2).toLowerCase()).find(isLanguage) ?? "en";
}

const current = new Subject<Language>(preferred());
export const language: Observable<Language> = current;

export function setLanguage(next: Language): void {
  keepText(KEY, next);
  current.set(next);
  document.documentElement.lang = next;
}

/** A hook that gives the words of one feature in the person's language. */
export const wordsIn =
  <Words>(all: Readonly<Record<Language, Words>>): (() => Words) =>
  () =>
    all[useObservable(language)];
