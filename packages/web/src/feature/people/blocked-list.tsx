/** Who is refused, by what we called them. */
import type { JSX } from "preact";
import { useEndpoint } from "../../store/endpoint-context.ts";
import { useObservable } from "../../store/use-observable.ts";
import { Button } from "../../ui/button.tsx";
import { useWords } from "./words.ts";

export function BlockedList(): JSX.Element | null {
  const words = useWords();
  const { trust } = useEndpoint();
  const blocked = useObservable(trust.blockList);
  if (blocked.length === 0) return null;
  return (
    <section class="stack tight" aria-label={words.blocked}>
      <h2 class="label">{words.blocked}</h2>
      <ul class="list">
        {blocked.map(({ peer, name, since }) => (
          <li key={peer} class="item">
            <span class="grow cut">
              <strong id={`blocked-${peer}`}>{name || words.unnamed}</strong>
              <br />
              <span class="soft small">
                <span class="mono">{peer.slice(0, 8)}</span>
                {since > 0 && ` · ${words.since(new Date(since).toLocaleDateString())}`}
              </span>
            </span>
            <Button describedBy={`blocked-${peer}`} onPress={() => trust.unblock(peer)}>
              {words.unblock}
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}
