/** What transfers wait for after a reload: a yes to a file, or the same file once more. */
import type { PageFiles } from "@kith/sdk/web";
import type { JSX } from "preact";
import { useAttempt } from "../../store/use-attempt.ts";
import { useObservable } from "../../store/use-observable.ts";
import { Button } from "../../ui/button.tsx";
import { Notice } from "../../ui/notice.tsx";
import { useWords } from "./words.ts";

export function Wanted({ files }: { readonly files: PageFiles }): JSX.Element {
  const words = useWords();
  const wanted = useObservable(files.wanted);
  const { problem, attempt } = useAttempt();
  return (
    <>
      {wanted.map(({ id, name, need }) => (
        <Notice key={id} tone="warn">
          {need === "permission" ? (
            <Button onPress={attempt(() => files.give(id))}>{words.allow(name)}</Button>
          ) : (
            <label class="field">
              <span>{words.giveFile(name)}</span>
              <input
                type="file"
                onChange={(event) => {
                  const [given] = event.currentTarget.files ?? [];
                  if (given !== undefined) void attempt(() => files.give(id, given))();
                }}
              />
            </label>
          )}
        </Notice>
      ))}
      {problem !== undefined && <Notice tone="bad">{problem}</Notice>}
    </>
  );
}
