/** An issuer as it calls itself, and pinning: what that means stands before the button. */
import type { IssuerView } from "@kith/sdk";
import type { JSX } from "preact";
import { useFacts } from "../../store/facts.ts";
import { useAttempt } from "../../store/use-attempt.ts";
import { useObservable } from "../../store/use-observable.ts";
import { Button } from "../../ui/button.tsx";
import { Notice } from "../../ui/notice.tsx";
import { useCheckWords } from "./check-words.ts";
import { useLength } from "./epoch-length.ts";
import { useWords } from "./words.ts";

export function PinIssuer({ issuer }: { readonly issuer: IssuerView }): JSX.Element {
  const words = useCheckWords();
  const facts = useFacts();
  const isPinned = useObservable(facts.pinned).some((each) => each.issuer === issuer.issuer);
  const { problem, attempt } = useAttempt();
  return (
    <section class="card stack" aria-label={words.pinTitle(issuer.name)}>
      {isPinned ? (
        <Notice>{words.pinned(issuer.name)}</Notice>
      ) : (
        <>
          <h2>{words.pinTitle(issuer.name)}</h2>
          <p>{words.claims(issuer.name)}</p>
          <IssuerFacts issuer={issuer} />
          <p>{words.pinHow}</p>
          {problem !== undefined && <Notice tone="bad">{problem}</Notice>}
          <div class="row">
            <Button onPress={attempt(() => facts.pin(issuer.issuer))}>{words.pin}</Button>
          </div>
        </>
      )}
    </section>
  );
}

export function IssuerFacts({ issuer }: { readonly issuer: IssuerView }): JSX.Element {
  const words = useCheckWords();
  const { fingerprint: label } = useWords();
  const { fingerprint, contactName, epochSeconds } = issuer;
  return (
    <>
      <dl class="facts">
        <dt>{label}</dt>
        <dd class="mono">{fingerprint}</dd>
        <dt>{words.length}</dt>
        <dd>{useLength(epochSeconds)}</dd>
      </dl>
      {contactName !== undefined && <p class="soft small">{words.contactName(contactName)}</p>}
    </>
  );
}
