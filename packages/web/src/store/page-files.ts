/** Files of the app: with a home they stay, for a visit they go with it. */
import { type KeyValueStore, MemoryStore } from "@kith/sdk";
import { erasePart, openPageFiles, type PageFiles } from "@kith/sdk/web";
import diskWorker from "../worker/disk.ts?worker&url";
import { trustedScript } from "./trusted-script.ts";

const VISIT = "kith-visit";

/** `undefined`: the browser has no place for files of this page. */
export async function openFiles(store: KeyValueStore | undefined): Promise<PageFiles | undefined> {
  if (!isSecureContext) return undefined;
  try {
    if (store === undefined) await erasePart([`${VISIT}-handles`], VISIT); // of a visit that was cut short
    return await openPageFiles({
      store: store ?? new MemoryStore(),
      name: store === undefined ? VISIT : "kith",
      worker: new Worker(trustedScript(diskWorker), { type: "module" }),
    });
  } catch {
    return undefined; // a private window of some browsers: everything but files works
  }
}

/** Of a visit that ends in good order. */
export const forgetVisit = async (): Promise<void> => {
  if (isSecureContext) await erasePart([`${VISIT}-handles`], VISIT);
};
