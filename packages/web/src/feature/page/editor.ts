/**
 * CodeMirror over the room's text. It lives in a shadow root: there its styles are sheets that a script made, which the
 * page's policy allows, and no `<style>`, which it does not.
 *
 * @module
 */
import { defaultKeymap, indentWithTab } from "@codemirror/commands";
import { markdown } from "@codemirror/lang-markdown";
import { defaultHighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { EditorState } from "@codemirror/state";
import { drawSelection, EditorView, keymap, lineNumbers, placeholder } from "@codemirror/view";
import type { KithProvider } from "@kith/sdk/yjs";
import { yCollab, yUndoManagerKeymap } from "y-codemirror.next";
import { UndoManager } from "yjs";

/** Ends with the function that it gives. */
export function openEditor(
  host: HTMLElement,
  { doc, awareness }: KithProvider,
  { label, undos }: { readonly label: string; readonly undos: WeakMap<object, UndoManager> },
): () => void {
  const root = host.shadowRoot ?? host.attachShadow({ mode: "open" });
  const text = doc.getText("text");
  const undoManager = undos.get(doc) ?? new UndoManager(text); // what one did before one was elsewhere can still be undone
  undos.set(doc, undoManager);
  const view = new EditorView({
    ...{ root, parent: root },
    state: EditorState.create({
      doc: text.toString(),
      extensions: [
        ...[lineNumbers(), drawSelection(), EditorView.lineWrapping, placeholder("…")],
        ...[markdown(), syntaxHighlighting(defaultHighlightStyle), theme],
        EditorView.contentAttributes.of({ "aria-label": label }),
        keymap.of([...yUndoManagerKeymap, ...defaultKeymap, indentWithTab]),
        yCollab(text, awareness, { undoManager }),
      ],
    }),
  });
  return () => {
    view.destroy();
    awareness.setLocalStateField("cursor", null);
  };
}

const theme = EditorView.theme({
  "&": { height: "100%", color: "var(--ink)", backgroundColor: "var(--sheet)" },
  "&.cm-focused": { outline: "2px solid var(--focus)", outlineOffset: "-2px" },
  ".cm-scroller": { fontFamily: "var(--text)", lineHeight: "1.6" },
  ".cm-gutters": { backgroundColor: "var(--sunk)", color: "var(--ink-soft)", border: "0" },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
  ".cm-ySelectionInfo": { opacity: "1", fontFamily: "var(--text)" },
});
