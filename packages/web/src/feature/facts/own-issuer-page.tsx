/** We as an issuer: our code, whom we vouch for, and ending what was issued; or how to become one. */

import type { IssuerView } from "@kith/sdk";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useFacts } from "../../store/facts.ts";
import { linkTo } from "../../store/route.ts";
import { useObservable } from "../../store/use-observable.ts";
import { BackLink } from "../../ui/back-link.tsx";
import { Button } from "../../ui/button.tsx";
import { ConfirmSheet } from "../../ui/confirm-sheet.tsx";
import { Notice } from "../../ui/notice.tsx";
import { BecomeIssuer } from "./become-issuer.tsx";
import { IssuerCode } from "./issuer-code.tsx";
import { useIssuerWords } from "./issuer-words.ts";
import { IssuerFacts } from "./pin-issuer.tsx";
import { VouchedList } from "./vouched-list.tsx";
import { useWords } from "./words.ts";

export function OwnIssuerPage(): JSX.Element {
  const { all } = useWords();
  const own = useObservable(useFacts().own);
  return (
    <div class="stack">
      <BackLink href={linkTo("facts")}>{all}</BackLink>
      {own === undefined ? <BecomeIssuer /> : <Issuer own={own} />}
    </div>
  );
}

function Issuer({ own }: { readonly own: IssuerView }): JSX.Element {
  const words = useIssuerWords();
  const { cancel } = useWords();
  const facts = useFacts();
  const [isEnding, setEnding] = useState(false);
  const [hasEnded, setEnded] = useState(false);
  const endAll = async (): Promise<void> => {
    await facts.reissue();
    setEnded(true);
    setEnding(false);
  };
  return (
    <>
      <h1>{own.name}</h1>
      <IssuerFacts issuer={own} />
      {hasEnded && <Notice tone="warn">{words.endedAll}</Notice>}
      <VouchedList own={own} />
      <IssuerCode issuer={own} />
      <div class="row">
        <Button look="bad" onPress={() => setEnding(true)}>
          {words.endAll}
        </Button>
      </div>
      {isEnding && (
        <ConfirmSheet
          {...{ title: words.endAllTitle, how: words.endAllHow, cancel, act: words.endAll }}
          {...{ onAct: endAll, onClose: () => setEnding(false) }}
        />
      )}
    </>
  );
}
