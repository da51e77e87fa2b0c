/** A button, or a link that looks like one. */
import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";
import { Icon, type IconName } from "./icon.tsx";

interface ButtonProps {
  readonly children?: ComponentChildren;
  /** Of a button that shows nothing but its sign. */
  readonly label?: string;
  /** Id of what says whom or what it is about, where several of them read the same. */
  readonly describedBy?: string;
  readonly icon?: IconName;
  readonly look?: "main" | "plain" | "bare" | "bad";
  readonly isDisabled?: boolean;
  readonly type?: "button" | "submit";
  /** While what it gives goes on, the button waits. */
  readonly onPress?: () => unknown;
}

export function Button(props: ButtonProps): JSX.Element {
  const { children, label, describedBy, icon, look = "plain", isDisabled, type, onPress } = props;
  const [isBusy, setBusy] = useState(false);
  const press = async (): Promise<void> => {
    const goesOn = onPress?.();
    if (!(goesOn instanceof Promise)) return;
    setBusy(true);
    await goesOn.finally(() => setBusy(false));
  };
  return (
    <button
      type={type ?? "button"}
      class={`button ${look}`}
      aria-label={label}
      aria-describedby={describedBy}
      title={label}
      disabled={isDisabled === true || isBusy}
      aria-busy={isBusy}
      onClick={onPress && (() => void press())}
    >
      {isBusy ? <span class="waiting" /> : icon !== undefined && <Icon name={icon} />}
      {children}
    </button>
  );
}

export const ButtonLink = ({
  href,
  icon,
  look = "plain",
  children,
}: {
  readonly href: string;
  readonly icon?: IconName;
  readonly look?: "main" | "plain" | "bare";
  readonly children: ComponentChildren;
}): JSX.Element => (
  <a class={`button ${look}`} href={href}>
    {icon !== undefined && <Icon name={icon} />}
    {children}
  </a>
);
