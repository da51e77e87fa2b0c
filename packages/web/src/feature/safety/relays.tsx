/** The relays in use. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useEndpoint } from "../../store/endpoint-context.ts";
import { linkTo } from "../../store/route.ts";
import { useAttempt } from "../../store/use-attempt.ts";
import { useObservable } from "../../store/use-observable.ts";
import { Button } from "../../ui/button.tsx";
import { Field } from "../../ui/field.tsx";
import { Notice } from "../../ui/notice.tsx";
import { useWords } from "./words.ts";

export function Relays(): JSX.Element {
  const words = useWords();
  const { relays } = useEndpoint();
  const all = useObservable(relays);
  const [address, setAddress] = useState("");
  const { problem, attempt } = useAttempt();
  const add = attempt(async () => {
    await relays.add(address.trim());
    setAddress("");
  });
  return (
    <section class="card stack tight" aria-label={words.relays}>
      <h2>{words.relays}</h2>
      <p class="soft small">{words.relaysHow}</p>
      <ul class="stack tight">
        {all.length === 0 && <li class="soft">{words.none}</li>}
        {all.map(({ host, state }) => (
          <li key={host} class="row apart">
            <span class="mono cut grow">{host}</span>
            <span class="badge">{words.relayStates[state]}</span>
            {state !== "ready" && <a href={linkTo("why")}>{words.why}</a>}
            <Button look="bare" icon="bin" label={`${words.remove} ${host}`} onPress={() => relays.remove(host)} />
          </li>
        ))}
      </ul>
      <form
        class="stack tight"
        onSubmit={(event) => {
          event.preventDefault();
          void add();
        }}
      >
        <Field {...{ label: words.relayAddress, hint: "wss://relay.example", value: address, onInput: setAddress }} />
        <div>
          <Button type="submit" isDisabled={address.trim() === ""}>
            {words.addRelay}
          </Button>
        </div>
        {problem !== undefined && <Notice tone="bad">{problem}</Notice>}
      </form>
    </section>
  );
}
