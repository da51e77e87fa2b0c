/** Attested facts: what is said of us, what others show us, whom we believe, and what we vouch for. */
import type { JSX } from "preact";
import { useOpenFacts } from "../../store/facts.ts";
import { replaceRoute } from "../../store/route.ts";
import { lazy } from "../../ui/lazy.tsx";
import { Empty } from "../../ui/notice.tsx";
import { SideBySide } from "../../ui/side-by-side.tsx";
import { AllFacts } from "./all-facts.tsx";
import { useWords } from "./words.ts";
import "./facts.css";

const HeldPage = lazy(async () => (await import("./held-page.tsx")).HeldPage);
const CheckPage = lazy(async () => (await import("./check-page.tsx")).CheckPage);
const IssuerPage = lazy(async () => (await import("./issuer-page.tsx")).IssuerPage);
const OwnIssuerPage = lazy(async () => (await import("./own-issuer-page.tsx")).OwnIssuerPage);
const AskSheet = lazy(async () => (await import("./ask-sheet.tsx")).AskSheet);
const ReadSheet = lazy(async () => (await import("./read-sheet.tsx")).ReadSheet);

/**
 * `#/facts/held/ISSUER`: what they say of us. `#/facts/check/ID`: what was shown to us. `#/facts/issuer/ISSUER`: one that we
 * pinned. `#/facts/own`: we as an issuer. `#/facts/ask/PEER`: a question to them; `#/facts/read`: a code of somebody.
 */
export function Facts({ path: [what, id] }: { readonly path: readonly string[] }): JSX.Element {
  const words = useWords();
  const isOpen = useOpenFacts();
  if (!isOpen)
    return (
      <p class="boot" role="status">
        <span class="waiting" /> {words.reading}
      </p>
    );
  const detail = detailOf(what, id);
  const chosen = detail === undefined ? undefined : id === undefined ? what : `${what}/${id}`;
  const leave = (): void => replaceRoute("facts");
  return (
    <>
      <SideBySide
        list={<AllFacts chosen={chosen} />}
        chosen={chosen}
        detail={detail}
        none={<Empty icon="check" title={words.choose} />}
      />
      {what === "ask" && <AskSheet peer={id} onClose={leave} />}
      {what === "read" && <ReadSheet onClose={leave} />}
    </>
  );
}

function detailOf(what: string | undefined, id = ""): JSX.Element | undefined {
  switch (what) {
    case "held":
      return <HeldPage key={id} issuer={id} />;
    case "check":
      return <CheckPage key={id} id={id} />;
    case "issuer":
      return <IssuerPage key={id} issuer={id} />;
    case "own":
      return <OwnIssuerPage />;
    default:
      return undefined;
  }
}
