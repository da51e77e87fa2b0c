/** The list: what is said of us, what was shown to us, issuers that we pinned, and ourselves as one. */
import type { FactCheckView } from "@kith/sdk";
import type { ComponentChildren, JSX } from "preact";
import { useFacts } from "../../store/facts.ts";
import { linkTo } from "../../store/route.ts";
import { useObservable } from "../../store/use-observable.ts";
import { BackLink } from "../../ui/back-link.tsx";
import { ButtonLink } from "../../ui/button.tsx";
import { moment } from "./fact-list.tsx";
import { useWords, type Words } from "./words.ts";

interface ListProps {
  readonly chosen: string | undefined;
}

export function AllFacts({ chosen }: ListProps): JSX.Element {
  const words = useWords();
  return (
    <div class="stack">
      <BackLink href={linkTo("cards")}>{words.back}</BackLink>
      <h1>{words.title}</h1>
      <p class="soft">{words.lead}</p>
      <Held chosen={chosen} />
      <Checks chosen={chosen} />
      <Pinned chosen={chosen} />
      <Own chosen={chosen} />
    </div>
  );
}

function Held({ chosen }: ListProps): JSX.Element {
  const words = useWords();
  const held = useObservable(useFacts().held);
  return (
    <Part title={words.held} none={held.length === 0 ? words.noneHeld : undefined}>
      {held.map(({ issuer, endsAt, isCurrent, isDue }) => (
        <Item
          key={issuer.issuer}
          {...{ chosen, to: ["held", issuer.issuer], title: issuer.name, line: words.until(moment(endsAt)) }}
          {...(isCurrent ? isDue && { badge: words.isDue } : { badge: words.isOver })}
        />
      ))}
    </Part>
  );
}

function Checks({ chosen }: ListProps): JSX.Element {
  const words = useWords();
  const checks = useObservable(useFacts().checks);
  const deeds = (
    <div class="row">
      <ButtonLink icon="people" href={linkTo("facts", "ask")}>
        {words.ask}
      </ButtonLink>
      <ButtonLink icon="scan" href={linkTo("facts", "read")}>
        {words.read}
      </ButtonLink>
    </div>
  );
  return (
    <Part title={words.checks} none={checks.length === 0 ? words.noneChecks : undefined} deeds={deeds}>
      {[...checks].reverse().map((check) => (
        <Item
          key={check.id}
          {...{ chosen, to: ["check", check.id], line: moment(check.since), badge: stateOf(words, check) }}
          title={check.cameBy === "code" ? words.ofCode : (check.name ?? words.somebody)}
        />
      ))}
    </Part>
  );
}

function stateOf(words: Words, { at, end, shown, checks }: FactCheckView): string {
  if (at === "waiting") return words.waiting;
  if (shown !== undefined) return words.verified;
  return end === "done" || checks.length > 0 ? words.notVerified : words.noAnswer;
}

function Pinned({ chosen }: ListProps): JSX.Element {
  const words = useWords();
  const pinned = useObservable(useFacts().pinned);
  return (
    <Part title={words.trusted} none={pinned.length === 0 ? words.noneTrusted : undefined}>
      {pinned.map(({ issuer, name, fingerprint }) => (
        <Item key={issuer} {...{ chosen, to: ["issuer", issuer], title: name, line: fingerprint }} />
      ))}
    </Part>
  );
}

function Own({ chosen }: ListProps): JSX.Element {
  const words = useWords();
  const facts = useFacts();
  const [own, vouched] = [useObservable(facts.own), useObservable(facts.vouched)];
  const deeds = own === undefined && (
    <div class="row">
      <ButtonLink icon="add" href={linkTo("facts", "own")}>
        {words.begin}
      </ButtonLink>
    </div>
  );
  return (
    <Part title={words.vouching} none={own === undefined ? words.noneVouching : undefined} deeds={deeds}>
      {own && <Item {...{ chosen, to: ["own"], title: own.name, line: words.vouchedFor(vouched.length) }} />}
    </Part>
  );
}

interface PartProps {
  readonly title: string;
  /** Said where there is nothing. */
  readonly none: string | undefined;
  readonly deeds?: ComponentChildren;
  readonly children: ComponentChildren;
}

const Part = ({ title, none, deeds, children }: PartProps): JSX.Element => (
  <section class="stack tight" aria-label={title}>
    <h2 class="label">{title}</h2>
    {none === undefined ? <ul class="list">{children}</ul> : <p class="soft small">{none}</p>}
    {deeds}
  </section>
);

interface ItemProps {
  readonly chosen: string | undefined;
  readonly to: readonly string[];
  readonly title: string;
  readonly line: string;
  readonly badge?: string;
}

const Item = ({ chosen, to, title, line, badge }: ItemProps): JSX.Element => (
  <li>
    <a class="item" href={linkTo("facts", ...to)} aria-current={chosen === to.join("/") ? "page" : undefined}>
      <span class="grow">
        <strong class="cut">{title}</strong>
        <span class="cut soft small">{line}</span>
      </span>
      {badge !== undefined && <span class="badge">{badge}</span>}
    </a>
  </li>
);
