/** Somebody's card: before the camera, as a picture, as text or as a file. It is shown with what is known, then asked. */
import { CARD_LINK_PREFIX, VCARD_FILE_BYTES_MAX } from "@kith/core/card";
import type { CardReading } from "@kith/sdk";
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useCards } from "../../store/cards.ts";
import { replaceRoute } from "../../store/route.ts";
import { useAttempt } from "../../store/use-attempt.ts";
import { readVcards } from "../../store/vcard-file.ts";
import { Button } from "../../ui/button.tsx";
import { CodeWatch } from "../../ui/code-watch.tsx";
import { FileButton } from "../../ui/file-button.tsx";
import { Notice } from "../../ui/notice.tsx";
import { scanPicture } from "../../ui/scan.ts";
import { Sheet } from "../../ui/sheet.tsx";
import { ContactsFound } from "./contacts-found.tsx";
import { useKeptWords } from "./kept-words.ts";
import { problemOf } from "./read-problem.ts";
import { useReadWords } from "./read-words.ts";
import { SaveCard } from "./save-card.tsx";
import { TakeMeeting } from "./take-meeting.tsx";
import { TypedForm } from "./typed-form.tsx";

/** A link, or a vCard with a photo in it, as people paste them; a file may be larger. */
const PASTED_CHARS_MAX = 200_000;

interface ReadProps {
  /** Of a link that the app was opened with: what stands behind its `#`. */
  readonly opened: string | undefined;
  readonly onClose: () => void;
}

export function ReadSheet({ opened, onClose }: ReadProps): JSX.Element {
  const words = useReadWords();
  const keptWords = useKeptWords();
  const [reading, setReading] = useState<CardReading>();
  const [isMeeting, setMeeting] = useState(false);
  const [isTyping, setTyping] = useState(false);
  const [link, setLink] = useState(opened && `${CARD_LINK_PREFIX}${opened}`);
  useEffect(() => {
    if (opened !== undefined) replaceRoute("cards", "read"); // the key is in it
  }, []);
  const type = (): void => {
    setLink(undefined);
    setTyping(true);
  };
  const done = (entry: string | undefined): void =>
    entry === undefined ? onClose() : replaceRoute("cards", "of", entry);
  return (
    <Sheet title={isTyping ? keptWords.typeInTitle : words.title} onClose={onClose}>
      {isTyping ? (
        <TypedForm onDone={(entry) => (entry === undefined ? setTyping(false) : done(entry))} />
      ) : reading?.type === "card" ? (
        <SaveCard card={reading.card} onDone={done} />
      ) : reading?.type === "contacts" ? (
        <ContactsFound {...reading} onDone={done} onBack={() => setReading(undefined)} />
      ) : (
        <>
          {!isMeeting && <Ways link={link} onRead={setReading} />}
          <TakeMeeting onBegun={setMeeting} onDone={onClose} />
          {!isMeeting && (
            <div class="stack tight">
              <h3>{keptWords.typeIn}</h3>
              <p class="soft small">{keptWords.typedHow}</p>
              <p>
                <Button onPress={type}>{keptWords.typeIn}</Button>
              </p>
            </div>
          )}
        </>
      )}
    </Sheet>
  );
}

interface WaysProps {
  /** Read at once, and no camera asked for. */
  readonly link: string | undefined;
  readonly onRead: (reading: CardReading) => void;
}

function Ways({ link, onRead }: WaysProps): JSX.Element {
  const words = useReadWords();
  const cards = useCards();
  const [text, setText] = useState("");
  const [told, setTold] = useState<string>();
  const [kept, setKept] = useState<{ readonly host: string; readonly link: string }>();
  const { problem, attempt } = useAttempt();
  const take = (reading: CardReading, link = ""): void => {
    setKept(undefined);
    setTold(undefined);
    if (reading.type === "card" || reading.type === "contacts") return onRead(reading);
    if (reading.type === "kept") return setKept({ host: reading.host, link });
    setTold(problemOf(words, reading));
  };
  const read = (seen: string, cameBy: "code" | "link"): Promise<void> =>
    attempt(async () => take(await cards.read(seen, cameBy), seen))();
  useEffect(() => {
    if (link !== undefined) void read(link, "link");
  }, []);
  const see = (seen: string): void => void read(seen, "code");
  const readPicture = async (file: File): Promise<void> => {
    const seen = await scanPicture(file);
    if (seen === undefined) setTold(words.noCode);
    else see(seen);
  };
  const readFile = (file: File): Promise<void> =>
    attempt(async () => {
      if (file.size > VCARD_FILE_BYTES_MAX) return setTold(words.tooLarge);
      const bytes = new Uint8Array(await file.arrayBuffer());
      take(await cards.readFile(bytes, await readVcards(bytes)));
    })();
  return (
    <div class="stack">
      {link === undefined && <CodeWatch onText={see} />}
      {kept !== undefined && (
        <Notice>
          <p>{words.kept(kept.host)}</p>
          <p>
            <Button look="main" onPress={attempt(async () => take(await cards.fetch(withTls(kept))))}>
              {words.fetch}
            </Button>
          </p>
        </Notice>
      )}
      {told !== undefined && <Notice tone="warn">{told}</Notice>}
      {problem !== undefined && <Notice tone="bad">{problem}</Notice>}
      <div class="row">
        <FileButton accept="image/*" icon="image" onFile={readPicture}>
          {words.fromPicture}
        </FileButton>
        <FileButton accept=".vcf,.vcard,text/vcard,text/x-vcard" icon="file" onFile={readFile}>
          {words.fromFile}
        </FileButton>
      </div>
      <form
        class="stack tight"
        onSubmit={(event) => {
          event.preventDefault();
          void read(text, "link");
        }}
      >
        <Pasted value={text} onInput={setText} />
        <Button type="submit" isDisabled={text.trim() === ""}>
          {words.read}
        </Button>
      </form>
    </div>
  );
}

/** As the page's: of a relay at the page's own host we know that it has TLS where the page has, of others by the link. */
const withTls = ({ host, link }: { readonly host: string; readonly link: string }): string =>
  location.protocol === "https:" && host === location.host
    ? `https://${host}/c#${link.trim().replace(/^.*[/#]/, "")}`
    : link.trim();

function Pasted({ value, onInput }: { value: string; onInput: (text: string) => void }): JSX.Element {
  const words = useReadWords();
  return (
    <div class="field">
      <label for="card-pasted">{words.paste}</label>
      <textarea
        {...{ id: "card-pasted", rows: 3, value, maxLength: PASTED_CHARS_MAX, spellcheck: false, dir: "ltr" }}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
      <span class="soft small">{words.pasteHint}</span>
    </div>
  );
}
