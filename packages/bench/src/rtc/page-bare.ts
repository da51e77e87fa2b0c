/** The platform's half in a page. */
import { halfOf } from "./half.ts";
import { meetBare } from "./meet-bare.ts";

Object.assign(globalThis, { half: halfOf(async () => meetBare(new RTCPeerConnection())) });
