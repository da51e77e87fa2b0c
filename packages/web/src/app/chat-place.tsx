/** Chats with contacts; below `#/chats/aside`, one-time ones. */
import type { JSX } from "preact";
import { Chats } from "../feature/chats/chats.tsx";
import { lazy } from "../ui/lazy.tsx";

const AsidePlace = lazy(async () => (await import("./aside-place.tsx")).AsidePlace);

export function ChatPlace({ path }: { readonly path: readonly string[] }): JSX.Element {
  const [what, id, code] = path;
  return what === "aside" ? <AsidePlace key={id} id={id} code={code} /> : <Chats path={path} />;
}
