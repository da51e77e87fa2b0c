/** A card as a Wallet pass: until when, then made here and signed by a relay, then to save or share. */
import { type CardId, type CardLevel, EndpointError } from "@kith/sdk";
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { useCards } from "../../store/cards.ts";
import { useEndpoint } from "../../store/endpoint-context.ts";
import { useObservable } from "../../store/use-observable.ts";
import { Button } from "../../ui/button.tsx";
import { Select } from "../../ui/select.tsx";
import { useGiveWords } from "./give-words.ts";
import { MadePassView } from "./made-pass.tsx";
import { type MadePass, makePass } from "./make-pass.ts";
import { failureOf, type PassTrouble, troubleOf } from "./pass-problem.tsx";
import { usePassWords } from "./pass-words.ts";
import type { Giving } from "./use-giving-course.ts";
import { fileName } from "./vcard-download.ts";
import { useWords } from "./words.ts";

export interface WalletProps {
  readonly card: CardId;
  readonly level: CardLevel;
  readonly name: string;
  readonly giving: Giving;
  /** Called before the way is given up. */
  readonly onTrouble: (trouble: PassTrouble) => void;
}

type Days = "1" | "7" | "30";
const DAY_MS = 86_400_000;

export function GiveWallet({ card, level, name, giving, onTrouble }: WalletProps): JSX.Element {
  const words = usePassWords();
  const { lifetimes, ways } = useGiveWords();
  const { kinds, levels } = useWords();
  const cards = useCards();
  const relays = useObservable(useEndpoint().relays);
  const [wanted, setRelay] = useState<string>();
  const [days, setDays] = useState<Days>("30");
  const [pass, setPass] = useState<MadePass>();
  const [making, setMaking] = useState<AbortController>();
  const latest = useRef(making);
  latest.current = making;
  const relay = (
    relays.find(({ host }) => host === wanted) ??
    relays.find(({ state }) => state === "ready") ??
    relays[0]
  )?.host;
  const fail = (trouble: PassTrouble): void => {
    onTrouble(trouble);
    giving.failed("wallet", failureOf(trouble));
  };
  useEffect(() => {
    if (relay === undefined) fail({ kind: "none", message: "" });
    return () => latest.current?.abort(); // whoever leaves wants none
  }, []);
  const make = async (host: string): Promise<void> => {
    const stop = new AbortController();
    setMaking(stop);
    const terms = { relay: host, expires: Number(days) * DAY_MS, name: fileName(name), signal: stop.signal };
    try {
      setPass(await makePass(cards, card, level, { ...terms, words: { ...kinds, ...words.inside, levels } }));
    } catch (error) {
      if (stop.signal.aborted) return;
      if (!(error instanceof EndpointError)) throw error;
      fail(troubleOf(error));
    } finally {
      setMaking(undefined);
    }
  };
  const stop = (): void => {
    making?.abort();
    giving.failed("wallet", "cancelled");
  };
  if (pass !== undefined) return <MadePassView pass={pass} onDone={() => giving.given("wallet")} />;
  if (making !== undefined)
    return (
      <div class="stack">
        <p role="status">
          <span class="waiting" /> {words.making}
        </p>
        <p>
          <Button onPress={stop}>{words.stop}</Button>
        </p>
      </div>
    );
  if (relay === undefined) return <p role="status">{words.problems.none}</p>;
  return (
    <div class="stack">
      <h3>{`${ways.wallet} · ${levels[level]}`}</h3>
      <p>{words.what}</p>
      {relays.length > 1 && (
        <Select
          label={words.signer}
          value={relay}
          options={Object.fromEntries(relays.map(({ host }) => [host, host]))}
          onChange={setRelay}
        />
      )}
      <p class="soft small">{words.signerHow(relay)}</p>
      <Select<Days> label={words.expires} value={days} options={lifetimes} onChange={setDays} />
      <div class="row">
        <Button look="main" onPress={() => void make(relay)}>
          {words.make}
        </Button>
        <Button onPress={stop}>{words.back}</Button>
      </div>
    </div>
  );
}
