/**
 * What a browser is told to hold our pages to. Nothing but what we serve runs, nothing of ours goes into a frame, and no
 * text becomes a script.
 *
 * @module
 */

/** Of every page of ours. */
const STRICT = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "font-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
];

/**
 * `connect-src` names no host: a person's relays are theirs to choose, by WebSocket and for what they are asked by HTTP
 * (spec/relay-http.md, docs/adr/0038).
 */
const APP = [
  "style-src-attr 'unsafe-inline'", // of cursors in the editor, whose colours are ours: no style of a peer's is used
  "img-src 'self' blob: data:",
  "media-src blob:",
  "connect-src 'self' ws: wss: http: https:",
  "worker-src 'self'",
  "manifest-src 'self'",
  "trusted-types kith",
];

/** A card and its photo, from the host that the link names: the one that serves the page. */
const CARD_PAGE = ["img-src 'self' blob:", "connect-src 'self'", "trusted-types 'none'"];

const headers = (policy: readonly string[], permissions: string): Readonly<Record<string, string>> => ({
  "Content-Security-Policy": [...STRICT, ...policy].join("; "),
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Permissions-Policy": permissions,
});

export const APP_HEADERS: Readonly<Record<string, string>> = headers(
  APP,
  "camera=(self), microphone=(self), geolocation=(), payment=(), usb=()",
);
export const CARD_PAGE_HEADERS: Readonly<Record<string, string>> = headers(
  CARD_PAGE,
  "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
);
