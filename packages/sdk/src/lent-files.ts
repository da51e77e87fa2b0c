/** Files of one endpoint, lent to another that ends before it: what it ends with stays open. */
import type { FilePort } from "./file-port.ts";

export const lentFiles = (port: FilePort): FilePort => ({
  inbox: port.inbox,
  rooms: port.rooms,
  select: (paths) => port.select(paths),
  runOutgoing: (key, job, sender, selection, wake) => port.runOutgoing(key, job, sender, selection, wake),
  release: (key, bytes) => port.release(key, bytes),
  runIncoming: (key, job, receiver, directory, wake) => port.runIncoming(key, job, receiver, directory, wake),
  end: (key) => port.end(key),
  close: async () => {},
});
