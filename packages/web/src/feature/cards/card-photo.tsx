/** A photo of a card, drawn anew by our own canvas: nothing but its pixels is shown, however it came. */
import { CARD_PHOTO_BYTES_MAX, CARD_PHOTO_PIXELS_MAX } from "@kith/core/card";
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { reencode } from "../../ui/picture.ts";
import { useFaceWords } from "./face-words.ts";

interface CardPhotoProps {
  readonly bytes: Uint8Array | undefined;
  readonly name: string;
}

export function CardPhotoView({ bytes, name }: CardPhotoProps): JSX.Element {
  const words = useFaceWords();
  const [url, setUrl] = useState<string>();
  useEffect(() => {
    let [made, isHere]: [string | undefined, boolean] = [undefined, true];
    void drawn(bytes).then((picture) => {
      if (!isHere || picture === undefined) return;
      made = URL.createObjectURL(picture);
      setUrl(made);
    });
    return () => {
      isHere = false;
      setUrl(undefined);
      if (made !== undefined) URL.revokeObjectURL(made);
    };
  }, [bytes]);
  return url === undefined ? (
    <p class="soft small">{words.noPhoto}</p>
  ) : (
    <img class="portrait" src={url} alt={words.photoOf(name)} />
  );
}

/** Of what we make to show, in this page alone. */
const SHOWN_BYTES_MAX = 1_048_576;

async function drawn(bytes: Uint8Array | undefined): Promise<Blob | undefined> {
  if (bytes === undefined || bytes.length > CARD_PHOTO_BYTES_MAX) return undefined;
  // Measured before anything decodes it: 64 kB can unfold to gigabytes.
  const picture = await reencode(new Blob([bytes.slice()]), SHOWN_BYTES_MAX, CARD_PHOTO_PIXELS_MAX);
  return picture && new Blob([picture.bytes.slice()], { type: "image/webp" });
}
