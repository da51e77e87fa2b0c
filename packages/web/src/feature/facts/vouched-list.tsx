/** Whom we vouch for: what we say of each, how the last offer stands, offering anew, revoking. */

import type { IssuerView, VouchedView } from "@kith/sdk";
import type { JSX } from "preact";
import { useId, useState } from "preact/hooks";
import { useFacts } from "../../store/facts.ts";
import { useAttempt } from "../../store/use-attempt.ts";
import { useObservable } from "../../store/use-observable.ts";
import { Button } from "../../ui/button.tsx";
import { ConfirmSheet } from "../../ui/confirm-sheet.tsx";
import { Notice } from "../../ui/notice.tsx";
import { useLength } from "./epoch-length.ts";
import { FactList, moment } from "./fact-list.tsx";
import { useIssuerWords } from "./issuer-words.ts";
import { VouchSheet } from "./vouch-sheet.tsx";
import { useWords } from "./words.ts";

export function VouchedList({ own }: { readonly own: IssuerView }): JSX.Element {
  const words = useIssuerWords();
  const vouched = useObservable(useFacts().vouched);
  const [isVouching, setVouching] = useState(false);
  const [revoked, setRevoked] = useState<string>();
  return (
    <section class="stack tight" aria-label={words.vouched}>
      <h2 class="label">{words.vouched}</h2>
      {revoked !== undefined && <Notice tone="warn">{revoked}</Notice>}
      {vouched.length === 0 && <p class="soft small">{words.nobody}</p>}
      {vouched.map((each) => (
        <Vouched key={each.holder} {...{ own, vouched: each }} onRevoked={setRevoked} />
      ))}
      <div class="row">
        <Button look="main" icon="add" onPress={() => setVouching(true)}>
          {words.issue}
        </Button>
      </div>
      {isVouching && <VouchSheet onClose={() => setVouching(false)} />}
    </section>
  );
}

interface VouchedProps {
  readonly own: IssuerView;
  readonly vouched: VouchedView;
  /** With what to say about it. */
  readonly onRevoked: (said: string) => void;
}

function Vouched({ own, vouched, onRevoked }: VouchedProps): JSX.Element {
  const words = useIssuerWords();
  const { somebody } = useWords();
  const facts = useFacts();
  const { holder, name: who = somebody } = vouched;
  const [isRevoking, setRevoking] = useState(false);
  const { problem, attempt } = useAttempt();
  const nameId = useId();
  const revoke = async (): Promise<void> => {
    const { endsAt } = await facts.revoke(holder);
    onRevoked(words.revoked(who, moment(endsAt)));
  };
  return (
    <article class="card stack tight" aria-labelledby={nameId}>
      <strong id={nameId}>{who}</strong>
      <FactList facts={vouched.facts} />
      <Offered holder={holder} who={who} />
      {problem !== undefined && <Notice tone="bad">{problem}</Notice>}
      <div class="row">
        <Button describedBy={nameId} onPress={attempt(() => facts.offer(holder))}>
          {words.offerAgain}
        </Button>
        <Button describedBy={nameId} look="bad" onPress={() => setRevoking(true)}>
          {words.revoke}
        </Button>
      </div>
      {isRevoking && <Revoke {...{ own, who, revoke }} onClose={() => setRevoking(false)} />}
    </article>
  );
}

/** How the last offer to them stands. */
function Offered({ holder, who }: { readonly holder: string; readonly who: string }): JSX.Element | null {
  const words = useIssuerWords();
  const facts = useFacts();
  const last = useObservable(facts.issuings).findLast((each) => each.holder === holder);
  if (last === undefined) return null;
  if (last.at === "ended") return <p role="status">{words.ends[last.end ?? "lost"]}</p>;
  return (
    <div class="row">
      <p role="status" class="grow">
        <span class="waiting" /> {words.offered(who)}
      </p>
      <Button onPress={() => facts.cancel(last.id)}>{words.stop}</Button>
    </div>
  );
}

interface RevokeProps {
  readonly own: IssuerView;
  readonly who: string;
  readonly revoke: () => Promise<void>;
  readonly onClose: () => void;
}

function Revoke({ own, who, revoke, onClose }: RevokeProps): JSX.Element {
  const words = useIssuerWords();
  const { cancel } = useWords();
  const length = useLength(own.epochSeconds);
  return (
    <ConfirmSheet
      {...{ title: words.revokeTitle(who), how: words.revokeHow(length), cancel, act: words.revoke }}
      {...{ onAct: revoke, onClose }}
    />
  );
}
