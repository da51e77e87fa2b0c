/** A code that brings two together who are not near: shown here, or typed in. */
import type { JoinCodeView } from "@kith/sdk";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useEndpoint } from "../../store/endpoint-context.ts";
import { useAttempt } from "../../store/use-attempt.ts";
import { Button } from "../../ui/button.tsx";
import { useCodeFailures } from "../../ui/code-failures.ts";
import { CopyField } from "../../ui/copy-field.tsx";
import { Field } from "../../ui/field.tsx";
import { Notice } from "../../ui/notice.tsx";
import { QrCode } from "../../ui/qr-code.tsx";
import { useAddWords } from "./add-words.ts";
import { pageLink } from "./page-link.ts";

interface BeginProps {
  /** A code that came with a link or was scanned: then there is nothing to make. */
  readonly typed: string;
  readonly onBegun: (id: string) => void;
}

export function JoinCodeBegin({ typed, onBegun }: BeginProps): JSX.Element {
  const words = useAddWords();
  const { joinCodes } = useEndpoint();
  const [code, setCode] = useState(typed);
  const { problem, attempt } = useAttempt();
  return (
    <div class="stack">
      {typed === "" && (
        <>
          <p class="soft small">{words.makeCodeHow}</p>
          <p>
            <Button onPress={attempt(async () => onBegun(await joinCodes.create({ for: "contact" })))}>
              {words.makeCode}
            </Button>
          </p>
        </>
      )}
      <form
        class="stack tight"
        onSubmit={(event) => {
          event.preventDefault();
          void attempt(async () => onBegun(await joinCodes.join(code)))();
        }}
      >
        <Field {...{ label: words.haveCode, hint: "7-acorn-canyon", value: code, onInput: setCode }} />
        <Button type="submit" look={typed === "" ? "plain" : "main"} isDisabled={code.trim() === ""}>
          {words.join}
        </Button>
      </form>
      {problem !== undefined && <Notice tone="bad">{problem}</Notice>}
    </div>
  );
}

interface StepProps {
  readonly view: JoinCodeView;
  readonly onClose: () => void;
}

export function JoinCodeStepView({ view: { id, step }, onClose }: StepProps): JSX.Element {
  const words = useAddWords();
  const failures = useCodeFailures();
  const { joinCodes } = useEndpoint();
  switch (step.at) {
    case "show":
      return (
        <div class="stack">
          <CodeText code={step.code} />
          <QrCode text={pageLink("join", step.code)} label={words.joinQr} />
          <CopyField label={words.link} text={pageLink("join", step.code)} />
          <p class="soft small">{words.expires(new Date(step.expiresAt).toLocaleTimeString())}</p>
        </div>
      );
    case "meeting":
    case "offered":
    case "moving":
      return (
        <p class="row" role="status">
          <span class="waiting" /> {words.meeting}
        </p>
      );
    case "consent":
      return (
        <div class="stack">
          <p>{words.consent(step.name)}</p>
          <p class="soft small">{words.claims}</p>
          <div class="row">
            <Button look="main" onPress={() => joinCodes.answer(id, { accept: true })}>
              {words.yes}
            </Button>
            <Button onPress={() => joinCodes.answer(id, { accept: false })}>{words.no}</Button>
          </div>
        </div>
      );
    case "done":
      return (
        <div class="stack">
          <p>{words.done(step.contact?.name ?? "")}</p>
          <Button look="main" onPress={onClose}>
            {words.ok}
          </Button>
        </div>
      );
    case "failed":
      return <Notice tone="bad">{failures[step.reason]}</Notice>;
  }
}

/** `7-acorn-canyon@relay`: what is said aloud is large, where it leads is beside it. */
function CodeText({ code }: { readonly code: string }): JSX.Element {
  const [said, host] = code.split("@", 2);
  return (
    <p class="code">
      {said}
      {host !== undefined && <span class="small soft">@{host}</span>}
    </p>
  );
}
