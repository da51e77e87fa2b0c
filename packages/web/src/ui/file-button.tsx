/** A button that asks for a file. */
import type { ComponentChildren, JSX } from "preact";
import { useRef } from "preact/hooks";
import { Button } from "./button.tsx";
import type { IconName } from "./icon.tsx";

interface FileButtonProps {
  /** As `image/*`. */
  readonly accept: string;
  readonly icon?: IconName;
  readonly children: ComponentChildren;
  readonly onFile: (file: File) => unknown;
}

export function FileButton({ accept, icon, children, onFile }: FileButtonProps): JSX.Element {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <Button {...(icon !== undefined && { icon })} onPress={() => input.current?.click()}>
        {children}
      </Button>
      <input
        ref={input}
        type="file"
        accept={accept}
        hidden
        onChange={({ currentTarget }) => {
          const [file] = currentTarget.files ?? [];
          currentTarget.value = ""; // the same file again is a change again
          if (file !== undefined) onFile(file);
        }}
      />
    </>
  );
}
