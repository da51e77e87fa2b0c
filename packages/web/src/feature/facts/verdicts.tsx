/** The check list: each with what came of it, and why. */
import type { ShowCheck } from "@kith/sdk";
import type { JSX } from "preact";
import { Icon } from "../../ui/icon.tsx";
import { useCheckWords } from "./check-words.ts";

interface VerdictsProps {
  readonly checks: readonly ShowCheck[];
  /** Not made for us, and whoever has it is unknown: then some passed for other reasons. */
  readonly isCode: boolean;
}

const ICONS = { passed: "check", failed: "close", notChecked: "more" } as const;

export function Verdicts({ checks, isCode }: VerdictsProps): JSX.Element {
  const words = useCheckWords();
  const saidOf = ({ name, state, fault }: ShowCheck): string => {
    if (fault !== undefined) return words.faults[fault];
    if (state === "notChecked") return words.open[name];
    return isCode ? { ...words.checks, ...words.ofCode }[name] : words.checks[name];
  };
  return (
    <section class="stack tight" aria-label={words.list}>
      <h2 class="label">{words.list}</h2>
      <ul class="verdicts">
        {checks.map((check) => (
          <li key={check.name} class={check.state}>
            <Icon name={ICONS[check.state]} />
            <span class="grow">{saidOf(check)}</span>
            <span class="badge">{words.states[check.state]}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
