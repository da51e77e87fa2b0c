/** The people we know. */
import type { Contact } from "@kith/sdk";
import type { JSX } from "preact";
import { linkTo } from "../../store/route.ts";
import { Face } from "../../ui/face.tsx";
import { Icon } from "../../ui/icon.tsx";
import { useWords } from "./words.ts";

interface ContactListProps {
  readonly contacts: readonly Contact[];
  /** Whose details are shown beside them. */
  readonly chosen: string | undefined;
}

export function ContactList({ contacts, chosen }: ContactListProps): JSX.Element {
  const words = useWords();
  return (
    <section class="stack tight" aria-label={words.contacts}>
      <h2 class="label">{words.contacts}</h2>
      <ul class="list">
        {contacts.map(({ peer, name, verifiedBy, session }) => (
          <li key={peer} class="row">
            <a class="item grow" href={linkTo("chats", peer)}>
              <Face name={name} of={peer} />
              <span class="grow">
                <span class="cut" id={`name-${peer}`}>
                  {name}
                </span>
                <span class="block soft small">{words.verifiedBy[verifiedBy]}</span>
              </span>
              {session === "open" && <span class="badge good">{words.isHere}</span>}
              <Icon name="chat" />
            </a>
            <a
              class="button bare"
              href={linkTo("people", peer)}
              aria-current={peer === chosen ? "page" : undefined}
              aria-label={words.details}
              aria-describedby={`name-${peer}`}
              title={words.details}
            >
              <Icon name="more" />
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}
