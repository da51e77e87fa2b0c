/** Amounts as people read them. */
const UNITS = ["B", "kB", "MB", "GB", "TB"] as const;

export function amount(bytes: number): string {
  const step = Math.min(UNITS.length - 1, bytes < 1 ? 0 : Math.floor(Math.log10(bytes) / 3));
  return `${(bytes / 1_000 ** step).toFixed(step === 0 ? 0 : 1)} ${UNITS[step]}`;
}
