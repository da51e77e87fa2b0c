/** Cards: one's own, and those that others gave. */
import type { JSX } from "preact";
import { useCards, useOpenCards } from "../../store/cards.ts";
import { go, linkTo, replaceRoute } from "../../store/route.ts";
import { useObservable } from "../../store/use-observable.ts";
import { BackLink } from "../../ui/back-link.tsx";
import { Button, ButtonLink } from "../../ui/button.tsx";
import { lazy } from "../../ui/lazy.tsx";
import { Empty } from "../../ui/notice.tsx";
import { SideBySide } from "../../ui/side-by-side.tsx";
import { MyCards } from "./my-cards.tsx";
import { ReceivedList } from "./received-list.tsx";
import { useWords } from "./words.ts";
import "./cards.css";

const OwnCardPage = lazy(async () => (await import("./own-card-page.tsx")).OwnCardPage);
const EntryPage = lazy(async () => (await import("./entry-page.tsx")).EntryPage);
const ReadSheet = lazy(async () => (await import("./read-sheet.tsx")).ReadSheet);
const GiveSheet = lazy(async () => (await import("./give-sheet.tsx")).GiveSheet);

/**
 * `#/cards/mine/ID`: one of ours; `…/edit` and `…/give` of it. `#/cards/of/ID`: somebody's. `#/cards/read`: what somebody
 * shows, sends or has in a file; `…/LINK`, with the rest of a link to a card that was opened here. `#/cards/give/PEER`: one of ours for them.
 */
export function Cards({ path: [what, id, deed] }: { readonly path: readonly string[] }): JSX.Element {
  const words = useWords();
  const isOpen = useOpenCards();
  const cards = useCards();
  const [own, received] = [useObservable(cards.own), useObservable(cards.received)];
  if (!isOpen)
    return (
      <p class="boot" role="status">
        <span class="waiting" /> {words.reading}
      </p>
    );
  const chosen = (what === "mine" || what === "of") && id !== undefined ? `${what}/${id}` : undefined;
  const detail =
    chosen === undefined ? undefined : what === "mine" ? (
      <OwnCardPage key={chosen} id={id ?? ""} isEdited={deed === "edit"} />
    ) : (
      <EntryPage key={chosen} id={id ?? ""} />
    );
  const hasAny = own.length + received.length > 0;
  const giving = what === "give" ? { peer: id } : deed === "give" && what === "mine" ? { card: id } : undefined;
  const leave = (): void =>
    giving?.card === undefined ? replaceRoute("cards") : replaceRoute("cards", "mine", giving.card);
  return (
    <>
      <SideBySide
        list={<AllCards chosen={chosen} />}
        chosen={chosen}
        detail={detail}
        none={hasAny ? <Empty icon="card" title={words.choose} /> : undefined}
      />
      {what === "read" && <ReadSheet opened={id} onClose={() => replaceRoute("cards")} />}
      {giving !== undefined && <GiveSheet {...giving} onClose={leave} />}
    </>
  );
}

function AllCards({ chosen }: { readonly chosen: string | undefined }): JSX.Element {
  const words = useWords();
  return (
    <div class="stack">
      <BackLink href={linkTo("people")}>{words.people}</BackLink>
      <header class="row apart">
        <h1>{words.cards}</h1>
        <Button icon="scan" onPress={() => go("cards", "read")}>
          {words.receive}
        </Button>
      </header>
      <MyCards chosen={chosen} />
      <ReceivedList chosen={chosen} />
      <section class="stack tight" aria-label={words.facts}>
        <h2 class="label">{words.facts}</h2>
        <p class="soft small">{words.factsHow}</p>
        <div class="row">
          <ButtonLink icon="check" href={linkTo("facts")}>
            {words.facts}
          </ButtonLink>
        </div>
      </section>
    </div>
  );
}
