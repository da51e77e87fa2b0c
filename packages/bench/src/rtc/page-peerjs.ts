/** PeerJS's half in a page. */
import { halfOf } from "./half.ts";
import { meetPeerjs } from "./meet-peerjs.ts";

Object.assign(globalThis, { half: halfOf(meetPeerjs) });
