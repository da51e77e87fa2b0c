/**
 * A look at what came, for what is safe to look at: pictures, drawn anew by our own canvas, so that nothing but their pixels is
 * shown. Everything else is for saving.
 */
import type { PageFiles, ReceivedFile } from "@kith/sdk/web";
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Button } from "../../ui/button.tsx";
import { Notice } from "../../ui/notice.tsx";
import { reencode } from "../../ui/picture.ts";
import { useWords } from "./words.ts";

const PICTURE = /\.(png|jpe?g|webp|gif)$/i;
/** Of the file, and of what is drawn. */
const FILE_BYTES_MAX = 32 * 1_048_576;
const SHOWN_BYTES_MAX = 1_048_576;

interface PreviewProps {
  readonly file: ReceivedFile;
  readonly files: PageFiles;
}

export function Preview({ file, files }: PreviewProps): JSX.Element | null {
  const words = useWords();
  const [url, setUrl] = useState<string>();
  const [isRefused, setRefused] = useState(false);
  useEffect(() => () => url && URL.revokeObjectURL(url), [url]);
  if (!PICTURE.test(file.name) || file.bytes > FILE_BYTES_MAX) return null;
  const show = async (): Promise<void> => {
    const picture = await reencode(await files.open(file.id), SHOWN_BYTES_MAX);
    setRefused(picture === undefined);
    if (picture !== undefined) setUrl(URL.createObjectURL(new Blob([picture.bytes as Uint8Array<ArrayBuffer>])));
  };
  if (url === undefined)
    return (
      <span>
        <Button look="bare" icon="image" onPress={show}>
          {words.show}
        </Button>
        {isRefused && <Notice tone="warn">{words.notShown}</Notice>}
      </span>
    );
  return <img class="preview" src={url} alt={file.name} />;
}
