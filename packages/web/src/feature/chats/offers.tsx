/** Files that are offered, on their way or here, and that no message speaks of: as `kith send` offers them. */
import type { JSX } from "preact";
import { useRunning } from "../../store/endpoint-context.ts";
import { useAttempt } from "../../store/use-attempt.ts";
import { Button } from "../../ui/button.tsx";
import { amount } from "../../ui/bytes.ts";
import { Notice } from "../../ui/notice.tsx";
import { Attachment } from "./attachment.tsx";
import { useAttachmentWords } from "./attachment-words.ts";
import type { Transfers } from "./carried.ts";

interface OffersProps {
  readonly name: string;
  readonly transfers: Transfers;
}

export function Offers({ name, transfers: { others, came } }: OffersProps): JSX.Element | null {
  const words = useAttachmentWords();
  if (others.length + came.length === 0) return null;
  return (
    <div class="offers stack tight">
      {others.map((each) => (
        <section key={each.id} class="card" aria-label={each.name}>
          {!each.isOutgoing && <h2 class="small">{words.offers(name, each.fileCount)}</h2>}
          <Attachment carried={each} />
        </section>
      ))}
      {came.length > 0 && <Came came={came} />}
    </div>
  );
}

/** A folder's files one by one: a browser saves no folders. */
function Came({ came }: Pick<Transfers, "came">): JSX.Element {
  const words = useAttachmentWords();
  const { files } = useRunning();
  const { problem, attempt } = useAttempt();
  return (
    <section class="card stack tight" aria-label={words.came}>
      <h2 class="small">{words.came}</h2>
      {problem !== undefined && <Notice tone="bad">{problem}</Notice>}
      <ul class="stack tight">
        {came.map(({ id, name, folders, bytes }) => (
          <li key={id} class="row">
            <span class="grow small breaks">
              <bdi>{[...folders, name].join("/")}</bdi> <span class="soft">{amount(bytes)}</span>
            </span>
            <Button onPress={attempt(async () => files?.save(id))}>{words.save}</Button>
            <Button
              look="bare"
              icon="bin"
              label={words.removeFile(name)}
              onPress={attempt(async () => files?.remove(id))}
            />
          </li>
        ))}
      </ul>
    </section>
  );
}
