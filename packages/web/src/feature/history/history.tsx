/** Earlier versions of what a room writes or draws together: a list by time, a look at one, and the way back to it. */
import type { Room } from "@kith/sdk";
import type { DocHistory, DocVersion } from "@kith/sdk/yjs";
import type { FunctionComponent, JSX } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Doc } from "yjs";
import { useObservable } from "../../store/use-observable.ts";
import { useRoomDoc } from "../../store/use-room-doc.ts";
import { Notice } from "../../ui/notice.tsx";
import { Sheet } from "../../ui/sheet.tsx";
import { VersionList } from "./version-list.tsx";
import { VersionView } from "./version-view.tsx";
import { useWords } from "./words.ts";
import "./history.css";

interface HistoryProps {
  readonly room: Room;
  /** Of the document. */
  readonly name: string;
  /** How one of them looks. */
  readonly Look: FunctionComponent<{ readonly doc: Doc }>;
  readonly onClose: () => void;
}

export function History({ room, name, Look, onClose }: HistoryProps): JSX.Element {
  const words = useWords();
  const history = useRoomDoc(room, name)?.history;
  return (
    <Sheet title={words.history} onClose={onClose}>
      {history === undefined ? (
        <p class="boot" role="status">
          <span class="waiting" /> {words.waiting}
        </p>
      ) : (
        <Versions {...{ room, history, Look }} />
      )}
    </Sheet>
  );
}

type Step =
  | { readonly at: "list"; readonly said?: "kept" | "broughtBack" | "failed" }
  | { readonly at: "version"; readonly version: DocVersion };

interface VersionsProps extends Pick<HistoryProps, "room" | "Look"> {
  readonly history: DocHistory;
}

function Versions({ room, history, Look }: VersionsProps): JSX.Element {
  const words = useWords();
  const versions = useObservable(history.versions);
  const [step, setStep] = useState<Step>({ at: "list" });
  const place = useRef<HTMLDivElement>(null);
  const isFirst = useRef(true);
  useLayoutEffect(() => {
    if (!isFirst.current) place.current?.focus(); // what was pressed is gone
    isFirst.current = false;
  }, [step]);
  const attempt = async (work: Promise<void>, said: "kept" | "broughtBack"): Promise<void> => {
    const isDone = await work.then(
      () => true,
      () => false,
    );
    setStep({ at: "list", said: isDone ? said : "failed" });
  };
  return (
    <div class="stack history" ref={place} tabIndex={-1}>
      {step.at === "version" ? (
        <VersionView
          {...{ room, history, Look, version: step.version }}
          onBack={() => setStep({ at: "list" })}
          onBringBack={() => attempt(history.bringBack(step.version.number), "broughtBack")}
        />
      ) : (
        <>
          {step.said !== undefined && (
            <Notice tone={step.said === "failed" ? "bad" : "calm"}>{words.said[step.said]}</Notice>
          )}
          <VersionList
            {...{ room, versions }}
            onKeep={(name) => attempt(history.keep(name), "kept")}
            onChoose={(version) => setStep({ at: "version", version })}
          />
        </>
      )}
    </div>
  );
}
