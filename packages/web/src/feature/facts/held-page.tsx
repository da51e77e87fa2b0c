/** What an issuer says of us: until when, renewing it, showing it, forgetting it. */

import type { CredentialView } from "@kith/sdk";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useFacts } from "../../store/facts.ts";
import { linkTo, replaceRoute } from "../../store/route.ts";
import { useAttempt } from "../../store/use-attempt.ts";
import { useObservable } from "../../store/use-observable.ts";
import { BackLink } from "../../ui/back-link.tsx";
import { Button } from "../../ui/button.tsx";
import { ConfirmSheet } from "../../ui/confirm-sheet.tsx";
import { Empty, Notice } from "../../ui/notice.tsx";
import { FactList, moment } from "./fact-list.tsx";
import { useHolderWords } from "./holder-words.ts";
import { ShowSheet } from "./show-sheet.tsx";
import { useWords } from "./words.ts";

export function HeldPage({ issuer }: { readonly issuer: string }): JSX.Element {
  const words = useWords();
  const held = useObservable(useFacts().held).find((each) => each.issuer.issuer === issuer);
  return (
    <div class="stack">
      <BackLink href={linkTo("facts")}>{words.all}</BackLink>
      {held === undefined ? (
        <Empty icon="card" title={words.gone}>
          <p>{words.goneHow}</p>
        </Empty>
      ) : (
        <Held held={held} />
      )}
    </div>
  );
}

function Held({ held }: { readonly held: CredentialView }): JSX.Element {
  const words = useHolderWords();
  const { fingerprint } = useWords();
  const { issuer, facts, endsAt, isCurrent, isDue } = held;
  const [sheet, setSheet] = useState<"show" | "forget">();
  const standing = isCurrent ? (isDue ? "due" : "current") : "over";
  return (
    <>
      <h1>{issuer.name}</h1>
      <Notice tone={standing === "current" ? "calm" : "warn"}>{words.standing[standing]}</Notice>
      <section class="card stack tight" aria-label={words.says(issuer.name)}>
        <p>{words.says(issuer.name)}</p>
        <FactList facts={facts} />
      </section>
      <dl class="facts small">
        <dt>{words.holdsUntil}</dt>
        <dd>{moment(endsAt)}</dd>
        <dt>{fingerprint}</dt>
        <dd class="mono">{issuer.fingerprint}</dd>
      </dl>
      <p class="soft small">
        {words.ownWord(issuer.name)} {issuer.contactName !== undefined && words.knownAs(issuer.contactName)}
      </p>
      <Renew held={held} />
      <div class="row">
        <Button look="main" icon="eye" isDisabled={!isCurrent} onPress={() => setSheet("show")}>
          {words.showTo}
        </Button>
        <Button look="bad" onPress={() => setSheet("forget")}>
          {words.forget}
        </Button>
      </div>
      {sheet === "show" && <ShowSheet credential={held} onClose={() => setSheet(undefined)} />}
      {sheet === "forget" && <Forget held={held} onClose={() => setSheet(undefined)} />}
    </>
  );
}

function Renew({ held: { issuer } }: { readonly held: CredentialView }): JSX.Element {
  const words = useHolderWords();
  const facts = useFacts();
  const [isRenewed, setRenewed] = useState(false);
  const { problem, attempt } = useAttempt();
  const renew = attempt(async () => {
    setRenewed(false);
    await facts.renew(issuer.issuer);
    setRenewed(true);
  });
  return (
    <>
      {isRenewed && <Notice>{words.renewed}</Notice>}
      {problem !== undefined && (
        <Notice tone="bad">
          <p>{problem}</p>
          <p>{words.notRenewed}</p>
        </Notice>
      )}
      <div class="row">
        <Button onPress={renew}>{words.renew}</Button>
      </div>
    </>
  );
}

interface ForgetProps {
  readonly held: CredentialView;
  readonly onClose: () => void;
}

function Forget({ held: { issuer }, onClose }: ForgetProps): JSX.Element {
  const words = useHolderWords();
  const { cancel } = useWords();
  const facts = useFacts();
  return (
    <ConfirmSheet
      {...{ title: words.forgetTitle, how: words.forgetHow, cancel, act: words.forget, onClose }}
      onAct={async () => {
        await facts.forget(issuer.issuer);
        replaceRoute("facts");
      }}
    />
  );
}
