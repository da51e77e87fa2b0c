/** Plays a voice message. */
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Button } from "../../ui/button.tsx";
import { useAttachmentWords } from "./attachment-words.ts";

const SECOND_MS = 1_000;
/** What is played at all: recordings of browsers. */
const TYPES = ["audio/webm", "audio/ogg", "audio/mp4"] as const;

interface VoicePlayerProps {
  readonly open: () => Promise<Blob>;
  /** As the sender says. */
  readonly type: string;
  readonly durationMs: number;
}

export function VoicePlayer({ open, type, durationMs }: VoicePlayerProps): JSX.Element {
  const words = useAttachmentWords();
  const audio = useRef<HTMLAudioElement>(new Audio());
  const [isPlaying, setPlaying] = useState(false);
  const [at, setAt] = useState(0);
  useEffect(() => {
    const player = audio.current;
    player.ontimeupdate = () => setAt(player.currentTime);
    player.onplay = () => setPlaying(true);
    player.onpause = () => setPlaying(false);
    player.onended = () => setAt(0);
    return () => {
      player.pause();
      URL.revokeObjectURL(player.src);
    };
  }, []);
  const toggle = async (): Promise<void> => {
    const player = audio.current;
    if (!player.paused) return player.pause();
    if (player.src === "") {
      const known = TYPES.find((each) => type.startsWith(each)) ?? TYPES[0];
      const file = await open();
      player.src = URL.createObjectURL(file.slice(0, file.size, known));
    }
    await player.play();
  };
  const seconds = durationMs / SECOND_MS;
  return (
    <div class="row voice">
      <Button icon={isPlaying ? "pause" : "play"} label={isPlaying ? words.pause : words.play} onPress={toggle} />
      <input
        type="range"
        class="grow"
        {...{ min: 0, max: Math.max(seconds, 0.1), step: 0.1, value: at, "aria-label": words.position }}
        onInput={({ currentTarget }) => {
          audio.current.currentTime = currentTarget.valueAsNumber;
          setAt(currentTarget.valueAsNumber);
        }}
      />
      <span class="small mono">{clock(at > 0 ? at : seconds)}</span>
    </div>
  );
}

/** As `1:05`. */
export const clock = (seconds: number): string =>
  `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
