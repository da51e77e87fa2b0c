/** Who is near, who is known, and how two become contacts. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useEndpoint } from "../../store/endpoint-context.ts";
import { linkTo, replaceRoute } from "../../store/route.ts";
import { useObservable } from "../../store/use-observable.ts";
import { Button, ButtonLink } from "../../ui/button.tsx";
import { lazy } from "../../ui/lazy.tsx";
import { Empty, Notice } from "../../ui/notice.tsx";
import { SideBySide } from "../../ui/side-by-side.tsx";
import { BlockedList } from "./blocked-list.tsx";
import { ContactList } from "./contact-list.tsx";
import { NearbyList } from "./nearby-list.tsx";
import { useStrangers } from "./use-strangers.ts";
import { useWords } from "./words.ts";

const AddSheet = lazy(async () => (await import("./add-sheet.tsx")).AddSheet);
const ContactPage = lazy(async () => (await import("./contact-page.tsx")).ContactPage);

/** `#/people/KEY`: a contact; `#/people/pair/…` and `#/people/join/CODE`: what somebody's QR code or link leads to. */
export function People({ path: [what, code] }: { readonly path: readonly string[] }): JSX.Element {
  const words = useWords();
  const hasContacts = useObservable(useEndpoint().trust.contacts).length > 0;
  const isLink = code !== undefined && (what === "pair" || what === "join");
  const chosen = isLink ? undefined : what;
  return (
    <SideBySide
      list={<Everybody given={isLink ? { what, code } : undefined} chosen={chosen} />}
      chosen={chosen}
      detail={chosen === undefined ? undefined : <ContactPage key={chosen} peer={chosen} />}
      none={hasContacts ? <Empty icon="people" title={words.choose} /> : undefined}
    />
  );
}

interface EverybodyProps {
  readonly given: { readonly what: "pair" | "join"; readonly code: string } | undefined;
  /** Who is shown beside them. */
  readonly chosen: string | undefined;
}

function Everybody({ given, chosen }: EverybodyProps): JSX.Element {
  const words = useWords();
  const endpoint = useEndpoint();
  const contacts = useObservable(endpoint.trust.contacts);
  const nearby = useStrangers();
  const [isAdding, setAdding] = useState(false);
  const close = (): void => {
    setAdding(false);
    if (given !== undefined) replaceRoute("people");
  };
  return (
    <div class="stack">
      <header class="row apart">
        <h1>{words.people}</h1>
        <div class="row">
          <ButtonLink icon="card" href={linkTo("cards")}>
            {words.cards}
          </ButtonLink>
          <Button look="main" icon="add" onPress={() => setAdding(true)}>
            {words.add}
          </Button>
        </div>
      </header>
      <p class="soft small">
        {words.you} <strong>{endpoint.name}</strong> · <span class="mono">{endpoint.fingerprint.slice(0, 19)}</span>
      </p>
      {endpoint.isOneTime && <Notice>{isSecureContext ? words.oneTime : words.oneTimeHttp}</Notice>}
      {contacts.length > 0 && <ContactList contacts={contacts} chosen={chosen} />}
      {nearby.length > 0 && <NearbyList nearby={nearby} />}
      {contacts.length + nearby.length === 0 && (
        <Empty icon="people" title={words.nobody}>
          <p>{words.nobodyHow}</p>
          <a href={linkTo("why")}>{words.why}</a>
        </Empty>
      )}
      <BlockedList />
      {(isAdding || given !== undefined) && <AddSheet given={given} onClose={close} />}
    </div>
  );
}
