/** What the browser says of the place that we take, and how files lie there. */
import { type Observable, Subject } from "@kith/sdk";
import { pageStorage } from "@kith/sdk/web";
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useRunning } from "../../store/endpoint-context.ts";
import { useObservable } from "../../store/use-observable.ts";
import { Notice } from "../../ui/notice.tsx";
import { useWords } from "./words.ts";

const NO_FILES: Observable<boolean> = new Subject(false);

export function StorageFacts(): JSX.Element {
  const words = useWords();
  const [facts, setFacts] = useState<Awaited<ReturnType<typeof pageStorage>>>();
  useEffect(() => void pageStorage().then(setFacts), []);
  if (facts === undefined) return <p class="soft small">…</p>;
  return <p class="soft small">{facts.isPersistent ? words.persisted : words.notPersisted}</p>;
}

export function FileFacts(): JSX.Element {
  const words = useWords();
  const { files } = useRunning();
  const isUnsealed = useObservable(files?.unsealed ?? NO_FILES);
  if (isUnsealed) return <Notice tone="warn">{words.filesUnsealed}</Notice>;
  return <p class="soft small">{words.filesSealed}</p>;
}
