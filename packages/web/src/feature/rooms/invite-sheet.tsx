/** Ways to let somebody in. */
import type { JoinCodeStep, Room, ShownInvitation } from "@kith/sdk";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useEndpoint } from "../../store/endpoint-context.ts";
import { linkTo } from "../../store/route.ts";
import { useAttempt } from "../../store/use-attempt.ts";
import { useObservable } from "../../store/use-observable.ts";
import { Button } from "../../ui/button.tsx";
import { useCodeFailures } from "../../ui/code-failures.ts";
import { CopyField } from "../../ui/copy-field.tsx";
import { Notice } from "../../ui/notice.tsx";
import { QrCode } from "../../ui/qr-code.tsx";
import { Sheet } from "../../ui/sheet.tsx";
import { useWords } from "./words.ts";

export function InviteSheet({ room, onClose }: { readonly room: Room; readonly onClose: () => void }): JSX.Element {
  const words = useWords();
  const [shown, setShown] = useState<ShownInvitation>();
  const { joinCodes } = useEndpoint();
  const [codeId, setCodeId] = useState<string>();
  const step = useObservable(joinCodes.all).find(({ id }) => id === codeId)?.step;
  const { problem, attempt } = useAttempt();
  const [link] = shown?.links ?? [];
  return (
    <Sheet title={words.invite} onClose={onClose}>
      {link !== undefined && (
        <div class="stack tight">
          <QrCode text={pageLink(link)} label={words.inviteLink} />
          <CopyField label={words.inviteLink} text={pageLink(link)} />
          <p class="soft small">{words.inviteLinkHow}</p>
        </div>
      )}
      {step !== undefined && <CodeStep step={step} />}
      <div class="row">
        <Button
          look={link === undefined ? "main" : "plain"}
          onPress={attempt(async () => setShown(await room.invite()))}
        >
          {words.inviteLink}
        </Button>
        <Button onPress={attempt(async () => setCodeId(await joinCodes.create({ for: "room", room: room.id })))}>
          {words.inviteCode}
        </Button>
        {link !== undefined && (
          <Button
            look="bad"
            onPress={attempt(async () => {
              await room.revokeInvitations();
              setShown(undefined);
            })}
          >
            {words.takeBack}
          </Button>
        )}
      </div>
      {problem !== undefined && <Notice tone="bad">{problem}</Notice>}
    </Sheet>
  );
}

function CodeStep({ step }: { readonly step: JoinCodeStep }): JSX.Element | null {
  const words = useWords();
  const failures = useCodeFailures();
  switch (step.at) {
    case "show":
      return (
        <div class="stack tight" role="status">
          <p class="code">{step.code}</p>
          <p class="soft small">
            {words.inviteCodeHow} {words.until(new Date(step.expiresAt).toLocaleTimeString())}
          </p>
        </div>
      );
    case "done":
      return <Notice>{words.codeUsed}</Notice>;
    case "failed":
      return <Notice tone="bad">{failures[step.reason]}</Notice>;
    default:
      return (
        <p class="row" role="status">
          <span class="waiting" /> {words.codeProven}
        </p>
      );
  }
}

/** Opens this app; the invitation stays in the fragment, which no server sees. */
const pageLink = (link: string): string => `${location.origin}${location.pathname}${linkTo("rooms", "join", link)}`;
