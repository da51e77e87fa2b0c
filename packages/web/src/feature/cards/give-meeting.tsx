/** A card for somebody who is no contact yet and not near: a code in words makes the two contacts, and then it is offered. */

import type { GivingFailure } from "@kith/core/card";
import { type CardId, type CardLevel, type Contact, EndpointError, type JoinCodeFailure } from "@kith/sdk";
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useEndpoint } from "../../store/endpoint-context.ts";
import { useObservable } from "../../store/use-observable.ts";
import { MeetingStep } from "./meeting-step.tsx";
import { useMeetingWords } from "./meeting-words.ts";
import { NearbyGiving } from "./nearby-giving.tsx";
import type { Giving } from "./use-giving-course.ts";

interface MeetingProps {
  readonly card: CardId;
  readonly level: CardLevel;
  readonly giving: Giving;
  /** Who is a contact now. */
  readonly onMet: (contact: Contact) => void;
}

export function GiveMeeting({ card, level, giving, onMet }: MeetingProps): JSX.Element {
  const words = useMeetingWords();
  const { joinCodes, trust } = useEndpoint();
  const [id, setId] = useState<string>();
  const view = useObservable(joinCodes.all).find((each) => each.id === id);
  const met = view?.step.at === "done" ? view.step.contact : undefined;
  const [to, setTo] = useState<Contact>();
  useEffect(() => {
    const stop = new AbortController();
    let made: string | undefined;
    const cancel = (code: string): void => void joinCodes.cancel(code).catch(() => undefined); // it may have ended
    joinCodes.create({ for: "contact" }, { signal: stop.signal }).then(
      (next) => {
        made = next;
        if (stop.signal.aborted) cancel(next);
        else setId(next);
      },
      (error: unknown) => {
        if (stop.signal.aborted) return;
        if (!(error instanceof EndpointError)) throw error;
        giving.failed("join-code", error.code === "ERR_RELAY" ? "unreachable" : "failed");
      },
    );
    return () => {
      stop.abort();
      if (made !== undefined) cancel(made);
    };
  }, []);
  useEffect(() => {
    if (met === undefined) return;
    onMet(met);
    const timer = setTimeout(() => setTo(met), COMES_MS); // then it is tried, and said that it cannot be
    return () => clearTimeout(timer);
  }, [met?.peer]);
  // Who typed the code comes to us: we know no other way to them yet.
  const isHere = useObservable(trust.contacts).some(({ peer, session }) => peer === met?.peer && session === "open");
  useEffect(() => {
    if (isHere) setTo(met);
  }, [isHere]);
  if (to !== undefined) return <NearbyGiving way="join-code" card={card} level={level} to={to} giving={giving} />;
  if (view === undefined || met !== undefined)
    return (
      <p role="status">
        <span class="waiting" /> {met === undefined ? words.making : words.coming(met.name)}
      </p>
    );
  return (
    <MeetingStep
      view={view}
      onStop={() => giving.failed("join-code", "cancelled")}
      onFailed={(reason) => giving.failed("join-code", FAILURES[reason])}
    />
  );
}

/** From agreement to their arrival. */
const COMES_MS = 20_000;

/** A code is for one try: the next one is a person's to make. */
const FAILURES: Readonly<Record<JoinCodeFailure, GivingFailure>> = {
  "wrong-code": "failed",
  expired: "failed",
  denied: "declined",
  cancelled: "cancelled",
  mismatch: "failed",
  blocked: "declined",
  lost: "unreachable",
  room: "failed",
  files: "failed",
  protocol: "failed",
};
