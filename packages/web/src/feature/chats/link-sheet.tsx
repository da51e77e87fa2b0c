/** Before another page opens: whose it is. */
import type { JSX } from "preact";
import { Sheet } from "../../ui/sheet.tsx";
import type { Link } from "./marked-text.tsx";
import { useWords } from "./words.ts";

interface LinkSheetProps {
  readonly link: Link;
  readonly onClose: () => void;
}

export function LinkSheet({ link, onClose }: LinkSheetProps): JSX.Element {
  const words = useWords();
  return (
    <Sheet title={words.openTitle} onClose={onClose}>
      <p>
        {words.openAt} <strong class="breaks mono">{link.host}</strong>
      </p>
      <p class="breaks small soft mono">{link.url}</p>
      <p class="small soft">{words.openHow}</p>
      <a class="button main" href={link.url} target="_blank" rel="noopener noreferrer nofollow" onClick={onClose}>
        {words.openYes}
      </a>
    </Sheet>
  );
}
