/** Why a card cannot be given at a level as it is. */
import type { CardPreview } from "@kith/sdk";
import type { JSX } from "preact";
import { Notice } from "../../ui/notice.tsx";
import { useWords } from "./words.ts";

export function FaultNotice({ fault }: { readonly fault: CardPreview["faults"][number] }): JSX.Element {
  const words = useWords();
  const why = fault.fault === "field" ? fault.why : fault.fault;
  return <Notice tone="warn">{why === "nameless" ? words.previewNone : words.faults[why]}</Notice>;
}
