/** What is done to a contact on purpose: another name, notes, forgotten, blocked. */

import type { Contact } from "@kith/sdk";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useEndpoint } from "../../store/endpoint-context.ts";
import { go } from "../../store/route.ts";
import { useAttempt } from "../../store/use-attempt.ts";
import { Button } from "../../ui/button.tsx";
import { ConfirmSheet } from "../../ui/confirm-sheet.tsx";
import { Field } from "../../ui/field.tsx";
import { Notice } from "../../ui/notice.tsx";
import { Sheet } from "../../ui/sheet.tsx";
import { useContactWords } from "./contact-words.ts";
import { NotesSheet } from "./notes-sheet.tsx";

export type ContactDeed = "rename" | "notes" | "forget" | "block";

interface DeedProps {
  readonly deed: ContactDeed;
  readonly contact: Contact;
  readonly onClose: () => void;
}

export function DeedSheet({ deed, contact, onClose }: DeedProps): JSX.Element {
  if (deed === "notes") return <NotesSheet contact={contact} onClose={onClose} />;
  return deed === "rename" ? (
    <RenameSheet contact={contact} onClose={onClose} />
  ) : (
    <EndSheet deed={deed} contact={contact} onClose={onClose} />
  );
}

const NAME_CHARS_MAX = 64;

function RenameSheet({ contact: { peer, name }, onClose }: Omit<DeedProps, "deed">): JSX.Element {
  const words = useContactWords();
  const { trust } = useEndpoint();
  const [next, setNext] = useState(name);
  const { problem, attempt } = useAttempt();
  return (
    <Sheet title={words.rename} onClose={onClose}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void attempt(async () => {
            await trust.rename(peer, next.trim());
            onClose();
          })();
        }}
      >
        <Field
          {...{ label: words.nameLabel, hint: words.nameHint, value: next, onInput: setNext }}
          {...{ maxLength: NAME_CHARS_MAX, isFocused: true }}
        />
        {problem !== undefined && <Notice tone="bad">{problem}</Notice>}
        <Button look="main" type="submit" isDisabled={next.trim() === ""}>
          {words.save}
        </Button>
      </form>
    </Sheet>
  );
}

function EndSheet({ deed, contact: { peer, name }, onClose }: DeedProps): JSX.Element {
  const words = useContactWords();
  const { trust } = useEndpoint();
  const isBlock = deed === "block";
  const title = isBlock ? words.blockTitle(name) : words.forgetTitle(name);
  const how = isBlock ? words.blockHow : words.forgetHow;
  return (
    <ConfirmSheet
      {...{ title, how, cancel: words.cancel, act: isBlock ? words.block : words.forget, onClose }}
      onAct={async () => {
        await (isBlock ? trust.block(peer) : trust.revoke(peer));
        go("people");
      }}
    />
  );
}
