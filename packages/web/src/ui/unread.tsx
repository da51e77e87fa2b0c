/** How much is new; nothing where nothing is. `label` says it to who does not see where it stands. */
import type { JSX } from "preact";

interface UnreadProps {
  readonly count: number;
  readonly label: string;
}

export const Unread = ({ count, label }: UnreadProps): JSX.Element | null =>
  count === 0 ? null : (
    <span class="badge count">
      <span aria-hidden="true">{count}</span>
      <span class="unseen">{label}</span>
    </span>
  );
