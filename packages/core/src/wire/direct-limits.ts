/**
 * Bounds of meeting without a server (spec/direct.md).
 *
 * @module
 */
import { type Duration, seconds } from "../lib/time.ts";

/** Of an offer or answer as text: one QR code that a phone reads from another's screen. */
export const DIRECT_TEXT_CHARS_MAX = 350;
export const DIRECT_CANDIDATES_MAX = 4;
/** ICE credentials. RFC 8445 wants 4 and 22 at least; browsers and libraries make 4 to 16, and 22 to 32. */
export const DIRECT_UFRAG_CHARS_MIN = 4;
export const DIRECT_UFRAG_CHARS_MAX = 16;
export const DIRECT_PWD_CHARS_MIN = 22;
export const DIRECT_PWD_CHARS_MAX = 40;
/** What both sides take in one message; no platform takes less. */
export const DIRECT_MESSAGE_BYTES_MAX = 65_536;
/** How long a side looks for addresses of its own before it shows those that it has. */
export const DIRECT_GATHER_TIMEOUT: Duration = seconds(3);
/** From the answer, at the side that offered, to a session. */
export const DIRECT_CONNECT_TIMEOUT: Duration = seconds(20);
