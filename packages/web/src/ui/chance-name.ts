import { randomWords } from "@kith/core";

/** Two words, as "Amber Falcon": says nothing about anybody. */
export const chanceName = (): string =>
  randomWords((length) => crypto.getRandomValues(new Uint8Array(length)), 2)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join(" ");
