/** A picture that came: drawn anew by our own canvas, so that nothing but its pixels is shown. */
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { reencode } from "../../ui/picture.ts";
import { useAttachmentWords } from "./attachment-words.ts";

const FILE_BYTES_MAX = 16 * 1_048_576;
const SHOWN_BYTES_MAX = 1_048_576;

interface SeenPictureProps {
  readonly open: () => Promise<Blob>;
  readonly name: string;
}

export function SeenPicture({ open, name }: SeenPictureProps): JSX.Element {
  const words = useAttachmentWords();
  const [url, setUrl] = useState<string | "none">();
  useEffect(() => {
    let made: string | undefined;
    let isHere = true;
    void drawn(open).then((picture) => {
      if (!isHere) return;
      made = picture && URL.createObjectURL(picture);
      setUrl(made ?? "none");
    });
    return () => {
      isHere = false;
      if (made !== undefined) URL.revokeObjectURL(made);
    };
  }, []);
  if (url === undefined) return <span class="waiting" />;
  return url === "none" ? <p class="soft small">{words.notShown}</p> : <img class="picture" src={url} alt={name} />;
}

async function drawn(open: () => Promise<Blob>): Promise<Blob | undefined> {
  const file = await open().catch(() => undefined);
  if (file === undefined || file.size > FILE_BYTES_MAX) return undefined;
  const picture = await reencode(file, SHOWN_BYTES_MAX); // measures it before anything decodes it
  return picture && new Blob([picture.bytes as Uint8Array<ArrayBuffer>]);
}
