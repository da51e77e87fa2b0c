/** One-time chats: those that go on, and a new one. `id`: one of them, or `join` with the code of a link. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useRunning } from "../store/endpoint-context.ts";
import { go, linkTo, replaceRoute } from "../store/route.ts";
import { useAttempt } from "../store/use-attempt.ts";
import { useObservable } from "../store/use-observable.ts";
import { BackLink } from "../ui/back-link.tsx";
import { Button } from "../ui/button.tsx";
import { chanceName } from "../ui/chance-name.ts";
import { Field } from "../ui/field.tsx";
import { Empty, Notice } from "../ui/notice.tsx";
import { AsideView } from "./aside-view.tsx";
import { useAsideWords } from "./aside-words.ts";

const NAME_CHARACTERS_MAX = 40;

interface AsidePlaceProps {
  readonly id: string | undefined;
  readonly code: string | undefined;
}

export function AsidePlace({ id, code }: AsidePlaceProps): JSX.Element {
  const words = useAsideWords();
  const { asides } = useRunning();
  const all = useObservable(asides.all);
  const chosen = all.find((each) => each.id === id);
  if (chosen !== undefined) return <AsideView aside={chosen} code={code} onEnded={() => go("chats")} />;
  if (id === undefined || id === "join") return <Begin code={code} />;
  return (
    <Empty icon="chat" title={words.gone}>
      <p>{words.goneHow}</p>
      <a href={linkTo("chats")}>{words.back}</a>
    </Empty>
  );
}

function Begin({ code }: Pick<AsidePlaceProps, "code">): JSX.Element {
  const words = useAsideWords();
  const { asides } = useRunning();
  const [name, setName] = useState(chanceName);
  const { problem, attempt } = useAttempt();
  const begin = attempt(async () => {
    const { id } = await asides.begin(name.trim() || chanceName());
    replaceRoute("chats", "aside", id, ...(code === undefined ? [] : [code]));
  });
  return (
    <form
      class="stack"
      onSubmit={(event) => {
        event.preventDefault();
        void begin();
      }}
    >
      <p>
        <BackLink href={linkTo("chats")}>{words.back}</BackLink>
      </p>
      <h1>{words.title}</h1>
      <p>{words.how}</p>
      <Notice>{words.hides}</Notice>
      <Notice tone="warn">{words.shows}</Notice>
      {asides.canBegin ? (
        <>
          <Field {...{ label: words.name, value: name, onInput: setName, maxLength: NAME_CHARACTERS_MAX }} />
          {problem !== undefined && <Notice tone="bad">{problem}</Notice>}
          <div>
            <Button look="main" onPress={begin}>
              {words.begin}
            </Button>
          </div>
        </>
      ) : (
        <Notice tone="warn">{words.noRelay}</Notice>
      )}
    </form>
  );
}
