/** How a card is given, once its level was chosen. */
import { GIVING_WAYS, type GivingFailure, type GivingWay } from "@kith/core/card";
import type { CardLevel, OwnCardView } from "@kith/sdk";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useCards } from "../../store/cards.ts";
import { useEndpoint } from "../../store/endpoint-context.ts";
import { useObservable } from "../../store/use-observable.ts";
import { Button } from "../../ui/button.tsx";
import { lazy } from "../../ui/lazy.tsx";
import { Notice } from "../../ui/notice.tsx";
import { nameOf } from "./card-view.tsx";
import { CodeScreen } from "./code-screen.tsx";
import { GiveContacts } from "./give-contacts.tsx";
import { GiveLink } from "./give-link.tsx";
import { useGiveWords } from "./give-words.ts";
import { NearbyGiving } from "./nearby-giving.tsx";
import type { PassTrouble } from "./pass-problem.tsx";
import { useGivingCourse } from "./use-giving-course.ts";
import { downloadVcard } from "./vcard-download.ts";

interface WaysProps {
  readonly card: OwnCardView;
  readonly level: CardLevel;
  readonly peer: string | undefined;
  readonly onBack: () => void;
  readonly onClose: () => void;
}

/** For the few who make one. */
const GiveWallet = lazy(async () => (await import("./give-wallet.tsx")).GiveWallet);
const GiveMeeting = lazy(async () => (await import("./give-meeting.tsx")).GiveMeeting);
const PassProblem = lazy(async () => (await import("./pass-problem.tsx")).PassProblem);

export function GiveWays({ card, level, peer, onBack, onClose }: WaysProps): JSX.Element {
  const words = useGiveWords();
  const cards = useCards();
  const contacts = useObservable(useEndpoint().trust.contacts);
  const [to, setTo] = useState(contacts.find((each) => each.peer === peer));
  const [shown, setShown] = useState<{ readonly way: GivingWay; readonly attempt: number }>();
  const [trouble, setTrouble] = useState<PassTrouble>();
  const ways = GIVING_WAYS.filter((way) => way !== "nearby" || contacts.length > 0);
  const name = nameOf(card.fields.map(({ field }) => field));
  const giving = useGivingCourse(ways, (way) => {
    setTrouble(undefined);
    setShown((before) => ({ way, attempt: (before?.attempt ?? 0) + 1 }));
    if (way === "manual") void save();
  });
  const save = async (): Promise<void> => {
    downloadVcard(await cards.exportCard(card.id, level, "3.0"), name);
    giving.given("manual");
  };
  const { last } = giving;
  const same = { card: card.id, level };
  const ended = last.type === "given" && last.way !== "manual" ? last : undefined;
  if (last.type === "try" && shown?.way === "nearby" && to !== undefined)
    return <NearbyGiving key={shown.attempt} {...same} to={to} giving={giving} />;
  if (last.type === "pausing")
    return (
      <p role="status">
        <span class="waiting" /> {words.pausing}
      </p>
    );
  if (shown?.way === "code" && last.type === "try") return <CodeScreen {...same} name={name} giving={giving} />;
  if (shown?.way === "link" && last.type === "try") return <GiveLink {...same} giving={giving} />;
  if (shown?.way === "wallet" && last.type === "try")
    return <GiveWallet key={shown.attempt} {...same} name={name} giving={giving} onTrouble={setTrouble} />;
  if (shown?.way === "join-code" && last.type === "try")
    return <GiveMeeting key={shown.attempt} {...same} giving={giving} onMet={setTo} />;
  const why = (because: GivingFailure): JSX.Element =>
    trouble === undefined ? <p>{words.failures[because]}</p> : <PassProblem {...trouble} />;
  return (
    <div class="stack">
      {last.type === "stopped" && <Notice>{words.failures[last.because]}</Notice>}
      {ended !== undefined && (shown?.way === "nearby" || shown?.way === "join-code") && (
        <Notice>{words.kept(to?.name ?? "")}</Notice>
      )}
      {last.type === "exhausted" && (
        <Notice tone="warn">
          {why(last.because)}
          <p>{words.exhausted}</p>
        </Notice>
      )}
      {last.type === "offer" && last.because !== undefined && (
        <Notice tone="warn">
          {why(last.because)}
          <p>
            <Button look="main" onPress={giving.take}>
              {words.next(words.ways[last.way])}
            </Button>
          </p>
        </Notice>
      )}
      {GIVING_WAYS.map((way) => (
        <section key={way} class="stack tight" aria-label={words.ways[way]}>
          <h3>{words.ways[way]}</h3>
          <p class="soft small">{words.waysHow[way]}</p>
          {way === "nearby" ? (
            <GiveContacts
              first={peer}
              onChoose={(contact) => {
                setTo(contact);
                giving.choose("nearby");
              }}
            />
          ) : (
            <p>
              <Button onPress={() => giving.choose(way)}>{words.show[way]}</Button>
            </p>
          )}
        </section>
      ))}
      <div class="row">
        <Button onPress={onBack}>{words.back}</Button>
        <Button onPress={onClose}>{words.done}</Button>
      </div>
    </div>
  );
}
