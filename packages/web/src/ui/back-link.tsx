/** To the list that one came from: not needed where the list is beside it. */
import type { ComponentChildren, JSX } from "preact";
import { Icon } from "./icon.tsx";

interface BackLinkProps {
  readonly href: string;
  readonly children: ComponentChildren;
}

export const BackLink = ({ href, children }: BackLinkProps): JSX.Element => (
  <a class="button bare back" href={href}>
    <Icon name="back" /> {children}
  </a>
);
