/** A document of a room, once it is as some member has it. */
import type { Room } from "@kith/sdk";
import type { KithProvider } from "@kith/sdk/yjs";
import { useEffect, useState } from "preact/hooks";
import { useRunning } from "./endpoint-context.ts";

export function useRoomDoc(room: Room, name: string): KithProvider | undefined {
  const { docs } = useRunning();
  const [provider, setProvider] = useState<KithProvider>();
  useEffect(() => {
    let isHere = true;
    void docs.open(room, name).then(async (opened) => {
      await opened.ready;
      if (isHere) setProvider(opened);
    });
    return () => {
      isHere = false;
    };
  }, [room, name]);
  return provider;
}
