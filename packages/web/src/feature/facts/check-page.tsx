/** What came of a question, or of a code: the facts if all is right, else that nothing counts; and every check, with its reason. */
import type { FactCheckView } from "@kith/sdk";
import type { JSX } from "preact";
import { useFacts } from "../../store/facts.ts";
import { linkTo } from "../../store/route.ts";
import { useObservable } from "../../store/use-observable.ts";
import { BackLink } from "../../ui/back-link.tsx";
import { Button, ButtonLink } from "../../ui/button.tsx";
import { Empty, Notice } from "../../ui/notice.tsx";
import { useCheckWords } from "./check-words.ts";
import { FactList, moment } from "./fact-list.tsx";
import { PinIssuer } from "./pin-issuer.tsx";
import { Verdicts } from "./verdicts.tsx";
import { useWords } from "./words.ts";

export function CheckPage({ id }: { readonly id: string }): JSX.Element {
  const words = useWords();
  const check = useObservable(useFacts().checks).find((each) => each.id === id);
  return (
    <div class="stack">
      <BackLink href={linkTo("facts")}>{words.all}</BackLink>
      {check === undefined ? (
        <Empty icon="check" title={words.gone}>
          <p>{words.goneHow}</p>
        </Empty>
      ) : (
        <Seen check={check} />
      )}
    </div>
  );
}

function Seen({ check }: { readonly check: FactCheckView }): JSX.Element {
  const words = useCheckWords();
  const facts = useFacts();
  const { somebody } = useWords();
  const who = check.name ?? somebody;
  const { at, end = "lost", checks, cameBy, wanted, peer } = check;
  return (
    <>
      <h1>{cameBy === "code" ? words.codeTitle : words.title(who)}</h1>
      {wanted.length > 0 && (
        <section class="stack tight" aria-label={words.asked}>
          <h2 class="label">{words.asked}</h2>
          <FactList facts={wanted} />
        </section>
      )}
      {at === "waiting" ? (
        <>
          <p role="status">
            <span class="waiting" /> {words.waiting(who)}
          </p>
          <Button onPress={() => facts.cancel(check.id)}>{words.stop}</Button>
        </>
      ) : checks.length > 0 ? (
        <Result check={check} who={who} />
      ) : (
        <Notice tone="warn">
          {words.nothing} {words.ends[end]}
        </Notice>
      )}
      {at === "ended" && cameBy === "asked" && peer !== undefined && (
        <div class="row">
          <ButtonLink href={linkTo("facts", "ask", peer)}>{words.again}</ButtonLink>
        </div>
      )}
    </>
  );
}

function Result({ check, who }: { readonly check: FactCheckView; readonly who: string }): JSX.Element {
  const words = useCheckWords();
  const { shown, claimed, checks, peer, cameBy } = check;
  const isUnpinned = checks.some(({ fault }) => fault === "issuerNotPinned");
  return (
    <>
      {shown === undefined ? (
        <Notice tone="bad">
          <p>
            <strong>{words.notVerified}</strong>
          </p>
          {checks.map(({ name, fault }) => fault && <p key={name}>{words.faults[fault]}</p>)}
          <p>{words.notVerifiedHow}</p>
        </Notice>
      ) : (
        <>
          <Notice>
            <p>
              <strong>{words.verified}</strong>
            </p>
            <p>{(shown.isLive ? words.verifiedLive : words.verifiedCode)(shown.issuer.name)}</p>
          </Notice>
          <section class="card stack tight" aria-label={words.verified}>
            <FactList facts={shown.facts} />
          </section>
          <dl class="facts small">
            {shown.holder !== undefined && (
              <>
                <dt>{words.holder}</dt>
                <dd>{shown.holder === peer ? words.itself(who) : words.another(shown.holder)}</dd>
              </>
            )}
            <dt>{words.holds}</dt>
            <dd>{moment(shown.endsAt)}</dd>
          </dl>
        </>
      )}
      {isUnpinned && claimed !== undefined && <PinIssuer issuer={claimed} />}
      <Verdicts checks={checks} isCode={cameBy === "code"} />
    </>
  );
}
