/** The camera, which goes on: what is looked for may be in several codes. The same code is told once, until another came. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { Camera } from "./camera.tsx";

export function CodeWatch({ onText }: { readonly onText: (text: string) => void }): JSX.Element {
  const [last, setLast] = useState("");
  return (
    <Camera
      onText={(text) => {
        if (text !== last) onText(text);
        setLast(text);
        return false;
      }}
    />
  );
}
