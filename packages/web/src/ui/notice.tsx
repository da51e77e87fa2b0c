/** What a person should know now, and what they can do about it. */
import type { ComponentChildren, JSX } from "preact";
import { Icon, type IconName } from "./icon.tsx";

interface NoticeProps {
  readonly tone?: "calm" | "warn" | "bad";
  readonly children: ComponentChildren;
}

export const Notice = ({ tone = "calm", children }: NoticeProps): JSX.Element => (
  <div class={`notice ${tone}`} role={tone === "bad" ? "alert" : "status"}>
    {children}
  </div>
);

interface EmptyProps {
  readonly icon: IconName;
  readonly title: string;
  readonly children?: ComponentChildren;
}

/** Where there is nothing yet: what would be here, and how it comes. */
export const Empty = ({ icon, title, children }: EmptyProps): JSX.Element => (
  <div class="empty">
    <Icon name={icon} />
    <h2>{title}</h2>
    {children}
  </div>
);
