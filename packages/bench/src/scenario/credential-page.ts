/** The page of the `credential-chromium` scenario: shows and checks, and says how long each took. */
import { timeShows } from "./credential-shows.ts";

Object.assign(globalThis, { timeShows });
