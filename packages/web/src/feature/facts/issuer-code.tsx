/** What others read to pin an issuer: as a code, and as text. */
import type { IssuerView } from "@kith/sdk";
import type { JSX } from "preact";
import { CopyField } from "../../ui/copy-field.tsx";
import { QrCode } from "../../ui/qr-code.tsx";
import { useIssuerWords } from "./issuer-words.ts";

export function IssuerCode({ issuer }: { readonly issuer: IssuerView }): JSX.Element {
  const words = useIssuerWords();
  return (
    <section class="stack tight" aria-label={words.code}>
      <h2 class="label">{words.code}</h2>
      <p class="soft small">{words.codeHow}</p>
      <QrCode text={issuer.code} label={words.codeLabel(issuer.name)} />
      <CopyField label={words.codeText} text={issuer.code} />
    </section>
  );
}
