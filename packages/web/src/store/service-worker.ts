/** Keeps the app for a start without network, where the page may: in a secure context. */
import { trustedScript } from "./trusted-script.ts";

export function keepApp(): void {
  if (!("serviceWorker" in navigator) || !isSecureContext) return;
  navigator.serviceWorker.register(trustedScript("./sw.js")).catch(() => {}); // it is offered again at the next visit
}
