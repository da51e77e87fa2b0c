/**
 * Loaded before every test file: properties draw from one seed, so that two runs of one tree find the same.
 * `KITH_SEED` is another one, or `random`; what fails prints its own.
 */
import fc from "fast-check";

const DEFAULT_SEED = 20_261_121;

const { KITH_SEED: chosen = String(DEFAULT_SEED) } = process.env;
if (chosen !== "random") {
  const seed = Number(chosen);
  if (!Number.isInteger(seed)) throw new Error(`KITH_SEED is a whole number or "random", not "${chosen}"`);
  fc.configureGlobal({ ...fc.readConfigureGlobal(), seed });
}
