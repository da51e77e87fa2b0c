/** A link to a card: until when, and then to copy or share. */
import type { CardId, CardLevel, GivenLinkView } from "@kith/sdk";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useCards } from "../../store/cards.ts";
import { useEndpoint } from "../../store/endpoint-context.ts";
import { useAttempt } from "../../store/use-attempt.ts";
import { useObservable } from "../../store/use-observable.ts";
import { Button } from "../../ui/button.tsx";
import { CopyField } from "../../ui/copy-field.tsx";
import { day } from "../../ui/day.ts";
import { Notice } from "../../ui/notice.tsx";
import { Select } from "../../ui/select.tsx";
import { useGiveWords } from "./give-words.ts";
import type { Giving } from "./use-giving-course.ts";

interface LinkProps {
  readonly card: CardId;
  readonly level: CardLevel;
  readonly giving: Giving;
}

type Days = "1" | "7" | "30";
type Uses = "0" | "1" | "5" | "50";
type Keeper = "kept" | "whole";
const DAY_MS = 86_400_000;

export function GiveLink({ card, level, giving }: LinkProps): JSX.Element {
  const words = useGiveWords();
  const cards = useCards();
  const relay = useObservable(useEndpoint().relays).find(({ state }) => state === "ready")?.host;
  const [days, setDays] = useState<Days>("7");
  const [uses, setUses] = useState<Uses>("0");
  const [wanted, setKeeper] = useState<Keeper>("kept");
  const keeper = relay === undefined ? "whole" : wanted;
  const [link, setLink] = useState<GivenLinkView>();
  const { problem, attempt } = useAttempt();
  const kept = keeper === "kept" && relay !== undefined ? { relay, uses: Number(uses) } : undefined;
  const make = attempt(async () => setLink(await cards.link(card, level, { expires: Number(days) * DAY_MS, ...kept })));
  return (
    <div class="stack">
      {link === undefined ? (
        <>
          {relay !== undefined && (
            <Select<Keeper>
              {...{ label: words.keeper, value: keeper, options: words.keepers(relay), onChange: setKeeper }}
            />
          )}
          <p class="soft small">{words.keeperHow[keeper]}</p>
          {kept !== undefined && (
            <Select<Uses> label={words.uses} value={uses} options={words.useCounts} onChange={setUses} />
          )}
          <Select<Days> label={words.expires} value={days} options={words.lifetimes} onChange={setDays} />
          <Button look="main" onPress={make}>
            {words.show.link}
          </Button>
        </>
      ) : (
        <>
          <CopyField label={words.link} text={link.text} />
          <p class="soft small">{words.endsAt(day(link.endsAt))}</p>
          <ShareButton text={link.text} />
        </>
      )}
      {problem !== undefined && <Notice tone="bad">{problem}</Notice>}
      <p>
        <Button onPress={() => (link === undefined ? giving.failed("link", "cancelled") : giving.given("link"))}>
          {link === undefined ? words.back : words.done}
        </Button>
      </p>
    </div>
  );
}

function ShareButton({ text }: { readonly text: string }): JSX.Element | null {
  const words = useGiveWords();
  const { attempt } = useAttempt();
  if (navigator.share === undefined) return null; // not every browser has it
  return (
    <p>
      <Button icon="send" onPress={attempt(() => navigator.share({ text }))}>
        {words.share}
      </Button>
    </p>
  );
}
