/** One contact: who it is, how we know, how it is reached, and what we may do about it. */
import type { Contact } from "@kith/sdk";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useEndpoint } from "../../store/endpoint-context.ts";
import { linkTo } from "../../store/route.ts";
import { useAttempt } from "../../store/use-attempt.ts";
import { useObservable } from "../../store/use-observable.ts";
import { BackLink } from "../../ui/back-link.tsx";
import { Button, ButtonLink } from "../../ui/button.tsx";
import { Face } from "../../ui/face.tsx";
import { Empty, Notice } from "../../ui/notice.tsx";
import { ContactFacts } from "./contact-facts.tsx";
import { type ContactDeed, DeedSheet } from "./contact-sheets.tsx";
import { useContactWords } from "./contact-words.ts";

export function ContactPage({ peer }: { readonly peer: string }): JSX.Element {
  const words = useContactWords();
  const { trust } = useEndpoint();
  const contact = useObservable(trust.contacts).find((each) => each.peer === peer);
  return (
    <div class="stack">
      <BackLink href={linkTo("people")}>{words.back}</BackLink>
      {contact === undefined ? (
        <Empty icon="people" title={words.nobody}>
          <p>{words.nobodyHow}</p>
        </Empty>
      ) : (
        <Known contact={contact} />
      )}
    </div>
  );
}

function Known({ contact }: { readonly contact: Contact }): JSX.Element {
  const words = useContactWords();
  const { alarms, pairing } = useEndpoint();
  const { peer, name, notes } = contact;
  const hasChanged = useObservable(alarms).some((alarm) => alarm.peer === peer && alarm.kind === "key-changed");
  const [deed, setDeed] = useState<ContactDeed>();
  const { problem, attempt } = useAttempt();
  return (
    <>
      <header class="row">
        <Face name={name} of={peer} />
        <h1 class="grow">{name}</h1>
        <ButtonLink href={linkTo("chats", peer)} look="main" icon="chat">
          {words.chat}
        </ButtonLink>
      </header>
      {hasChanged && <Notice tone="bad">{words.hasChanged}</Notice>}
      <ContactFacts contact={contact} />
      {notes !== "" && (
        <section class="card stack tight" aria-label={words.notes}>
          <h2 class="label">{words.notes}</h2>
          <p class="lines">{notes}</p>
        </section>
      )}
      <div class="row">
        <ButtonLink href={linkTo("cards", "give", peer)} icon="card">
          {words.giveCard}
        </ButtonLink>
        <ButtonLink href={linkTo("facts", "ask", peer)} icon="check">
          {words.askFacts}
        </ButtonLink>
        <Button onPress={() => setDeed("rename")}>{words.rename}</Button>
        <Button onPress={() => setDeed("notes")}>{notes === "" ? words.addNotes : words.editNotes}</Button>
        <Button onPress={attempt(() => pairing.start(peer, "words"))}>{words.compareAgain}</Button>
        <Button look="bad" onPress={() => setDeed("forget")}>
          {words.forget}
        </Button>
        <Button look="bad" onPress={() => setDeed("block")}>
          {words.block}
        </Button>
      </div>
      <p class="soft small">{words.compareHow}</p>
      {problem !== undefined && <Notice tone="bad">{problem}</Notice>}
      {deed !== undefined && <DeedSheet deed={deed} contact={contact} onClose={() => setDeed(undefined)} />}
    </>
  );
}
