/** One version: when, whose, how it looked, and the way back to it. */
import type { Room } from "@kith/sdk";
import type { DocHistory, DocVersion } from "@kith/sdk/yjs";
import type { FunctionComponent, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Doc } from "yjs";
import { Button } from "../../ui/button.tsx";
import { Notice } from "../../ui/notice.tsx";
import { useVersionWords } from "./version-words.ts";
import { useWords } from "./words.ts";

interface VersionViewProps {
  readonly room: Room;
  readonly history: DocHistory;
  readonly version: DocVersion;
  readonly Look: FunctionComponent<{ readonly doc: Doc }>;
  readonly onBack: () => void;
  readonly onBringBack: () => Promise<void>;
}

export function VersionView({ room, history, version, Look, onBack, onBringBack }: VersionViewProps): JSX.Element {
  const words = useWords();
  const { when, who } = useVersionWords(room);
  const [doc, setDoc] = useState<Doc | "missing">();
  useEffect(() => {
    let isHere = true;
    history.docAt(version.number).then(
      (found) => isHere && setDoc(found),
      () => isHere && setDoc("missing"), // put together with another one meanwhile
    );
    return () => {
      isHere = false;
    };
  }, [version]);
  return (
    <>
      <header class="row">
        <Button look="bare" icon="back" label={words.back} onPress={onBack} />
        <span class="grow">
          <strong class="cut">{version.name ?? when(version.at)}</strong>
          <span class="soft small cut">
            {version.name !== undefined && `${when(version.at)} · `}
            {who(version)}
          </span>
        </span>
      </header>
      {doc === "missing" && <Notice tone="bad">{words.said.failed}</Notice>}
      {doc === undefined && (
        <p class="boot" role="status">
          <span class="waiting" /> {words.waiting}
        </p>
      )}
      {doc !== undefined && doc !== "missing" && (
        <>
          <Look doc={doc} />
          <p class="soft small">{words.bringBackHow}</p>
          <Button look="main" icon="undo" onPress={onBringBack}>
            {words.bringBack}
          </Button>
        </>
      )}
    </>
  );
}
