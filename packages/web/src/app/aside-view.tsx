/** One one-time chat: the code that leads to it, then the conversation; and its end. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { Conversation } from "../feature/chats/conversation.tsx";
import { JoinCodeBegin, JoinCodeStepView } from "../feature/people/join-code.tsx";
import type { Aside } from "../store/asides.ts";
import { RunningContext, useRunning } from "../store/endpoint-context.ts";
import { linkTo } from "../store/route.ts";
import { useObservable } from "../store/use-observable.ts";
import { BackLink } from "../ui/back-link.tsx";
import { Button } from "../ui/button.tsx";
import { Sheet } from "../ui/sheet.tsx";
import { useAsideWords } from "./aside-words.ts";

interface AsideProps {
  readonly aside: Aside;
  /** That a link brought. */
  readonly code: string | undefined;
  readonly onEnded: () => void;
}

export function AsideView({ aside, code, onEnded }: AsideProps): JSX.Element {
  const words = useAsideWords();
  const { asides } = useRunning();
  const { endpoint, desk, docs } = aside;
  const [isEnding, setEnding] = useState(false);
  const [contact] = useObservable(endpoint.trust.contacts);
  const end = async (): Promise<void> => {
    onEnded();
    await asides.end(aside.id);
  };
  return (
    <RunningContext.Provider value={{ endpoint, desk, docs, asides, files: undefined, isKept: false }}>
      <div class={contact === undefined ? "stack" : "aside"}>
        <p class="row apart">
          <span class="soft small grow">{words.youAre(endpoint.name)}</span>
          <Button look="bad" onPress={() => setEnding(true)}>
            {words.end}
          </Button>
        </p>
        {contact === undefined ? <Meeting code={code} /> : <Conversation contact={contact} />}
      </div>
      {isEnding && (
        <Sheet title={words.endTitle} onClose={() => setEnding(false)}>
          <p>{words.endHow}</p>
          <div class="row">
            <Button onPress={() => setEnding(false)}>{words.stay}</Button>
            <Button look="bad" onPress={end}>
              {words.end}
            </Button>
          </div>
        </Sheet>
      )}
    </RunningContext.Provider>
  );
}

function Meeting({ code = "" }: { readonly code?: string | undefined }): JSX.Element {
  const words = useAsideWords();
  const { joinCodes } = useRunning().endpoint;
  const [id, setId] = useState<string>();
  const all = useObservable(joinCodes.all);
  // Who comes back to it finds the code that is shown.
  const view = all.find((each) => each.id === id) ?? all.find(({ step }) => step.at !== "failed");
  return (
    <>
      <p>
        <BackLink href={linkTo("chats")}>{words.back}</BackLink>
      </p>
      <h1>{words.title}</h1>
      {view === undefined || view.step.at === "failed" ? (
        <>
          {view !== undefined && <JoinCodeStepView view={view} onClose={() => undefined} />}
          <JoinCodeBegin typed={code} onBegun={setId} />
        </>
      ) : (
        <JoinCodeStepView view={view} onClose={() => undefined} />
      )}
    </>
  );
}
