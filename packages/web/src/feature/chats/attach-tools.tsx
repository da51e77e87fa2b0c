/** Beside where one writes: files and the microphone. */
import type { JSX } from "preact";
import { useEffect, useReducer, useRef, useState } from "preact/hooks";
import { Button } from "../../ui/button.tsx";
import { useAttachmentWords } from "./attachment-words.ts";
import { type Recording, record } from "./recorder.ts";
import type { Attaching } from "./use-attach.ts";
import { clock } from "./voice-player.tsx";

const SECOND_MS = 1_000;

export function AttachTools({ attaching }: { readonly attaching: Attaching }): JSX.Element {
  const words = useAttachmentWords();
  const input = useRef<HTMLInputElement>(null);
  const [recording, setRecording] = useState<Recording & { readonly since: number }>();
  const running = useRef<Recording>(undefined);
  running.current = recording;
  useEffect(() => () => void running.current?.stop(), []); // who goes elsewhere is not listened to
  const begin = async (): Promise<void> => {
    attaching.complain(undefined);
    const begun = await record();
    if (typeof begun === "string") return attaching.complain(words.microphone[begun]);
    setRecording({ ...begun, since: performance.now() });
  };
  const end = async (isSent: boolean): Promise<void> => {
    if (recording === undefined) return;
    const length = performance.now() - recording.since;
    setRecording(undefined);
    const sound = await recording.stop();
    if (isSent) await attaching.attachVoice(sound, length);
  };
  if (recording !== undefined)
    return (
      <>
        <Button look="bare" icon="bin" label={words.drop} onPress={() => end(false)} />
        <Elapsed since={recording.since} />
        <Button look="main" icon="send" label={words.sendVoice} onPress={() => end(true)} />
      </>
    );
  return (
    <>
      <Button
        {...{ look: "bare", icon: "attach", label: words.attach, isDisabled: attaching.isBusy }}
        onPress={() => input.current?.click()}
      />
      <input
        {...{ ref: input, type: "file", multiple: true, hidden: true, "aria-label": words.attach }}
        onChange={({ currentTarget }) => {
          attaching.attach([...(currentTarget.files ?? [])]);
          currentTarget.value = ""; // the same file again is a change again
        }}
      />
      <Button {...{ look: "bare", icon: "voice", label: words.voice, isDisabled: attaching.isBusy }} onPress={begin} />
    </>
  );
}

function Elapsed({ since }: { readonly since: number }): JSX.Element {
  const words = useAttachmentWords();
  const [, redraw] = useReducer<number, undefined>((count) => count + 1, 0);
  useEffect(() => {
    const timer = setInterval(() => redraw(undefined), SECOND_MS / 4);
    return () => clearInterval(timer);
  }, []);
  return (
    <span class="row small elapsed" role="timer" aria-label={words.recording}>
      {clock((performance.now() - since) / SECOND_MS)}
    </span>
  );
}
