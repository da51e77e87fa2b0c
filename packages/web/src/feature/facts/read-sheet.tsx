/** The code of an issuer, or what somebody shows as one: before the camera, as a picture, as text. Nothing of it is trusted. */
import type { FactReading } from "@kith/sdk";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useFacts } from "../../store/facts.ts";
import { replaceRoute } from "../../store/route.ts";
import { useAttempt } from "../../store/use-attempt.ts";
import { Button } from "../../ui/button.tsx";
import { CodeWatch } from "../../ui/code-watch.tsx";
import { FileButton } from "../../ui/file-button.tsx";
import { Notice } from "../../ui/notice.tsx";
import { scanPicture } from "../../ui/scan.ts";
import { Sheet } from "../../ui/sheet.tsx";
import { useCheckWords } from "./check-words.ts";
import { PinIssuer } from "./pin-issuer.tsx";
import { useWords } from "./words.ts";

/** More than a show has as text. */
const PASTED_CHARS_MAX = 8_000;

type ReadIssuer = FactReading & { readonly type: "issuer" };

export function ReadSheet({ onClose }: { readonly onClose: () => void }): JSX.Element {
  const words = useCheckWords();
  const [found, setFound] = useState<ReadIssuer>();
  return (
    <Sheet title={words.readTitle} onClose={onClose}>
      {found === undefined ? <Ways onIssuer={setFound} /> : <Found {...found} onClose={onClose} />}
    </Sheet>
  );
}

function Found({ issuer, standing, onClose }: ReadIssuer & { readonly onClose: () => void }): JSX.Element {
  const words = useCheckWords();
  const { done } = useWords();
  const isBad = standing === "contradicts" || standing === "older";
  return (
    <>
      <Notice tone={isBad ? "bad" : standing === "new" ? "warn" : "calm"}>{words.standings[standing]}</Notice>
      {!isBad && <PinIssuer issuer={issuer} />}
      <div class="row">
        <Button onPress={onClose}>{done}</Button>
      </div>
    </>
  );
}

function Ways({ onIssuer }: { readonly onIssuer: (found: ReadIssuer) => void }): JSX.Element {
  const words = useCheckWords();
  const facts = useFacts();
  const [text, setText] = useState("");
  const [told, setTold] = useState<string>();
  const { problem, attempt } = useAttempt();
  const read = (seen: string): Promise<void> =>
    attempt(async () => {
      setTold(undefined);
      const reading = await facts.read(seen);
      if (reading.type === "issuer") onIssuer(reading);
      else if (reading.type === "show") replaceRoute("facts", "check", reading.check.id);
      else setTold(words[reading.type]);
    })();
  const readPicture = async (file: File): Promise<void> => {
    const seen = await scanPicture(file);
    if (seen === undefined) setTold(words.noCode);
    else await read(seen);
  };
  return (
    <>
      <p>{words.readHow}</p>
      <CodeWatch onText={(seen) => void read(seen)} />
      {told !== undefined && <Notice tone="warn">{told}</Notice>}
      {problem !== undefined && <Notice tone="bad">{problem}</Notice>}
      <FileButton accept="image/*" icon="image" onFile={readPicture}>
        {words.fromPicture}
      </FileButton>
      <form
        class="stack tight"
        onSubmit={(event) => {
          event.preventDefault();
          void read(text);
        }}
      >
        <div class="field">
          <label for="fact-pasted">{words.paste}</label>
          <textarea
            {...{ id: "fact-pasted", rows: 3, value: text, maxLength: PASTED_CHARS_MAX, spellcheck: false, dir: "ltr" }}
            onInput={(event) => setText(event.currentTarget.value)}
          />
        </div>
        <Button type="submit" isDisabled={text.trim() === ""}>
          {words.readIt}
        </Button>
      </form>
    </>
  );
}
