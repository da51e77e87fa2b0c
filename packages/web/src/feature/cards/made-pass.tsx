/** A pass that was made: what is to be known of it, and how it gets to a phone. */

import type { JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { useAttempt } from "../../store/use-attempt.ts";
import { Button } from "../../ui/button.tsx";
import { day } from "../../ui/day.ts";
import { download } from "../../ui/download.ts";
import { Notice } from "../../ui/notice.tsx";
import type { MadePass } from "./make-pass.ts";
import { usePassWords } from "./pass-words.ts";

interface MadeProps {
  readonly pass: MadePass;
  readonly onDone: () => void;
}

export function MadePassView({ pass, onDone }: MadeProps): JSX.Element {
  const words = usePassWords();
  const { attempt } = useAttempt();
  const { file, isTest, isPhotoLeft, signer, endsAt } = pass;
  const shared = { files: [file] };
  const head = useRef<HTMLParagraphElement>(null);
  useLayoutEffect(() => head.current?.focus(), []); // what was pressed is gone
  return (
    <div class="stack">
      <p role="status" tabIndex={-1} ref={head}>
        {words.done} {words.signedBy(signer, day(endsAt))}
      </p>
      {isTest && (
        <Notice tone="warn">
          <p>{words.test}</p>
          <p>{words.testHow}</p>
        </Notice>
      )}
      {isPhotoLeft && <Notice>{words.photoLeft}</Notice>}
      <div class="row">
        <Button look="main" icon="down" onPress={() => download(file, file.name)}>
          {words.save}
        </Button>
        {navigator.canShare?.(shared) === true && (
          <Button icon="send" onPress={attempt(() => navigator.share(shared))}>
            {words.share}
          </Button>
        )}
      </div>
      <p class="soft small">
        {!isTest && words.how} {words.takeBack}
      </p>
      <p>
        <Button onPress={onDone}>{words.close}</Button>
      </p>
    </div>
  );
}
