/** Newcomers that wait for an answer of ours. */
import type { Room } from "@kith/sdk";
import type { JSX } from "preact";
import { useAttempt } from "../../store/use-attempt.ts";
import { useObservable } from "../../store/use-observable.ts";
import { Button } from "../../ui/button.tsx";
import { Face } from "../../ui/face.tsx";
import { Notice } from "../../ui/notice.tsx";
import { useWords } from "./words.ts";

export function Requests({ room }: { readonly room: Room }): JSX.Element | null {
  const words = useWords();
  const requests = useObservable(room.requests);
  const { problem, attempt } = useAttempt();
  if (requests.length === 0) return null;
  return (
    <section class="stack tight" aria-label={words.asks(requests.length)}>
      <h2>{words.asks(requests.length)}</h2>
      <ul class="list">
        {requests.map(({ peer, name, fingerprint, wants, code }) => (
          <li key={peer} class="item">
            <Face name={name} of={peer} />
            <span class="grow">
              <bdi class="block">{name}</bdi>
              <span class="soft small mono">{fingerprint.slice(0, 19)}</span>
            </span>
            {wants === "challenge" ? (
              code === undefined ? (
                <Button onPress={attempt(() => room.challenge(peer))}>{words.codeFor}</Button>
              ) : (
                <span role="status">
                  {words.tellCode(name)} <strong class="mono">{code.text}</strong>
                </span>
              )
            ) : (
              <Button look="main" onPress={attempt(() => room.approve(peer))}>
                {words.letIn}
              </Button>
            )}
            <Button onPress={attempt(() => room.refuse(peer))}>{words.refuse}</Button>
          </li>
        ))}
      </ul>
      {problem !== undefined && <Notice tone="bad">{problem}</Notice>}
    </section>
  );
}
