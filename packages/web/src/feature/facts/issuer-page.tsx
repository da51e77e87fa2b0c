/** An issuer that we pinned: its fingerprint, its code for others, and pinning it no more. */

import type { IssuerView } from "@kith/sdk";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useFacts } from "../../store/facts.ts";
import { linkTo, replaceRoute } from "../../store/route.ts";
import { useObservable } from "../../store/use-observable.ts";
import { BackLink } from "../../ui/back-link.tsx";
import { Button } from "../../ui/button.tsx";
import { ConfirmSheet } from "../../ui/confirm-sheet.tsx";
import { Empty, Notice } from "../../ui/notice.tsx";
import { useCheckWords } from "./check-words.ts";
import { IssuerCode } from "./issuer-code.tsx";
import { IssuerFacts } from "./pin-issuer.tsx";
import { useWords } from "./words.ts";

export function IssuerPage({ issuer }: { readonly issuer: string }): JSX.Element {
  const words = useWords();
  const pinned = useObservable(useFacts().pinned).find((each) => each.issuer === issuer);
  return (
    <div class="stack">
      <BackLink href={linkTo("facts")}>{words.all}</BackLink>
      {pinned === undefined ? (
        <Empty icon="check" title={words.gone}>
          <p>{words.goneHow}</p>
        </Empty>
      ) : (
        <Pinned issuer={pinned} />
      )}
    </div>
  );
}

function Pinned({ issuer }: { readonly issuer: IssuerView }): JSX.Element {
  const words = useCheckWords();
  const { cancel } = useWords();
  const facts = useFacts();
  const [isUnpinning, setUnpinning] = useState(false);
  const unpin = async (): Promise<void> => {
    await facts.unpin(issuer.issuer);
    replaceRoute("facts");
  };
  return (
    <>
      <h1>{issuer.name}</h1>
      <Notice>{words.pinned(issuer.name)}</Notice>
      <IssuerFacts issuer={issuer} />
      <IssuerCode issuer={issuer} />
      <div class="row">
        <Button look="bad" onPress={() => setUnpinning(true)}>
          {words.unpin}
        </Button>
      </div>
      {isUnpinning && (
        <ConfirmSheet
          {...{ title: words.unpinTitle(issuer.name), how: words.unpinHow, cancel, act: words.unpin }}
          {...{ onAct: unpin, onClose: () => setUnpinning(false) }}
        />
      )}
    </>
  );
}
