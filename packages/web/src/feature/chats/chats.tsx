/** Conversations with contacts, one to one. */
import type { ChatMessage, Contact } from "@kith/sdk";
import type { JSX } from "preact";
import { useEndpoint } from "../../store/endpoint-context.ts";
import { linkTo } from "../../store/route.ts";
import { useObservable } from "../../store/use-observable.ts";
import { ButtonLink } from "../../ui/button.tsx";
import { Face } from "../../ui/face.tsx";
import { Empty } from "../../ui/notice.tsx";
import { SideBySide } from "../../ui/side-by-side.tsx";
import { Unread } from "../../ui/unread.tsx";
import { AsideList } from "./aside-list.tsx";
import { excerpt } from "./bubble.tsx";
import { Conversation } from "./conversation.tsx";
import { useWords } from "./words.ts";

export function Chats({ path: [peer] }: { readonly path: readonly string[] }): JSX.Element {
  const words = useWords();
  const { trust, chat, files } = useEndpoint();
  const contacts = useObservable(trust.contacts);
  const unread = useObservable(chat.unread);
  const offers = useObservable(files.transfers).filter(({ isOutgoing, state }) => !isOutgoing && state === "offered");
  const contact = contacts.find((each) => each.peer === peer);
  const newest = (peer: string): number => unread.findLast((each) => each.peer === peer)?.writtenAt ?? 0;
  const sorted = contacts.toSorted((a, b) => newest(b.peer) - newest(a.peer) || a.name.localeCompare(b.name));
  const list = (
    <div class="stack">
      <header class="row apart">
        <h1>{words.chats}</h1>
        <ButtonLink href={linkTo("chats", "aside")}>{words.oneTime}</ButtonLink>
      </header>
      {contacts.length === 0 && (
        <Empty icon="chat" title={words.none}>
          <p>{words.noneHow}</p>
        </Empty>
      )}
      <AsideList />
      <ul class={contacts.length === 0 ? "" : "list"}>
        {sorted.map((each) => (
          <Item
            key={each.peer}
            isShown={each === contact}
            {...{ contact: each, unread: unread.filter(({ peer }) => peer === each.peer) }}
            offered={offers.filter(({ peer }) => peer === each.peer).length}
          />
        ))}
      </ul>
    </div>
  );
  return (
    <SideBySide
      list={list}
      chosen={contact?.peer}
      detail={contact && <Conversation key={contact.peer} contact={contact} />}
      none={contacts.length === 0 ? undefined : <Empty icon="chat" title={words.choose} />}
    />
  );
}

interface ItemProps {
  readonly contact: Contact;
  /** Beside the list. */
  readonly isShown: boolean;
  readonly unread: readonly ChatMessage[];
  /** Files that wait for an answer. */
  readonly offered: number;
}

function Item({ contact: { peer, name, session }, isShown, unread, offered }: ItemProps): JSX.Element {
  const words = useWords();
  const last = unread.at(-1);
  return (
    <li>
      <a class="item" href={linkTo("chats", peer)} aria-current={isShown ? "page" : undefined}>
        <Face name={name} of={peer} />
        <span class="grow">
          <bdi class="cut block">{name}</bdi>
          {last !== undefined && <bdi class="cut block soft small">{excerpt(last, words.deleted)}</bdi>}
        </span>
        {session === "open" && <span class="badge good">{words.isHere}</span>}
        {offered > 0 && <span class="badge">{words.offered(offered)}</span>}
        <Unread count={unread.length} label={words.unread(unread.length)} />
      </a>
    </li>
  );
}
