/** Whom a card can be offered to: whoever is here now stands first. */
import type { Contact } from "@kith/sdk";
import type { JSX } from "preact";
import { useEndpoint } from "../../store/endpoint-context.ts";
import { useObservable } from "../../store/use-observable.ts";
import { Button } from "../../ui/button.tsx";
import { Face } from "../../ui/face.tsx";
import { useGiveWords } from "./give-words.ts";

interface ContactsProps {
  /** Whom somebody had in mind. */
  readonly first: string | undefined;
  readonly onChoose: (contact: Contact) => void;
}

export function GiveContacts({ first, onChoose }: ContactsProps): JSX.Element {
  const words = useGiveWords();
  const contacts = useObservable(useEndpoint().trust.contacts).filter(({ isBlocked }) => !isBlocked);
  if (contacts.length === 0) return <p>{words.nobody}</p>;
  const place = ({ peer, session }: Contact): number => (peer === first ? 0 : session === "open" ? 1 : 2);
  return (
    <ul class="list">
      {[...contacts]
        .sort((a, b) => place(a) - place(b))
        .map((contact) => (
          <li key={contact.peer} class="item">
            <Face name={contact.name} of={contact.peer} />
            <span class="grow cut" id={`give-${contact.peer}`}>
              {contact.name}
            </span>
            {contact.session === "open" && <span class="badge good">{words.here}</span>}
            <Button describedBy={`give-${contact.peer}`} onPress={() => onChoose(contact)}>
              {words.show.nearby}
            </Button>
          </li>
        ))}
    </ul>
  );
}
