/** Why can I not see the other one? What is in the way, what to do first, and a report for whoever helps. */
import type { PageFinding } from "@kith/sdk/web";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useEndpoint } from "../../store/endpoint-context.ts";
import { Button } from "../../ui/button.tsx";
import { Notice } from "../../ui/notice.tsx";
import { FindingItem } from "./finding-item.tsx";
import { ReportSheet } from "./report-sheet.tsx";
import { useExamination } from "./use-examination.ts";
import { useWords } from "./words.ts";
import "./why.css";

export function Why(): JSX.Element {
  const words = useWords();
  const { examination, again, cancel } = useExamination(useEndpoint());
  const [isReporting, setReporting] = useState(false);
  const isDone = examination.at === "done";
  return (
    <div class="stack">
      <h1>{words.why}</h1>
      <p class="soft">{words.what}</p>
      <div role="status">
        {examination.at === "looking" && (
          <div class="row apart">
            <span class="row">
              <span class="waiting" /> {words.steps[examination.step]}
            </span>
            <Button onPress={cancel}>{words.cancel}</Button>
          </div>
        )}
        {examination.at === "cancelled" && words.cancelled}
        {isDone && !examination.findings.some(isAilment) && <p>{words.allWell}</p>}
      </div>
      {examination.at === "failed" && (
        <Notice tone="bad">
          {words.broken} {String(examination.error)}
        </Notice>
      )}
      {isDone && <Findings findings={examination.findings} onChanged={again} />}
      {examination.at !== "looking" && (
        <div class="row">
          <Button look="main" onPress={again}>
            {words.again}
          </Button>
          {isDone && <Button onPress={() => setReporting(true)}>{words.report}</Button>}
        </div>
      )}
      {isDone && isReporting && <ReportSheet {...examination} onClose={() => setReporting(false)} />}
    </div>
  );
}

const isAilment = ({ verdict }: PageFinding): boolean => verdict === "bad" || verdict === "warn";

interface FindingsProps {
  readonly findings: readonly PageFinding[];
  readonly onChanged: () => void;
}

/** What to do first comes first; of what is well one need not read. */
function Findings({ findings, onChanged }: FindingsProps): JSX.Element {
  const words = useWords();
  return (
    <>
      {(["bad", "warn", "unknown", "good"] as const).map((verdict) => {
        const group = findings.filter((finding) => finding.verdict === verdict);
        if (group.length === 0) return null;
        const list = (
          <ul class="list">
            {group.map((finding, index) => (
              <FindingItem key={`${finding.code} ${index}`} {...{ finding, onChanged }} />
            ))}
          </ul>
        );
        if (verdict !== "good")
          return (
            <section key={verdict} class="stack tight" aria-label={words.groups[verdict]}>
              <h2>{words.groups[verdict]}</h2>
              {list}
            </section>
          );
        return (
          <details key={verdict} class="stack tight">
            <summary>
              {words.groups[verdict]} ({group.length})
            </summary>
            {list}
          </details>
        );
      })}
    </>
  );
}
