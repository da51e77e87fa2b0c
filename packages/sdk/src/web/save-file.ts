/**
 * Gives a person a received file as a file of theirs. A small one goes to the browser's downloads, as a link of the page;
 * a large one is streamed to where the person says, where the browser asks that: so it never lies opened in the
 * browser's own storage on its way.
 *
 * @module
 */
import type { ReceivedFiles } from "./received-files.ts";

/** What a browser surely keeps in memory until the download is over. */
const DOWNLOAD_BYTES_MAX = 67_108_864;
const DOWNLOAD_TIME_MS = 60_000;

/** Of Chromium: the types of pages lack it. */
interface Asking {
  showSaveFilePicker?(options: { readonly suggestedName: string }): Promise<FileSystemFileHandle>;
}

export async function saveFile(received: ReceivedFiles, id: string): Promise<void> {
  const { name, bytes } = received.find(id);
  const asking: Asking = globalThis as Asking;
  if (bytes > DOWNLOAD_BYTES_MAX && asking.showSaveFilePicker !== undefined) {
    const target = await asking.showSaveFilePicker({ suggestedName: name });
    return received.stream(id).pipeTo(await target.createWritable());
  }
  const file = await received.open(id);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = file.name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), DOWNLOAD_TIME_MS); // the download has begun by then
}
