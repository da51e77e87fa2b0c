/** Showing facts at our own wish: to a contact, now; or as a code, which ends, and which anybody can pass on until then. */
import type { CredentialView, FactCode } from "@kith/sdk";
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { useEndpoint } from "../../store/endpoint-context.ts";
import { useFacts } from "../../store/facts.ts";
import { useAttempt } from "../../store/use-attempt.ts";
import { useObservable } from "../../store/use-observable.ts";
import { Button } from "../../ui/button.tsx";
import { CopyField } from "../../ui/copy-field.tsx";
import { Notice } from "../../ui/notice.tsx";
import { QrCode } from "../../ui/qr-code.tsx";
import { Select } from "../../ui/select.tsx";
import { Sheet } from "../../ui/sheet.tsx";
import { moment } from "./fact-list.tsx";
import { FactTicks, type Ticked } from "./fact-ticks.tsx";
import { useHolderWords } from "./holder-words.ts";
import { useWords } from "./words.ts";

interface ShowProps {
  readonly credential: CredentialView;
  readonly onClose: () => void;
}

export function ShowSheet({ credential, onClose }: ShowProps): JSX.Element {
  const words = useHolderWords();
  const [ticked, setTicked] = useState<Ticked>({ slots: [], namesHolder: false });
  const [code, setCode] = useState<FactCode>();
  const given = { credential, ticked };
  return (
    <Sheet title={words.showTitle} onClose={onClose}>
      {code === undefined ? (
        <>
          <FactTicks {...given} onChange={setTicked} />
          <ToContact {...given} />
          <AsCode {...given} onCode={setCode} />
        </>
      ) : (
        <Code code={code} issuer={credential.issuer.name} onBack={() => setCode(undefined)} />
      )}
    </Sheet>
  );
}

interface WayProps {
  readonly credential: CredentialView;
  readonly ticked: Ticked;
}

function ToContact({ credential: { issuer }, ticked }: WayProps): JSX.Element {
  const words = useHolderWords();
  const { contact: label, noContacts } = useWords();
  const facts = useFacts();
  const contacts = useObservable(useEndpoint().trust.contacts);
  const [peer, setPeer] = useState<string>();
  const [seenBy, setSeenBy] = useState<string>();
  const { problem, attempt } = useAttempt();
  const stop = useRef(new AbortController());
  useEffect(() => () => stop.current.abort(), []);
  const contact = contacts.find((each) => each.peer === peer) ?? contacts[0];
  const names = Object.fromEntries(contacts.map((each) => [each.peer, each.name]));
  return (
    <section class="stack tight" aria-label={words.live}>
      <h3>{words.live}</h3>
      {contact === undefined ? (
        <p>{noContacts}</p>
      ) : (
        <>
          <p class="soft small">{words.liveHow}</p>
          <Select label={label} value={contact.peer} options={names} onChange={setPeer} />
          {problem !== undefined && <Notice tone="bad">{problem}</Notice>}
          {seenBy !== undefined && <Notice>{words.wasShown(seenBy)}</Notice>}
          <Button
            look="main"
            isDisabled={ticked.slots.length === 0}
            onPress={attempt(async () => {
              setSeenBy(undefined);
              await facts.present(contact.peer, { issuer: issuer.issuer, ...ticked }, { signal: stop.current.signal });
              setSeenBy(contact.name);
            })}
          >
            {words.showLive}
          </Button>
        </>
      )}
    </section>
  );
}

const HOUR_MS = 3_600_000;
const LIFETIMES_MS = { hour: HOUR_MS, day: 24 * HOUR_MS, week: 168 * HOUR_MS, month: 744 * HOUR_MS } as const;

function AsCode({ credential, ticked, onCode }: WayProps & { readonly onCode: (code: FactCode) => void }): JSX.Element {
  const words = useHolderWords();
  const facts = useFacts();
  const [lifetime, setLifetime] = useState<keyof typeof LIFETIMES_MS>("day");
  const { problem, attempt } = useAttempt();
  const choice = { issuer: credential.issuer.issuer, ...ticked };
  return (
    <section class="stack tight" aria-label={words.asCode}>
      <h3>{words.asCode}</h3>
      <p class="soft small">{words.codeHow}</p>
      <Select label={words.lifetime} value={lifetime} options={words.lifetimes} onChange={setLifetime} />
      {problem !== undefined && <Notice tone="bad">{problem}</Notice>}
      <Button
        isDisabled={ticked.slots.length === 0}
        onPress={attempt(async () => onCode(await facts.code(choice, { lifetime: LIFETIMES_MS[lifetime] })))}
      >
        {words.makeCode}
      </Button>
    </section>
  );
}

interface CodeProps {
  readonly code: FactCode;
  readonly issuer: string;
  readonly onBack: () => void;
}

function Code({ code: { text, qr, endsAt }, issuer, onBack }: CodeProps): JSX.Element {
  const words = useHolderWords();
  return (
    <>
      {qr === undefined ? (
        <Notice tone="warn">{words.tooLarge}</Notice>
      ) : (
        <QrCode text={text} label={words.codeLabel(issuer)} level={qr.level} />
      )}
      <p>{words.codeEnds(moment(endsAt))}</p>
      <CopyField label={words.codeText} text={text} />
      <p class="soft small">{words.codeHow}</p>
      <Button onPress={onBack}>{words.back}</Button>
    </>
  );
}
