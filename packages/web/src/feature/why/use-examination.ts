/** One look at a time: what it is at, and what came of it. Whoever leaves ends it. */
import { examinePage, type PageFinding, type PageStep, type WebEndpoint } from "@kith/sdk/web";
import { useEffect, useState } from "preact/hooks";

export type Examination =
  | { readonly at: "looking"; readonly step: PageStep }
  | { readonly at: "done"; readonly findings: readonly PageFinding[]; readonly when: Date }
  | { readonly at: "cancelled" }
  | { readonly at: "failed"; readonly error: unknown };

interface Examining {
  readonly examination: Examination;
  readonly again: () => void;
  readonly cancel: () => void;
}

export function useExamination(endpoint: WebEndpoint): Examining {
  const [examination, setExamination] = useState<Examination>({ at: "looking", step: "browser" });
  const [control, setControl] = useState(() => new AbortController());
  useEffect(() => {
    const { signal } = control;
    const show = (next: Examination): void => {
      if (!signal.aborted) setExamination(next);
    };
    examinePage(endpoint, { served: "./served.json", signal, began: (step) => show({ at: "looking", step }) }).then(
      (findings) => show({ at: "done", findings, when: new Date() }),
      (error: unknown) => show({ at: "failed", error }),
    );
    return () => control.abort();
  }, [endpoint, control]);
  return {
    examination,
    again: () => {
      setExamination({ at: "looking", step: "browser" });
      setControl(new AbortController());
    },
    cancel: () => {
      control.abort();
      setExamination({ at: "cancelled" });
    },
  };
}
