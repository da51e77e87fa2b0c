/** One conversation. */
import type { ChatMessage, Contact } from "@kith/sdk";
import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import { useRunning } from "../../store/endpoint-context.ts";
import { linkTo } from "../../store/route.ts";
import { BackLink } from "../../ui/back-link.tsx";
import { Button, ButtonLink } from "../../ui/button.tsx";
import { Face } from "../../ui/face.tsx";
import { Notice } from "../../ui/notice.tsx";
import { AttachTools } from "./attach-tools.tsx";
import { Attachment } from "./attachment.tsx";
import { useTransfers } from "./carried.ts";
import { ChatSheet } from "./chat-sheet.tsx";
import { LifetimeNotice } from "./lifetime-notice.tsx";
import { useLifetimeWords } from "./lifetime-words.ts";
import { Offers } from "./offers.tsx";
import { type Line, type Talk, tally } from "./talk.ts";
import { TalkView } from "./talk-view.tsx";
import { useAttach } from "./use-attach.ts";
import { useHistory } from "./use-history.ts";
import { useWords } from "./words.ts";
import "./conversation.css";

export function Conversation({ contact }: { readonly contact: Contact }): JSX.Element {
  const words = useWords();
  const { endpoint, files } = useRunning();
  const { peer, name } = contact;
  const lifetimeWords = useLifetimeWords();
  const [isAsking, setAsking] = useState(false);
  const { messages, newFrom, isTyping, isLoaded, lifetime, keeps, add } = useHistory(endpoint, peer);
  const lines = useMemo(() => messages.map((message) => lineOf(message, name)), [messages, name]);
  const talk: Talk = {
    say: async (text, saying) => add(await endpoint.chat.send(peer, text, saying)),
    react: (id, symbol) => endpoint.chat.react(peer, id, symbol),
    edit: (id, text) => endpoint.chat.edit(peer, id, text),
    remove: (id) => endpoint.chat.delete(peer, id),
    typing: (isTyping) => endpoint.chat.typing(peer, isTyping),
  };
  const transfers = useTransfers(endpoint, files, peer, lines);
  const attaching = useAttach(async (path) => {
    const transfer = await endpoint.files.send(peer, [path]);
    return { source: "transfer", reference: transfer.slice(transfer.lastIndexOf("/") + 1) };
  }, talk.say);
  const isHere = contact.session === "open";
  return (
    <section class="conversation" aria-label={name}>
      <header class="row">
        <BackLink href={linkTo("chats")}>
          <span class="unseen">{words.back}</span>
        </BackLink>
        <Face name={name} of={peer} />
        <h1 class="grow cut">
          <bdi>{name}</bdi>
        </h1>
        <span class={isHere ? "badge good" : "badge"}>{isHere ? words.isHere : words.awayShort}</span>
        {!isHere && (
          <ButtonLink href={linkTo("why")} look="bare" icon="why">
            {words.why}
          </ButtonLink>
        )}
        <Button look="bare" icon="clock" label={lifetimeWords.title} onPress={() => setAsking(true)} />
      </header>
      <TalkView
        {...{ name: peer, lines, isLoaded, isNamed: false, newFrom, talk, empty: words.nothingYetHow }}
        attached={(line) => line.attachment && <Attachment line={line} carried={transfers.of(line)} />}
        onFiles={attaching.attach}
        tools={<AttachTools attaching={attaching} />}
        below={
          <>
            {attaching.problem !== undefined && <Notice tone="bad">{attaching.problem}</Notice>}
            {isLoaded && <Offers name={name} transfers={transfers} />}
            <LifetimeNotice {...{ peer, name, lifetime }} />
            <p class="soft small status" aria-live="polite">
              {isTyping ? words.typing(name) : isHere ? "" : words.away(name)}
            </p>
          </>
        }
      />
      {isAsking && <ChatSheet {...{ peer, lifetime, keeps, onClose: () => setAsking(false) }} />}
    </section>
  );
}

function lineOf({ peer, writtenAt, reactions, state, ...message }: ChatMessage, name: string): Line {
  const { isOurs } = message;
  return {
    ...message,
    ...{ from: isOurs ? "us" : peer, name, at: writtenAt, reactions: tally(reactions) },
    ...(isOurs && { state }),
  };
}
