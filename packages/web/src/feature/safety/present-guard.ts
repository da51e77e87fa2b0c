/** What proves the person who wants another way to open the home. */
import { type Guard, passkeyGuard, type WebHome } from "@kith/sdk/web";
import { guardOf } from "../../store/passphrases.ts";

/** `undefined`: the browser's own, which asks nobody. */
export function presentGuard(protection: WebHome["protection"], passphrase: string): Guard | undefined {
  if (protection === "passphrase") return guardOf(passphrase);
  return protection === "passkey" ? passkeyGuard() : undefined;
}
