/** The log of what mattered: who paired, connected, was blocked. */
import type { AuditEntry } from "@kith/sdk";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useEndpoint } from "../../store/endpoint-context.ts";
import { useObservable } from "../../store/use-observable.ts";
import { Button } from "../../ui/button.tsx";
import { Notice } from "../../ui/notice.tsx";
import { useAuditWords } from "./audit-words.ts";
import { useWords } from "./words.ts";

const SHOWN = 50;

export function AuditLog(): JSX.Element {
  const words = useWords();
  const events = useAuditWords();
  const { audit, trust } = useEndpoint();
  const contacts = useObservable(trust.contacts);
  const [entries, setEntries] = useState<readonly AuditEntry[]>();
  const [verdict, setVerdict] = useState<Awaited<ReturnType<typeof audit.verify>>>();
  const check = async (): Promise<void> => {
    setEntries(await audit.entries({ limit: SHOWN }));
    setVerdict(await audit.verify());
  };
  const known = [...contacts, ...useObservable(trust.blockList)];
  const nameOf = (entry: AuditEntry): string =>
    known.find(({ peer, name }) => peer === entry.peer && name !== "")?.name ?? entry.peer?.slice(0, 8) ?? "";
  return (
    <section class="card stack tight" aria-label={words.audit}>
      <header class="row apart">
        <h2>{words.audit}</h2>
        <Button onPress={check}>{words.check}</Button>
      </header>
      <p class="soft small">{words.auditHow}</p>
      {verdict !== undefined && (
        <Notice tone={verdict.isIntact ? "calm" : "bad"}>
          {verdict.isIntact ? words.intact(verdict.entries) : words.broken(verdict.firstBad ?? 0)}
        </Notice>
      )}
      <ol class="stack tight small">
        {entries?.toReversed().map((entry) => (
          <li key={entry.sequence}>
            <p>
              {entry.peer !== undefined && <strong>{nameOf(entry)}: </strong>}
              {events[entry.event] ?? entry.event}
            </p>
            <p class="soft">
              <time>{new Date(entry.at).toLocaleString()}</time> <span class="mono breaks">{entry.detail}</span>
            </p>
          </li>
        ))}
      </ol>
    </section>
  );
}
