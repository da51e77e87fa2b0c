/** How a file of a message stands, whichever way it comes, and what can be done about it. */
import type { PeerId } from "@kith/core";
import { type Endpoint, type Observable, type Room, Subject, type TransferView } from "@kith/sdk";
import type { PageFiles, ReceivedFile } from "@kith/sdk/web";
import { useObservable } from "../../store/use-observable.ts";
import type { Line } from "./talk.ts";

export interface Carried {
  readonly name: string;
  readonly bytes: number;
  readonly state: TransferView["state"] | "gone";
  readonly bytesDone: number;
  readonly bytesPerSecond: number;
  readonly failure?: string | undefined;
  /** Where it is, once it is here. */
  readonly received?: ReceivedFile | undefined;
  readonly take?: () => Promise<void>;
  readonly refuse?: () => Promise<void>;
  readonly stop?: () => Promise<void>;
}

const NONE: Observable<readonly ReceivedFile[]> = new Subject<readonly ReceivedFile[]>([]);
const OPEN: readonly string[] = ["offered", "waiting", "active"];

export interface Transfers {
  /** Of a message's attachment. */
  readonly of: (line: Line) => Carried;
  /** What waits for an answer, or is on its way, and no message speaks of. */
  readonly others: readonly Transfer[];
  /** What came and no message speaks of, or none any more. */
  readonly came: readonly ReceivedFile[];
}

interface Transfer extends Carried {
  readonly id: string;
  readonly isOutgoing: boolean;
  readonly fileCount: number;
}

export function useTransfers(
  { files }: Pick<Endpoint, "files">,
  page: PageFiles | undefined,
  peer: PeerId,
  lines: readonly Line[],
): Transfers {
  const transfers = useObservable(files.transfers).filter((each) => each.peer === peer);
  const received = useObservable(page?.received ?? NONE);
  const carried = (view: TransferView): Transfer => ({
    ...{
      id: view.id,
      isOutgoing: view.isOutgoing,
      fileCount: view.fileCount,
      state: view.state,
      failure: view.failure,
    },
    ...{ name: view.names.join(", "), bytes: view.bytesTotal },
    ...{ bytesDone: view.bytesDone, bytesPerSecond: view.bytesPerSecond },
    received: received.find(({ transfer }) => transfer === view.id),
    ...(!view.isOutgoing &&
      view.state === "offered" && { take: () => files.accept(view.id), refuse: () => files.decline(view.id) }),
    ...(OPEN.includes(view.state) &&
      (view.isOutgoing || view.state !== "offered") && { stop: () => files.cancel(view.id) }),
  });
  const keyOf = ({ isOurs, attachment }: Line): string =>
    `${peer}/${isOurs ? "out" : "in"}/${attachment?.reference ?? ""}`;
  const told = new Set(lines.map(keyOf));
  return {
    of: (line) => {
      const key = keyOf(line);
      const view = transfers.find(({ id }) => id === key);
      if (view !== undefined) return carried(view);
      return gone(
        line,
        received.find(({ transfer }) => transfer === key),
      );
    },
    others: transfers.filter(({ id, state }) => !told.has(id) && OPEN.includes(state)).map(carried),
    came: received.filter(({ transfer }) => transfer.startsWith(`${peer}/in/`) && !told.has(transfer)),
  };
}

export function useRoomFiles(room: Room, page: PageFiles | undefined): (line: Line) => Carried {
  const all = useObservable(room.files.all);
  const received = useObservable(page?.received ?? NONE);
  return (line) => {
    const view = all.find(({ id }) => id === line.attachment?.reference);
    const here = received.find(({ transfer }) => transfer === line.attachment?.reference);
    if (view === undefined) return gone(line, here);
    const states = { offered: "offered", fetching: "active", have: "done", failed: "failed", gone: "gone" } as const;
    const { id, name, bytes, bytesDone, bytesPerSecond, failure, isOurs, state } = view;
    return {
      ...{ name, bytes, bytesDone, bytesPerSecond, failure, state: isOurs ? "done" : states[state], received: here },
      ...((state === "offered" || state === "failed") && !isOurs && { take: () => room.files.fetch(id) }),
      ...(state === "fetching" && { stop: () => room.files.cancel(id) }),
    };
  };
}

/** No transfer is known; of what was received before, the file may be. */
const gone = ({ attachment }: Line, received: ReceivedFile | undefined): Carried => ({
  ...{ name: attachment?.name ?? "", bytes: attachment?.size ?? 0, bytesDone: 0, bytesPerSecond: 0, received },
  state: received === undefined ? "gone" : "done",
});
