/** A document of a room of Kith, over loopback TCP. Everything is sealed, and each turn's edits are signed. */
import type { Room } from "@kith/sdk";
import { KithProvider } from "@kith/sdk/yjs";
import type { Doc } from "yjs";
import { benchEndpoint } from "../contender/kith-endpoint.ts";
import type { DocContender, OpenedDoc } from "./doc-contender.ts";

/** The copy that the SDK uses: two of them would not know each other's types. */
const YJS = new URL("../../../../node_modules/yjs/dist/yjs.mjs", import.meta.url);
const NAME = "text";
const GUESTS_MAX = 32;

export async function docKith(): Promise<DocContender> {
  const { Doc }: typeof import("yjs") = await import(YJS.href);
  const open = async (room: Room): Promise<OpenedDoc> => {
    const provider = await KithProvider.open(room, new Doc(), { name: NAME });
    return { doc: provider.doc, close: () => provider[Symbol.asyncDispose]() };
  };
  const join = async (name: string, address: string, number: number): Promise<Room> => {
    const { rooms } = await benchEndpoint(name, []);
    const links: readonly string[] = JSON.parse(address);
    return rooms.join(links[number] ?? "");
  };
  return {
    async serve(fill: (doc: Doc) => void) {
      const { rooms } = await benchEndpoint("keeper", []);
      const room = await rooms.create("bench", { ways: "open" });
      const { doc } = await KithProvider.open(room, new Doc(), { name: NAME });
      fill(doc);
      return JSON.stringify((await room.invite({ uses: GUESTS_MAX })).links);
    },
    async reach(address) {
      const room = await join("guest", address, 0);
      await linked(room);
      return { open: () => open(room) };
    },
    comeIn: async (address, number) => open(await join(`guest ${number}`, address, number)),
  };
}

async function linked(room: Room): Promise<void> {
  const isLinked = (): boolean => room.members.get().some(({ path }) => path.kind === "direct");
  while (!isLinked()) await new Promise((resolve) => setTimeout(resolve, 10));
}
