/** Sends files with a message: pictures drawn anew, recordings, anything else as it is. */
import type { ChatAttachment } from "@kith/sdk";
import { useState } from "preact/hooks";
import { useRunning } from "../../store/endpoint-context.ts";
import { useAttempt } from "../../store/use-attempt.ts";
import { reencode } from "../../ui/picture.ts";
import { useAttachmentWords } from "./attachment-words.ts";
import { harmlessLine } from "./harmless.ts";
import type { Talk } from "./talk.ts";

const PICTURE_BYTES_MAX = 1_048_576;
/** Names have 255 bytes at most; a character has four. */
const NAME_MAX = 60;
const MEDIA_TYPE = /^[\w.+-]+\/[\w.+-]+$/;

/** Gives a file to whoever is meant, and says by what it is found. */
export type Offer = (path: string) => Promise<Pick<ChatAttachment, "source" | "reference">>;

type Facts = Partial<Pick<ChatAttachment, "kind" | "width" | "height" | "duration">>;

export interface Attaching {
  readonly problem: string | undefined;
  readonly isBusy: boolean;
  readonly attach: (files: readonly File[]) => void;
  readonly attachVoice: (recording: Blob, durationMs: number) => Promise<void>;
  readonly complain: (problem: string | undefined) => void;
}

export function useAttach(offer: Offer, say: Talk["say"]): Attaching {
  const words = useAttachmentWords();
  const { files, desk } = useRunning();
  const { problem, attempt } = useAttempt();
  const [complaint, complain] = useState<string>();
  const [busy, setBusy] = useState(0);
  const send = async (file: File, facts: Facts): Promise<void> => {
    if (files === undefined) return complain(words.noPlace);
    const found = await offer(await files.add(file));
    const type = file.type.split(";")[0] ?? "";
    const attachment: ChatAttachment = {
      ...{ kind: "file", width: 0, height: 0, duration: 0 },
      ...{ name: file.name, size: file.size, mediaType: MEDIA_TYPE.test(type) ? type : "" },
      ...facts,
      ...found,
    };
    if (attachment.kind !== "file") desk.putSent(found.reference, file);
    await say("", { attachment });
  };
  const sendOne = async (file: File): Promise<void> => {
    const name = harmlessLine(file.name).slice(-NAME_MAX) || "file";
    if (!file.type.startsWith("image/")) return send(new File([file], name, { type: file.type }), {});
    const picture = await reencode(file, PICTURE_BYTES_MAX);
    if (picture === undefined) return complain(words.noPicture(name));
    const { bytes, width, height } = picture;
    const drawn = new File([bytes as Uint8Array<ArrayBuffer>], `${name.replace(/\.\w+$/, "")}.webp`, {
      type: "image/webp",
    });
    return send(drawn, { kind: "image", width, height });
  };
  const busily = async (work: () => Promise<void>): Promise<void> => {
    complain(undefined);
    setBusy((count) => count + 1);
    await attempt(work)().finally(() => setBusy((count) => count - 1));
  };
  return {
    problem: complaint ?? problem,
    isBusy: busy > 0,
    complain,
    attach: (all) =>
      void busily(async () => {
        for (const file of all) await sendOne(file);
      }),
    attachVoice: (recording, durationMs) =>
      busily(() => {
        const { type } = recording;
        const name = `voice.${type.includes("mp4") ? "m4a" : type.includes("ogg") ? "ogg" : "webm"}`;
        return send(new File([recording], name, { type }), { kind: "voice", duration: Math.round(durationMs) });
      }),
  };
}
