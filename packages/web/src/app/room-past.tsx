/** Parts of a room that have earlier versions, and how those look. */
import type { Room } from "@kith/sdk";
import type { FunctionComponent, JSX } from "preact";
import type { Doc } from "yjs";
import { lazy } from "../ui/lazy.tsx";

interface PastProps {
  readonly room: Room;
  readonly onClose: () => void;
}

const pastOf = (
  name: string,
  look: () => Promise<FunctionComponent<{ readonly doc: Doc }>>,
): FunctionComponent<PastProps> =>
  lazy(async () => {
    const [{ History }, Look] = await Promise.all([import("../feature/history/history.tsx"), look()]);
    return (props: PastProps): JSX.Element => <History {...props} name={name} Look={Look} />;
  });

/** By the name of the tab, which is the document's. */
export const PASTS: Readonly<Record<string, FunctionComponent<PastProps>>> = {
  board: pastOf("board", async () => (await import("../feature/board/board-look.tsx")).BoardLook),
  page: pastOf("page", async () => (await import("../feature/page/page-look.tsx")).PageLook),
};
