/** The page of the `toll` scenario: pays, and says how long each took. */
import { payTolls } from "./toll-payer.ts";

Object.assign(globalThis, { payTolls });
