/** A text that the room writes together. */
import type { Room } from "@kith/sdk";
import type { KithProvider } from "@kith/sdk/yjs";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { useRunning } from "../../store/endpoint-context.ts";
import { useRoomDoc } from "../../store/use-room-doc.ts";
import { openEditor } from "./editor.ts";
import { useWords } from "./words.ts";
import "./page.css";

export function Page({ room }: { readonly room: Room }): JSX.Element {
  const words = useWords();
  const provider = useRoomDoc(room, "page");
  if (provider === undefined)
    return (
      <p class="boot" role="status">
        <span class="waiting" /> {words.waiting}
      </p>
    );
  return <Editor provider={provider} label={words.page} />;
}

function Editor({ provider, label }: { readonly provider: KithProvider; readonly label: string }): JSX.Element {
  const { desk } = useRunning();
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (host.current === null) return;
    return openEditor(host.current, provider, { label, undos: desk.undos });
  }, [provider]);
  return <div class="page" ref={host} />;
}
