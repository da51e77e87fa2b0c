/** Reads one file of vCards, beside the page's thread. */
import { importVcards } from "@kith/core/card";

globalThis.addEventListener("message", ({ data }: MessageEvent<Uint8Array>) => {
  globalThis.postMessage(importVcards(data));
});
