/**
 * Links of the app Solidarity, which Kith knows and cannot follow (spec/app-card.md §8). They are recognised, so that a
 * person is told why, and not that the link is broken.
 *
 * @module
 */
import { type WallTime, wallTime } from "../../lib/time.ts";

export type ForeignLink =
  /** It says which card, and not where from; what its signature is over nobody has written down. */
  | {
      readonly form: "solidarity-share";
      readonly id: string;
      readonly isSigned: boolean;
      readonly expiresAt: WallTime | undefined;
    }
  /** A card in the clear, unsigned, in a link of that app's site: whoever made the link can say anything. */
  | { readonly form: "solidarity-site" };

const TEXT_CHARS_MAX = 8_192;

/** `undefined`: not of that app. */
export function readForeignLink(text: string): ForeignLink | undefined {
  if (text.length > TEXT_CHARS_MAX) return undefined;
  if (/^(?:https:\/\/airmeishi\.app\/(?:share|clip|temp)(?:[/?#]|$)|airmeishi:\/\/)/.test(text))
    return { form: "solidarity-site" };
  const [, query] = /^solidarity:\/\/card\/share\?([^#]*)$/.exec(text) ?? [];
  if (query === undefined) return undefined;
  const said = new Map(
    query.split("&").map((pair) => [pair.split("=", 1)[0] ?? "", pair.slice(pair.indexOf("=") + 1)]),
  );
  const id = said.get("id") ?? "";
  if (!/^[\w-]{1,64}$/.test(id)) return undefined;
  const exp = said.get("exp");
  const expiresAt = exp !== undefined && /^\d{1,12}$/.test(exp) ? wallTime(1_000 * Number(exp)) : undefined;
  return { form: "solidarity-share", id, isSigned: (said.get("sig") ?? "") !== "", expiresAt };
}
