/** One step of a pairing: what it shows, and what it asks. */
import type { PairingStep, PairingView } from "@kith/sdk";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useEndpoint } from "../../store/endpoint-context.ts";
import { Button } from "../../ui/button.tsx";
import { CopyField } from "../../ui/copy-field.tsx";
import { Field } from "../../ui/field.tsx";
import { Notice } from "../../ui/notice.tsx";
import { QrCode } from "../../ui/qr-code.tsx";
import { pageLink } from "./page-link.ts";
import { usePairingWords } from "./pairing-words.ts";
import { pairingCode } from "./scanned.ts";

export function PairingStepView({ view: { id, step, name, method } }: { readonly view: PairingView }): JSX.Element {
  const words = usePairingWords();
  const { pairing } = useEndpoint();
  switch (step.at) {
    case "waiting":
      return (
        <p class="row" role="status">
          <span class="waiting" /> {words.waitingForThem}
        </p>
      );
    case "show-qr":
      return <ShowQr step={step} />;
    case "show-code":
      return (
        <div class="stack">
          <p>{words.showPin}</p>
          <p class="code">{step.code}</p>
          <p class="soft small">
            {words.triesLeft(step.triesLeft)} · {words.goodUntil(new Date(step.expiresAt).toLocaleTimeString())}
          </p>
        </div>
      );
    case "enter-code":
      return <EnterCode id={id} step={step} />;
    case "compare":
      return (
        <div class="stack">
          <p>{words.compare}</p>
          <p class="code">{step.words.join(" ")}</p>
          <p class="soft small">{words.compareHow}</p>
          <div class="row">
            <Button look="main" onPress={() => pairing.answer(id, { type: "match", same: true })}>
              {words.same}
            </Button>
            <Button look="bad" onPress={() => pairing.answer(id, { type: "match", same: false })}>
              {words.differ}
            </Button>
          </div>
        </div>
      );
    case "consent":
      return (
        <div class="stack">
          <p>{words.consent(name ?? words.unnamed)}</p>
          <p class="soft small">
            {words.claims[method === "words" ? "words" : method === "first-use" ? "unproven" : "known"]}
          </p>
          <div class="row">
            <Button look="main" onPress={() => pairing.answer(id, { type: "consent", accept: true })}>
              {words.yes}
            </Button>
            <Button onPress={() => pairing.answer(id, { type: "consent", accept: false })}>{words.no}</Button>
          </div>
        </div>
      );
    case "done":
      return <p role="status">{words.done(step.contact.name)}</p>;
    case "failed":
      return <Notice tone="bad">{words.failed[step.reason]}</Notice>;
  }
}

function ShowQr({ step }: { readonly step: Extract<PairingStep, { at: "show-qr" }> }): JSX.Element {
  const words = usePairingWords();
  const link = pageLink("pair", pairingCode(step.uri));
  return (
    <div class="stack tight">
      <QrCode text={link} label={words.qr} />
      <p class="soft small">
        {words.qrHow} {words.goodUntil(new Date(step.expiresAt).toLocaleTimeString())}
      </p>
      <CopyField label={words.link} text={link} />
    </div>
  );
}

function EnterCode({
  id,
  step,
}: {
  readonly id: string;
  readonly step: Extract<PairingStep, { at: "enter-code" }>;
}): JSX.Element {
  const words = usePairingWords();
  const { pairing } = useEndpoint();
  const [code, setCode] = useState("");
  const isComplete = code.replace(/\D/g, "").length === 6;
  return (
    <form
      class="stack"
      onSubmit={(event) => {
        event.preventDefault();
        if (isComplete) void pairing.answer(id, { type: "code", code });
      }}
    >
      <Field
        {...{ label: words.enterPin, hint: words.triesLeft(step.triesLeft), value: code, onInput: setCode }}
        {...{ isNumber: true, autoComplete: "one-time-code", isFocused: true }}
      />
      <Button look="main" type="submit" isDisabled={!isComplete}>
        {words.ok}
      </Button>
    </form>
  );
}
