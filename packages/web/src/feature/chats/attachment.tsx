/** A file that a message speaks of, or that somebody offers: what it is, how far it is, what can be done. */
import type { JSX } from "preact";
import { useRunning } from "../../store/endpoint-context.ts";
import { useAttempt } from "../../store/use-attempt.ts";
import { Button } from "../../ui/button.tsx";
import { amount } from "../../ui/bytes.ts";
import { Icon } from "../../ui/icon.tsx";
import { Notice } from "../../ui/notice.tsx";
import { useAttachmentWords } from "./attachment-words.ts";
import type { Carried } from "./carried.ts";
import { harmlessLine } from "./harmless.ts";
import { SeenPicture } from "./seen-picture.tsx";
import type { Line } from "./talk.ts";
import { VoicePlayer } from "./voice-player.tsx";

interface AttachmentProps {
  /** Absent: no message speaks of it. */
  readonly line?: Line;
  readonly carried: Carried;
}

export function Attachment({ line, carried }: AttachmentProps): JSX.Element {
  const words = useAttachmentWords();
  const { files, desk } = useRunning();
  const { problem, attempt } = useAttempt();
  const { state, bytes, bytesDone, bytesPerSecond, failure, received, take, refuse, stop } = carried;
  const { kind = "file", reference = "" } = line?.attachment ?? {};
  const sent = line?.isOurs === true ? desk.sent(reference) : undefined;
  const id = received?.id;
  const open = sent !== undefined ? async () => sent : id && files && (() => files.open(id));
  const name = harmlessLine(line?.attachment?.name ?? carried.name);
  const isOurs = line?.isOurs === true;
  const facts = [
    amount(bytes),
    state === "done" && isOurs ? words.arrived : words.states[state],
    state === "active" ? words.rate(amount(bytesPerSecond)) : "",
    failure ?? "",
  ];
  return (
    <div class="attachment">
      {open && kind === "image" && <SeenPicture key={id ?? "sent"} open={open} name={name} />}
      {open && kind === "voice" && (
        <VoicePlayer
          key={id ?? "sent"}
          open={open}
          type={line?.attachment?.mediaType ?? ""}
          durationMs={line?.attachment?.duration ?? 0}
        />
      )}
      <p class="row small">
        <Icon name={kind} />
        <bdi class="grow breaks">{name}</bdi>
      </p>
      <p class="soft small">{facts.filter((fact) => fact !== "").join(" · ")}</p>
      {(state === "active" || state === "waiting") && <progress max={bytes} value={bytesDone} aria-label={name} />}
      {problem !== undefined && <Notice tone="bad">{problem}</Notice>}
      <div class="row">
        {take && (
          <Button look="main" onPress={attempt(take)}>
            {refuse ? words.accept : words.fetch}
          </Button>
        )}
        {refuse && <Button onPress={attempt(refuse)}>{words.decline}</Button>}
        {stop && <Button onPress={attempt(stop)}>{words.cancel}</Button>}
        {id !== undefined && files && <Button onPress={attempt(() => files.save(id))}>{words.save}</Button>}
      </div>
    </div>
  );
}
