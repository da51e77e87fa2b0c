/** One offer to a contact, from looking for them to their answer. */
import type { GivingFailure } from "@kith/core/card";
import { type CardEnd, type CardId, type CardLevel, type Contact, EndpointError } from "@kith/sdk";
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useCards } from "../../store/cards.ts";
import { useObservable } from "../../store/use-observable.ts";
import { Button } from "../../ui/button.tsx";
import { useGiveWords } from "./give-words.ts";
import type { Giving } from "./use-giving-course.ts";

interface NearbyProps {
  /** Which way this is part of. */
  readonly way?: "nearby" | "join-code";
  readonly card: CardId;
  readonly level: CardLevel;
  readonly to: Contact;
  readonly giving: Giving;
}

export function NearbyGiving({ way = "nearby", card, level, to, giving }: NearbyProps): JSX.Element {
  const words = useGiveWords();
  const cards = useCards();
  const [id, setId] = useState<string>();
  const view = useObservable(cards.givings).find((each) => each.id === id);
  useEffect(() => {
    const stop = new AbortController();
    cards.give(to.peer, card, level, { signal: stop.signal }).then(setId, (error: unknown) => {
      if (stop.signal.aborted) return;
      if (!(error instanceof EndpointError)) throw error;
      giving.failed(way, failureOf(error));
    });
    return () => stop.abort();
  }, []);
  useEffect(() => {
    if (view?.end === undefined) return;
    const failure = FAILURES[view.end];
    if (failure === undefined) giving.given(way);
    else giving.failed(way, failure);
  }, [view?.end]);
  const cancel = async (): Promise<void> => {
    if (id === undefined) giving.failed(way, "cancelled");
    else await cards.cancelGiving(id);
  };
  const at = view === undefined || view.at === "ended" ? "connecting" : view.at;
  return (
    <div class="stack">
      <p role="status">
        <span class="waiting" /> {at === "giving" ? words.at.giving : words.at[at](to.name)}
      </p>
      <div class="row">
        <Button onPress={cancel}>{words.stop}</Button>
        <Button
          onPress={async () => {
            if (id !== undefined) await cards.cancelGiving(id);
            giving.choose("code");
          }}
        >
          {words.codeInstead}
        </Button>
      </div>
    </div>
  );
}

/** Whether they kept it is theirs: what was seen was given. */
const FAILURES: Readonly<Record<CardEnd, GivingFailure | undefined>> = {
  kept: undefined,
  "not-kept": undefined,
  lost: "unreachable",
  violation: "failed",
  unfit: "failed",
  declined: "declined",
  cancelled: "cancelled",
  timeout: "timeout",
};

const failureOf = ({ code }: EndpointError): GivingFailure =>
  code === "ERR_PEER_UNREACHABLE" || code === "ERR_SESSION_CLOSED" || code === "ERR_CHANNEL_CLOSED"
    ? "unreachable"
    : "failed";
