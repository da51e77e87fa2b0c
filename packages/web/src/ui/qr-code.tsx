/** A text as a QR code, and for those who cannot see it as text. */
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { type CodeLevel, codePath } from "./code-drawing.ts";

interface QrProps {
  readonly text: string;
  readonly label: string;
  /** Of error correction: what may be dirty or far away wants more. */
  readonly level?: CodeLevel;
}

export function QrCode({ text, label, level = "M" }: QrProps): JSX.Element {
  const { size, path } = useMemo(() => codePath(text, level), [text, level]);
  return (
    <div class="qr">
      <svg viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label} shape-rendering="crispEdges">
        <path d={path} fill="#000" />
      </svg>
    </div>
  );
}
