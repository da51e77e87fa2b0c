/** The frame: places of the app at the side, or below on a phone, and the one we are at. */
import type { FunctionComponent, JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { EraseSheet } from "../feature/lock/erase-sheet.tsx";
import { People } from "../feature/people/people.tsx";
import { useEndpoint, useRunning } from "../store/endpoint-context.ts";
import { linkTo, route } from "../store/route.ts";
import { useObservable } from "../store/use-observable.ts";
import { Icon, type IconName } from "../ui/icon.tsx";
import { wordsIn } from "../ui/language.ts";
import { lazy } from "../ui/lazy.tsx";
import { Unread } from "../ui/unread.tsx";
import { AlarmBar } from "./alarm-bar.tsx";
import "./shell.css";

const useWords = wordsIn({
  en: {
    places: "Places",
    people: "People",
    chats: "Chats",
    rooms: "Rooms",
    you: "You",
    unread: (count: number) => `${count} unread`,
  },
  de: {
    places: "Bereiche",
    people: "Leute",
    chats: "Chats",
    rooms: "Räume",
    you: "Du",
    unread: (count: number) => `${count} ungelesen`,
  },
});

const ChatPlace = lazy(async () => (await import("./chat-place.tsx")).ChatPlace);
const RoomPlace = lazy(async () => (await import("./room-place.tsx")).RoomPlace);
const Cards = lazy(async () => (await import("../feature/cards/cards.tsx")).Cards);
const CardOffers = lazy(async () => (await import("../feature/cards/offer-sheet.tsx")).OfferSheet);
const Facts = lazy(async () => (await import("../feature/facts/facts.tsx")).Facts);
const FactRequests = lazy(async () => (await import("../feature/facts/request-sheet.tsx")).RequestSheet);
const PairingSheet = lazy(async () => (await import("../feature/people/pairing-sheet.tsx")).PairingSheet);
const Why = lazy(async () => (await import("../feature/why/why.tsx")).Why);
const RestoreSheet = lazy(async () => (await import("../feature/lock/restore-sheet.tsx")).RestoreSheet);
const Safety = lazy(async () => (await import("../feature/safety/safety.tsx")).Safety);

function YouPlace(): JSX.Element {
  const { isKept, endpoint } = useRunning();
  const [sheet, setSheet] = useState<"erase" | "restore">();
  const close = (): void => setSheet(undefined);
  const present = { name: endpoint.name, fingerprint: endpoint.fingerprint, isKept };
  return (
    <>
      <Safety isKept={isKept} onErase={() => setSheet("erase")} onRestore={() => setSheet("restore")} />
      {sheet === "erase" && <EraseSheet onClose={close} />}
      {sheet === "restore" && <RestoreSheet present={present} onClose={close} />}
    </>
  );
}

/** Reached from wherever something is away; and from people. */
const WHY = "why";
const CARDS = "cards";
const FACTS = "facts";

const PLACES = [
  { name: "people", icon: "people", View: People },
  { name: "chats", icon: "chat", View: ChatPlace },
  { name: "rooms", icon: "room", View: RoomPlace },
  { name: "you", icon: "you", View: YouPlace },
] as const satisfies readonly {
  readonly name: string;
  readonly icon: IconName;
  readonly View: FunctionComponent<{ readonly path: readonly string[] }>;
}[];

export function Shell(): JSX.Element {
  const words = useWords();
  const { cards, facts, pairing } = useEndpoint();
  const [here = PLACES[0].name, ...path] = useObservable(route);
  const unread = useUnread();
  const isPairing = useEver(useObservable(pairing.all).length > 0); // what it says when one has gone is its own
  const isOffered = useEver(useObservable(cards.offers).some(({ at }) => at !== "ended"));
  const requests = [...useObservable(facts.offers), ...useObservable(facts.asks)];
  const isAsked = useEver(requests.some(({ at }) => at !== "ended"));
  const place = PLACES.find(({ name }) => name === (here === WHY ? "you" : here)) ?? PLACES[0];
  return (
    <div class="frame">
      <AlarmBar />
      <div class="shell">
        <nav aria-label={words.places} class="places">
          {PLACES.map(({ name, icon }) => (
            <a key={name} href={linkTo(name)} aria-current={name === place.name ? "page" : undefined}>
              <Icon name={icon} />
              <span>{words[name]}</span>
              {(name === "chats" || name === "rooms") && (
                <Unread count={unread[name]} label={words.unread(unread[name])} />
              )}
            </a>
          ))}
        </nav>
        <main class="place">
          <Here here={here} path={path} View={place.View} />
        </main>
      </div>
      {isPairing && <PairingSheet />}
      {isOffered && <CardOffers />}
      {isAsked && <FactRequests />}
    </div>
  );
}

interface HereProps {
  readonly here: string;
  readonly path: readonly string[];
  /** Of a place in the frame. */
  readonly View: FunctionComponent<{ readonly path: readonly string[] }>;
}

function Here({ here, path, View }: HereProps): JSX.Element {
  switch (here) {
    case WHY:
      return <Why />;
    case CARDS:
      return <Cards path={path} />;
    case FACTS:
      return <Facts path={path} />;
    default:
      return <View path={path} />;
  }
}

/** Whether it was so at any time, from the first one on. */
function useEver(isNow: boolean): boolean {
  const wasEver = useRef(false);
  wasEver.current ||= isNow;
  return wasEver.current;
}

const TITLE = "Kith";

/** What nobody has read yet; the title says how much, for who looks elsewhere. */
function useUnread(): { readonly chats: number; readonly rooms: number } {
  const { endpoint, desk } = useRunning();
  const chats = useObservable(endpoint.chat.unread).length;
  const rooms = [...useObservable(desk.unread.counts).values()].reduce((sum, count) => sum + count, 0);
  useEffect(() => {
    document.title = chats + rooms === 0 ? TITLE : `(${chats + rooms}) ${TITLE}`;
    return () => {
      document.title = TITLE;
    };
  }, [chats + rooms]);
  return { chats, rooms };
}
