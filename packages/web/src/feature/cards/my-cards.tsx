/** The cards that one gives. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useCards } from "../../store/cards.ts";
import { useEndpoint } from "../../store/endpoint-context.ts";
import { go, linkTo } from "../../store/route.ts";
import { useAttempt } from "../../store/use-attempt.ts";
import { useObservable } from "../../store/use-observable.ts";
import { Button } from "../../ui/button.tsx";
import { FileButton } from "../../ui/file-button.tsx";
import { Icon } from "../../ui/icon.tsx";
import { Empty, Notice } from "../../ui/notice.tsx";
import { nameOf } from "./card-view.tsx";
import { ImportSheet } from "./import-sheet.tsx";
import { useWords } from "./words.ts";

export function MyCards({ chosen }: { readonly chosen: string | undefined }): JSX.Element {
  const words = useWords();
  const { name } = useEndpoint();
  const cards = useCards();
  const own = useObservable(cards.own);
  const [file, setFile] = useState<File>();
  const { problem, attempt } = useAttempt();
  const create = attempt(async () => {
    const card = await cards.create({ label: "", fields: [{ field: { kind: "name", text: name } }] });
    go("cards", "mine", card.id, "edit");
  });
  return (
    <section class="stack tight" aria-label={words.mine}>
      <h2 class="label">{words.mine}</h2>
      {own.length === 0 ? (
        <Empty icon="card" title={words.noneMine}>
          <p>{words.noneMineHow}</p>
        </Empty>
      ) : (
        <ul class="list">
          {own.map(({ id, label, fields }) => {
            const named = nameOf(fields.map(({ field }) => field));
            return (
              <li key={id}>
                <a
                  class="item"
                  href={linkTo("cards", "mine", id)}
                  aria-current={chosen === `mine/${id}` ? "page" : undefined}
                >
                  <Icon name="card" />
                  <span class="grow">
                    <span class="cut">{label || named || words.unnamed}</span>
                    {label !== "" && <span class="block cut soft small">{named || words.unnamed}</span>}
                  </span>
                </a>
              </li>
            );
          })}
        </ul>
      )}
      <div class="row">
        <Button look={own.length === 0 ? "main" : "plain"} icon="add" onPress={create}>
          {words.newCard}
        </Button>
        <FileButton accept=".vcf,.vcard,text/vcard,text/x-vcard" icon="file" onFile={setFile}>
          {words.importFile}
        </FileButton>
      </div>
      {problem !== undefined && <Notice tone="bad">{problem}</Notice>}
      {file !== undefined && <ImportSheet file={file} onClose={() => setFile(undefined)} />}
    </section>
  );
}
