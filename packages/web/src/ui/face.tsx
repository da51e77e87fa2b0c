/** Somebody's mark: initials on a colour that comes of the key, so that the same name twice looks different. */
import type { JSX } from "preact";
import { hueOf } from "../store/hue.ts";

export function Face({ name, of }: { readonly name: string; readonly of: string }): JSX.Element {
  const initials = name
    .split(/\s+/)
    .map((word) => [...word][0] ?? "")
    .slice(0, 2)
    .join("")
    .toUpperCase();
  return (
    <span class="face" aria-hidden="true" style={{ background: hueOf(of) }}>
      {initials || "?"}
    </span>
  );
}
