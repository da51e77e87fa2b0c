/** Light or dark: as the device has it, unless the person says otherwise. */
import { type Observable, Subject } from "@kith/sdk";
import { keepText, keptText } from "./kept-text.ts";

export type Look = "device" | "light" | "dark";

const KEY = "kith.look";
const kept = keptText(KEY);
const current = new Subject<Look>(kept === "light" || kept === "dark" ? kept : "device");
export const look: Observable<Look> = current;

export function setLook(next: Look): void {
  keepText(KEY, next);
  current.set(next);
  applyLook();
}

export function applyLook(): void {
  const chosen = current.get();
  if (chosen === "device") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = chosen;
}
