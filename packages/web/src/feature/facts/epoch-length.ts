/** For how long an issuer's credentials hold, in words. */
import { useCheckWords } from "./check-words.ts";

const HOUR_SECONDS = 3_600;
const DAY_SECONDS = 24 * HOUR_SECONDS;

export function useLength(epochSeconds: number): string {
  const words = useCheckWords();
  return epochSeconds % DAY_SECONDS === 0
    ? words.days(epochSeconds / DAY_SECONDS)
    : words.hours(Math.round(epochSeconds / HOUR_SECONDS));
}
