/** Links into this app, for others. */
import { linkTo } from "../../store/route.ts";

/** Opens the app with a code; it stays in the fragment, which no server sees. */
export const pageLink = (what: "pair" | "join", code: string): string =>
  `${location.origin}${location.pathname}${linkTo("people", what, code)}`;
