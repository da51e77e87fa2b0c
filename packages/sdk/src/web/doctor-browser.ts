/**
 * The doctor's look at the browser itself: where the page came from, what it may, what is kept.
 *
 * @module
 */
import { isPrivateHost } from "../relay-address.ts";
import { type PageFinding, pageFinding } from "./doctor-finding.ts";
import { type PageStorage, pageStorage } from "./page-contents.ts";
import { tabsWaiting } from "./tabs.ts";

export type Permission = "granted" | "denied" | "prompt" | "unknown";

export interface BrowserSeen {
  readonly isOnline: boolean;
  readonly isSecure: boolean;
  /** The page came from this device, or from a private network. */
  readonly isInside: boolean;
  /** A service worker keeps the page; `undefined`: it may not have one. */
  readonly isKept: boolean | undefined;
  readonly localNetwork: Permission;
  readonly storage: PageStorage;
  readonly tabsWaiting: number;
}

/** Names of one permission, as Chromium had it from 142 on and as the standard has it. */
const LOCAL_NETWORK = ["local-network-access", "local-network"];
/** So much of what the browser gives is nearly all. */
const FULL_SHARE = 0.95;

export async function lookAtBrowser(): Promise<BrowserSeen> {
  const { navigator, isSecureContext, location } = globalThis;
  const registration = isSecureContext ? await navigator.serviceWorker?.getRegistration() : undefined;
  return {
    isOnline: navigator.onLine,
    isSecure: isSecureContext,
    isInside: isPrivateHost(location.host),
    isKept: isSecureContext && "serviceWorker" in navigator ? registration?.active != null : undefined,
    localNetwork: await localNetworkPermission(),
    storage: await pageStorage(),
    tabsWaiting: await tabsWaiting(),
  };
}

async function localNetworkPermission(): Promise<Permission> {
  for (const name of LOCAL_NETWORK) {
    try {
      return (await navigator.permissions.query({ name: name as PermissionName })).state;
    } catch {
      // a name that this browser does not know, or no permissions to ask for
    }
  }
  return "unknown";
}

export function judgeBrowser(seen: BrowserSeen, isOneTime: boolean, isServed: boolean): PageFinding[] {
  const { isOnline, isSecure, isKept } = seen;
  return [
    pageFinding(isOnline ? "online" : isServed ? "offline-beyond" : "offline"),
    pageFinding(judgePermission(seen)),
    pageFinding(judgeStorage(seen, isOneTime)),
    pageFinding(isSecure ? "secure" : "insecure"),
    ...(isKept === undefined ? [] : [pageFinding(isKept ? "opens-offline" : "needs-network")]),
    ...(seen.tabsWaiting > 0 ? [pageFinding("tabs-more", { count: seen.tabsWaiting })] : []),
  ];
}

function judgePermission({ localNetwork, isInside }: BrowserSeen): PageFinding["code"] {
  switch (localNetwork) {
    case "granted":
      return "lan-allowed";
    case "prompt":
      return "lan-asks";
    case "denied":
      return isInside ? "lan-denied-inside" : "lan-denied";
    case "unknown":
      return "lan-unknown";
  }
}

function judgeStorage({ storage }: BrowserSeen, isOneTime: boolean): PageFinding["code"] {
  if (isOneTime) return "storage-none";
  if (storage.bytesMax > 0 && storage.bytesUsed > FULL_SHARE * storage.bytesMax) return "storage-full";
  return storage.isPersistent ? "storage-kept" : "storage-clearable";
}
