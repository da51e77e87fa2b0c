/** Where the page of a link begins: a card for somebody who may not have Kith. */
import { render } from "preact";
import { LinkPage } from "./feature/cards/link-page.tsx";
import { applyLook } from "./store/look.ts";
import { language } from "./ui/language.ts";

const root = document.getElementById("kith");
if (root !== null) {
  document.documentElement.lang = language.get();
  applyLook();
  root.replaceChildren();
  render(<LinkPage />, root);
}
