/**
 * The page of a link, for somebody without Kith: says what the link leads to, takes the card when asked to, and shows it.
 * It knows nobody, so it verifies nobody; nothing of it stays.
 */
import { nobleReaderProvider, wallTime } from "@kith/core";
import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { Button } from "../../ui/button.tsx";
import { Notice } from "../../ui/notice.tsx";
import { LinkCard } from "./link-card.tsx";
import { useLinkFaults } from "./link-fault-words.ts";
import { useLinkWords } from "./link-words.ts";
import { type LinkRefusal, type OpenedLink, readAddress, takeCard } from "./opened-link.ts";
import { WithKith } from "./with-kith.tsx";
import "./link-page.css";

const provider = nobleReaderProvider;
const now = () => wallTime(Date.now());
const read = (): OpenedLink => readAddress(provider, new URL(location.href), now());

export function LinkPage(): JSX.Element {
  const words = useLinkWords();
  const [opened, setOpened] = useState(read);
  useEffect(() => {
    const again = (): void => setOpened(read());
    addEventListener("hashchange", again);
    return () => removeEventListener("hashchange", again);
  }, []);
  return (
    <main class="link-page stack">
      <h1>{words.title}</h1>
      {opened.at === "asks" ? (
        <Asked opened={opened} onTaken={setOpened} />
      ) : opened.at === "shown" ? (
        <LinkCard {...opened} provider={provider} />
      ) : (
        <Refused why={opened.why} />
      )}
      <p class="soft small">{words.what}</p>
    </main>
  );
}

interface AskedProps {
  readonly opened: Extract<OpenedLink, { at: "asks" }>;
  readonly onTaken: (opened: OpenedLink) => void;
}

function Asked({ opened, onTaken }: AskedProps): JSX.Element {
  const words = useLinkWords();
  const faults = useLinkFaults();
  const take = async (): Promise<void> => onTaken(await takeCard(provider, opened, location, now));
  return (
    <>
      <p>{faults.kept(opened.link.host)}</p>
      <p>
        <Button look="main" icon="card" onPress={take}>
          {words.show}
        </Button>
      </p>
      <WithKith how={words.withKith.asks} />
    </>
  );
}

function Refused({ why }: { readonly why: LinkRefusal }): JSX.Element {
  const words = useLinkWords();
  const faults = useLinkFaults();
  const place = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => place.current?.focus(), [why]);
  const said: Readonly<Record<LinkRefusal, string>> = {
    ...words.refusals,
    ...{ broken: faults.broken, "too-large": faults.tooLarge, ended: faults.expired, "not-yet": faults.notYet },
    ...{ used: faults.used, gone: faults.nowhere },
  };
  return (
    <div ref={place} tabIndex={-1}>
      <Notice tone="warn">
        <p>{said[why]}</p>
      </Notice>
    </div>
  );
}
