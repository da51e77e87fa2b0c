/** What a passphrase opens and keeps, without stopping the page. */
import { argon2InWorker, type DeriveKey, type Guard, passphraseGuard } from "@kith/sdk/web";
import argon2Worker from "../worker/argon2.ts?worker&url";
import { trustedScript } from "./trusted-script.ts";

export const derive: DeriveKey = argon2InWorker(() => new Worker(trustedScript(argon2Worker), { type: "module" }));

export const guardOf = (passphrase: string): Guard => passphraseGuard(passphrase, { derive });
