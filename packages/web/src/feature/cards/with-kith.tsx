/** The link of this page, opened by who has Kith. */
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ButtonLink } from "../../ui/button.tsx";
import { CopyField } from "../../ui/copy-field.tsx";
import { useLinkWords } from "./link-words.ts";
import { kithLink } from "./opened-link.ts";

export function WithKith({ how }: { readonly how: string }): JSX.Element {
  const words = useLinkWords();
  const hasApp = useApp();
  return (
    <section class="stack tight" aria-labelledby="with-kith">
      <h2 id="with-kith">{words.kith}</h2>
      <p>{how}</p>
      {hasApp && (
        <p>
          <ButtonLink href={`./${location.hash}`}>{words.open}</ButtonLink>
        </p>
      )}
      <CopyField label={words.elsewhere} text={kithLink(location)} />
    </section>
  );
}

/** Whether whoever serves this page serves the app too; a relay alone says that it does not. */
function useApp(): boolean {
  const [hasApp, setApp] = useState(false);
  useEffect(() => {
    let isHere = true;
    void servesApp().then((found) => isHere && setApp(found));
    return () => {
      isHere = false;
    };
  }, []);
  return hasApp;
}

async function servesApp(): Promise<boolean> {
  try {
    const said: unknown = await (await fetch("./served.json")).json();
    return !(typeof said === "object" && said !== null && "app" in said && said.app === false);
  } catch {
    return true; // without network it came from what the app keeps
  }
}
