/**
 * A signed card as codes for a camera (spec/app-card.md §7): one, where its text fits, else several.
 *
 * @module
 */
import type { CryptoProvider } from "../../crypto/provider.ts";
import { cardFrames } from "./card-frames.ts";
import { contactText } from "./card-proof.ts";
import { type CodeSize, codeSize } from "./code-size.ts";
import type { SignedCard } from "./signed-card.ts";

export interface CodeFrame extends CodeSize {
  readonly text: string;
}

/** One code, or several to be shown in turn, a few in a second, over and over. */
export type CardCode =
  | { readonly type: "single"; readonly frame: CodeFrame }
  | { readonly type: "animated"; readonly frames: readonly CodeFrame[] };

export function cardCode(provider: CryptoProvider, card: SignedCard): CardCode {
  const text = contactText(card);
  const size = codeSize(text);
  if (size !== undefined) return { type: "single", frame: { text, ...size } };
  return { type: "animated", frames: cardFrames(provider, card) };
}
