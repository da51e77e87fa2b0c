/** A card that came by a link, where nobody is known: what holds of it, what does not, and ways to take it along. */

import { type CryptoProvider, fingerprint } from "@kith/core";
import { type CardShare, contactText, exportVcard, photoOfFields } from "@kith/core/card";
import type { JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { Button } from "../../ui/button.tsx";
import { CopyText } from "../../ui/copy-text.tsx";
import { day } from "../../ui/day.ts";
import { FactTable } from "../../ui/fact-table.tsx";
import { Notice } from "../../ui/notice.tsx";
import { CardView, nameOf } from "./card-view.tsx";
import { useFaceWords } from "./face-words.ts";
import { useLinkWords } from "./link-words.ts";
import { downloadVcard } from "./vcard-download.ts";
import { WithKith } from "./with-kith.tsx";

interface LinkCardProps {
  readonly provider: CryptoProvider;
  readonly share: CardShare;
  readonly photo: Uint8Array | undefined;
}

export function LinkCard({ provider, share, photo }: LinkCardProps): JSX.Element {
  const words = useLinkWords();
  const heading = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => heading.current?.focus(), [share]);
  const { content } = share.card;
  const { fields } = content;
  const save = (): void => {
    const format = photoOfFields(fields)?.format;
    const picture = photo !== undefined && format !== undefined ? { photo: { bytes: photo, format } } : {};
    downloadVcard(exportVcard(fields, { version: "3.0", ...picture }), nameOf(fields));
  };
  return (
    <>
      <h2 ref={heading} tabIndex={-1}>
        {words.card}
      </h2>
      <Notice tone="warn">
        <p>
          <strong>{words.notVerified}</strong>
        </p>
        <ul class="stack tight">
          <li>{words.holds}</li>
          <li>{words.unknown}</li>
          <li>{words.shownAgain}</li>
          {content.isPrivate && <li>{words.isPrivate}</li>}
        </ul>
      </Notice>
      <CardView fields={fields} photo={photo} label={words.card} />
      <p>
        <Button look="main" icon="down" onPress={save}>
          {words.save}
        </Button>
      </p>
      <Facts provider={provider} share={share} />
      <WithKith how={share.host === "" ? words.withKith.whole : words.withKith.taken} />
      <CopyText label={words.signed} hint={words.signedHow} text={contactText(share.card)} />
    </>
  );
}

function Facts({ provider, share }: Pick<LinkCardProps, "provider" | "share">): JSX.Element {
  const words = useLinkWords();
  const { levels, level } = useFaceWords();
  const { content, signer } = share.card;
  const facts = [
    [level, levels[content.level]],
    [words.signedOn, day(content.signedAt)],
    [words.endsOn, day(content.endsAt)],
    [words.linkEnds, day(share.endsAt)],
    [words.key, <span class="mono">{fingerprint(provider, signer)}</span>],
  ] as const;
  return <FactTable facts={facts} isSmall />;
}
