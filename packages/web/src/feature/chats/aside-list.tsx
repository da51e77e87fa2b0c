/** One-time chats that go on. */
import type { JSX } from "preact";
import type { Aside } from "../../store/asides.ts";
import { useRunning } from "../../store/endpoint-context.ts";
import { linkTo } from "../../store/route.ts";
import { useObservable } from "../../store/use-observable.ts";
import { Face } from "../../ui/face.tsx";
import { Unread } from "../../ui/unread.tsx";
import { useWords } from "./words.ts";

export function AsideList(): JSX.Element | null {
  const words = useWords();
  const all = useObservable(useRunning().asides.all);
  if (all.length === 0) return null;
  return (
    <section class="stack tight" aria-label={words.oneTimes}>
      <h2 class="label">{words.oneTimes}</h2>
      <ul class="list">
        {all.map((aside) => (
          <Item key={aside.id} aside={aside} />
        ))}
      </ul>
    </section>
  );
}

function Item({ aside: { id, endpoint } }: { readonly aside: Aside }): JSX.Element {
  const words = useWords();
  const [contact] = useObservable(endpoint.trust.contacts);
  const unread = useObservable(endpoint.chat.unread).length;
  return (
    <li>
      <a class="item" href={linkTo("chats", "aside", id)}>
        <Face name={contact?.name ?? endpoint.name} of={contact?.peer ?? endpoint.id} />
        <span class="grow">
          <bdi class="cut block">{contact?.name ?? words.oneTimeWaits}</bdi>
          <span class="cut block soft small">{words.oneTimeAs(endpoint.name)}</span>
        </span>
        <Unread count={unread} label={words.unread(unread)} />
      </a>
    </li>
  );
}
