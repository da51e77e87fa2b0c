/** The report, whole, before it goes anywhere. */
import { type PageFinding, pageReport } from "@kith/sdk/web";
import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import { Button } from "../../ui/button.tsx";
import { download } from "../../ui/download.ts";
import { Sheet } from "../../ui/sheet.tsx";
import { useWords } from "./words.ts";

interface ReportProps {
  readonly findings: readonly PageFinding[];
  readonly when: Date;
  readonly onClose: () => void;
}

export function ReportSheet({ findings, when, onClose }: ReportProps): JSX.Element {
  const words = useWords();
  const [isCopied, setCopied] = useState(false);
  const text = useMemo(() => {
    const minute = when.toISOString().slice(0, 16).replace("T", " ");
    const head = [`Kith: ${words.why} ${minute} UTC`, navigator.userAgent];
    return pageReport(findings, { head, wordsOf: words.finding, person: words.person, relay: words.relay });
  }, [findings, words]);
  // Without TLS a page may not write to the clipboard: then the text is there to be selected, and saved.
  const canCopy = navigator.clipboard !== undefined;
  return (
    <Sheet title={words.report} onClose={onClose}>
      <p class="soft small">{words.reportHow}</p>
      <label class="field">
        <span class="unseen">{words.report}</span>
        <textarea class="report" readOnly rows={14} value={text} />
      </label>
      <div class="row">
        {canCopy && (
          <Button
            look="main"
            onPress={async () => setCopied(await navigator.clipboard.writeText(text).then(() => true))}
          >
            {isCopied ? words.copied : words.copy}
          </Button>
        )}
        <Button icon="down" onPress={() => download(new Blob([text], { type: "text/plain" }), "kith-why.txt")}>
          {words.save}
        </Button>
      </div>
    </Sheet>
  );
}
