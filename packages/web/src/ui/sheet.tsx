/** A dialog over the page: the browser's own, so that focus stays in it and Escape closes it. */
import type { ComponentChildren, JSX } from "preact";
import { useId, useLayoutEffect, useRef } from "preact/hooks";
import { Button } from "./button.tsx";
import { wordsIn } from "./language.ts";

const useWords = wordsIn({ en: { close: "Close" }, de: { close: "Schließen" } });

interface SheetProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}

export function Sheet({ title, onClose, children }: SheetProps): JSX.Element {
  const words = useWords();
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  const isGone = useRef(false);
  // Before the dialog leaves the page, or for a moment nothing has the focus.
  useLayoutEffect(() => {
    const before = document.activeElement;
    const shown = dialog.current;
    shown?.showModal();
    return () => {
      isGone.current = true;
      shown?.close(); // nothing outside takes the focus before
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  // At once: the browser's own `close` comes later, and would end what was opened in between.
  const cancel = (event: Event): void => {
    event.preventDefault();
    onClose();
  };
  return (
    <dialog
      class="sheet"
      ref={dialog}
      aria-labelledby={titleId}
      onCancel={cancel}
      onClose={() => isGone.current || onClose()}
    >
      <div class="stack">
        <header class="row apart">
          <h2 id={titleId} class="grow">
            {title}
          </h2>
          <Button look="bare" icon="close" label={words.close} onPress={onClose} />
        </header>
        {children}
      </div>
    </dialog>
  );
}
