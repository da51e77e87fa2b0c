/** Coming into a room: by link or code, and what happens until we are in. */
import type { JoinCodeFailure, JoinStep, Room } from "@kith/sdk";
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { useEndpoint } from "../../store/endpoint-context.ts";
import { go } from "../../store/route.ts";
import { useAttempt } from "../../store/use-attempt.ts";
import { useObservable } from "../../store/use-observable.ts";
import { Button } from "../../ui/button.tsx";
import { useCodeFailures } from "../../ui/code-failures.ts";
import { Field } from "../../ui/field.tsx";
import { Notice } from "../../ui/notice.tsx";
import { Sheet } from "../../ui/sheet.tsx";
import { CodeFailed, invitationBy, isCode } from "./join-by-code.ts";
import { useWords } from "./words.ts";

interface JoinProps {
  readonly ticket?: string | undefined;
  readonly onClose: () => void;
}

export function JoinRoomSheet({ ticket: given = "", onClose }: JoinProps): JSX.Element {
  const words = useWords();
  const codeWords = useCodeFailures();
  const endpoint = useEndpoint();
  const { rooms } = endpoint;
  const [ticket, setTicket] = useState(given);
  const [at, setAt] = useState<{ readonly step: JoinStep; readonly room: Room | undefined }>();
  const leaving = useRef(new AbortController());
  useEffect(() => () => leaving.current.abort(), []);
  const [failure, setFailure] = useState<JoinCodeFailure>();
  const { problem, attempt } = useAttempt();
  const join = attempt(async () => {
    setFailure(undefined);
    const { signal } = leaving.current;
    const onStep = (step: JoinStep, room: Room | undefined): void => setAt({ step, room });
    try {
      onStep("proving", undefined);
      const link = isCode(ticket) ? await invitationBy(endpoint, ticket, signal) : ticket.trim();
      const room = await rooms.join(link, { signal, onStep });
      onClose();
      go("rooms", room.id, "chat");
    } catch (error) {
      if (!(error instanceof CodeFailed)) throw error;
      setFailure(error.reason);
    } finally {
      setAt(undefined);
    }
  });
  return (
    <Sheet title={words.join} onClose={onClose}>
      {at === undefined ? (
        <form
          class="stack"
          onSubmit={(event) => {
            event.preventDefault();
            void join();
          }}
        >
          <p class="soft">{words.joinHow}</p>
          <Field {...{ label: words.ticket, value: ticket, onInput: setTicket, isFocused: true }} />
          <Button look="main" type="submit" isDisabled={ticket.trim() === ""}>
            {words.join}
          </Button>
          {problem !== undefined && <Notice tone="bad">{problem}</Notice>}
          {failure !== undefined && <Notice tone="bad">{codeWords[failure]}</Notice>}
        </form>
      ) : (
        <div class="stack">
          <p class="row" role="status">
            <span class="waiting" /> {words.steps[at.step]}
          </p>
          {at.room !== undefined && <Challenges room={at.room} />}
        </div>
      )}
    </Sheet>
  );
}

function Challenges({ room }: { readonly room: Room }): JSX.Element | null {
  const words = useWords();
  const challenges = useObservable(room.challenges);
  const [code, setCode] = useState("");
  const { problem, attempt } = useAttempt();
  const [first] = challenges;
  if (first === undefined) return null;
  return (
    <form
      class="stack"
      onSubmit={(event) => {
        event.preventDefault();
        void attempt(() => room.answerChallenge(first.member, code))();
      }}
    >
      <Field {...{ label: words.answer(first.name), value: code, onInput: setCode, isFocused: true }} />
      <Button look="main" type="submit" isDisabled={code.trim() === ""}>
        {words.done}
      </Button>
      {problem !== undefined && <Notice tone="bad">{problem}</Notice>}
    </form>
  );
}
