/** Names and what is so, line by line. */
import { type ComponentChildren, Fragment, type JSX } from "preact";

interface FactTableProps {
  readonly facts: readonly (readonly [string, ComponentChildren])[];
  readonly isSmall?: boolean;
}

export function FactTable({ facts, isSmall = false }: FactTableProps): JSX.Element {
  return (
    <dl class={isSmall ? "facts small" : "facts"}>
      {facts.map(([name, fact]) => (
        <Fragment key={name}>
          <dt>{name}</dt>
          <dd>{fact}</dd>
        </Fragment>
      ))}
    </dl>
  );
}
