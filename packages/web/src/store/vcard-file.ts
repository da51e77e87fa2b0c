/** Reads a file of vCards beside the page's thread, which a long one would stop for seconds. */
import { importVcards, VCARD_FILE_BYTES_MAX, type VcardImport } from "@kith/core/card";
import vcardWorker from "../worker/vcard.ts?worker&url";
import { trustedScript } from "./trusted-script.ts";

/** Shorter ones are read before a worker would be there. */
const SHORT_BYTES = 65_536;

export async function readVcardFile(file: Blob): Promise<VcardImport> {
  if (file.size > VCARD_FILE_BYTES_MAX) return { cards: [], fault: "file-too-large" };
  return readVcards(new Uint8Array(await file.arrayBuffer()));
}

/** At most `VCARD_FILE_BYTES_MAX`. */
export async function readVcards(bytes: Uint8Array): Promise<VcardImport> {
  if (bytes.length <= SHORT_BYTES) return importVcards(bytes);
  const worker = new Worker(trustedScript(vcardWorker), { type: "module" });
  try {
    return await new Promise((resolve, reject) => {
      worker.addEventListener("message", ({ data }: MessageEvent<VcardImport>) => resolve(data), { once: true });
      worker.addEventListener("error", reject, { once: true });
      worker.postMessage(bytes);
    });
  } finally {
    worker.terminate();
  }
}
