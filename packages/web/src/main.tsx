/** Where the app begins. */
import { render } from "preact";
import { App } from "./app/app.tsx";
import { Kith } from "./store/kith.ts";
import { applyLook } from "./store/look.ts";
import { keepApp } from "./store/service-worker.ts";
import { language } from "./ui/language.ts";

const root = document.getElementById("kith");
if (root !== null) {
  document.documentElement.lang = language.get();
  applyLook();
  const kith = new Kith();
  root.replaceChildren();
  render(<App kith={kith} />, root);
  keepApp();
}
