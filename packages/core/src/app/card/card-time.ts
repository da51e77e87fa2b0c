/** Whether a card, or a share of one, holds now (spec/app-card.md §9). */
import type { WallTime } from "../../lib/time.ts";
import { CLOCK_SKEW } from "../../wire/limits.ts";
import type { CardContent } from "./signed-card.ts";

/** By wall time, which may only deny: clocks differ by so much. */
export function cardTime(
  content: Pick<CardContent, "signedAt" | "endsAt">,
  wall: WallTime,
): "valid" | "expired" | "not-yet" {
  if (wall > content.endsAt + CLOCK_SKEW) return "expired";
  return content.signedAt > wall + CLOCK_SKEW ? "not-yet" : "valid";
}
