/**
 * The English words of what the doctor of a page finds. `{who}`, `{relay}`, `{way}`, `{count}`, `{off}` and `{side}` are
 * filled in.
 *
 * @module
 */
import type { Finding } from "../doctor/finding.ts";
import type { PageCode } from "./doctor-code.ts";

const SOCKET_FIX =
  "A proxy, a firewall or an extension of the browser stops them: allow WebSockets for this address, turn the extension off here, or use another network. With https most let them through.";

export const PAGE_FINDINGS: Readonly<Record<PageCode, Finding>> = {
  // --- the network, and who served the page
  online: { check: "online", verdict: "good", words: "The browser says that there is a network." },
  offline: {
    check: "online",
    verdict: "bad",
    words: "The browser says that there is no network.",
    fix: "Turn off flight mode, join a Wi-Fi network or plug in a cable. What you write until then waits, and is sent by itself.",
  },
  "offline-beyond": {
    check: "online",
    verdict: "warn",
    words: "The browser says that there is no network beyond this device.",
    fix: "To reach others turn off flight mode, join a Wi-Fi network or plug in a cable.",
  },
  "websocket-blocked": {
    check: "websocket",
    verdict: "bad",
    words: "Pages come through from where this one was served, and WebSockets do not.",
    fix: SOCKET_FIX,
  },
  "node-here": {
    check: "node",
    verdict: "good",
    words: "The node that served this page is there, and shows it the network around.",
  },
  "node-connecting": {
    check: "node",
    verdict: "unknown",
    words: "The node that served this page has not answered yet.",
    fix: "Look again in a few seconds.",
  },
  "node-gone": {
    check: "node",
    verdict: "bad",
    words:
      "What served this page is gone: nobody is seen on its network, and nobody is met at its relay. Those who are linked by WebRTC stay linked.",
    fix: "Start Kith there again (`kith up`, or `npm start`), or join its network. Until then people are met at other relays alone.",
  },
  "node-refuses": {
    check: "node",
    verdict: "warn",
    words: "The node that served this page does not show it the network around.",
    fix: "It does so for eight pages of a device at once: close some. Then load this page again.",
  },
  "node-none": {
    check: "node",
    verdict: "good",
    words: "What served this page shows no network around: people are met at relays alone.",
  },
  // --- relays and clock
  "relay-none": {
    check: "relay",
    verdict: "warn",
    words: "No relay is used: nobody beyond this network is met.",
    fix: "Add one in the settings. Two people need one relay in common.",
  },
  "relay-right": { check: "relay", verdict: "good", words: "{relay} can be reached, and its key is the right one." },
  "relay-new": { check: "relay", verdict: "good", words: "{relay} can be reached, and its key was not known before." },
  "relay-entering": {
    check: "relay",
    verdict: "unknown",
    words: "{relay} can be reached, and has not let us in yet.",
    fix: "Look again in a few seconds.",
  },
  "relay-busy": {
    check: "relay",
    verdict: "warn",
    words: "{relay} can be reached, but does not let us in now.",
    fix: "It is tried again by itself. If it stays so, ask the relay's owner.",
  },
  "relay-unwelcome": {
    check: "relay",
    verdict: "bad",
    words: "{relay} lets in only whom its owner invited.",
    fix: "Ask its owner for an address with a pass, and add the relay by that one.",
  },
  "relay-elsewhere": {
    check: "relay",
    verdict: "warn",
    words: "{relay} let us go, because the same identity came from elsewhere.",
    fix: "Use an identity in one place at a time: close it on the other device.",
  },
  "relay-silent": {
    check: "relay",
    verdict: "bad",
    words: "{relay} does not answer.",
    fix: "Check whether this device is online, whether the address is right and whether the relay runs. A browser does not say more: `kith doctor` on a computer of the same network does.",
  },
  "relay-forbidden": {
    check: "relay",
    verdict: "bad",
    words: "{relay} is without TLS, and the browser lets a page that came over https use only relays with it.",
    fix: "Add the relay by its wss:// address, if it has one; or open this page over http on the device itself.",
  },
  "relay-mute": {
    check: "relay",
    verdict: "bad",
    words: "The WebSocket to {relay} comes up, but nothing comes through.",
    fix: SOCKET_FIX,
  },
  "relay-stranger": {
    check: "relay",
    verdict: "bad",
    words: "{relay} takes WebSockets, but speaks no Kith.",
    fix: "Check the address.",
  },
  "relay-unproven": {
    check: "relay",
    verdict: "bad",
    words: "{relay} does not prove its key: it is no relay, or somebody stands in between.",
    fix: "Use another network, or ask the relay's owner.",
  },
  "relay-changed": {
    check: "relay",
    verdict: "bad",
    words: "{relay} has another key than it had: nothing is said to it.",
    fix: "Ask its owner, not over this network, whether the relay got a new key. If so, add its address with the new key after #; if not, somebody stands in between.",
  },
  "clock-right": { check: "clock", verdict: "good", words: "The clock agrees with the others that were asked." },
  "clock-unasked": {
    check: "clock",
    verdict: "unknown",
    words: "Nobody could be asked for the time.",
    fix: "See whether the date and time of this device are right.",
  },
  "clock-past": {
    check: "clock",
    verdict: "bad",
    words: "The clock of this device is far in the past.",
    fix: "Set the date and time, best automatically: grants and invitations of others fail with a wrong clock.",
  },
  "clock-future": {
    check: "clock",
    verdict: "bad",
    words: "The clock of this device is far in the future.",
    fix: "Set the date and time, best automatically: grants and invitations of others fail with a wrong clock.",
  },
  "clock-near": {
    check: "clock",
    verdict: "warn",
    words: "The clock of this device is {off} {side} that of {relay}.",
    fix: "One of the two is wrong. Set the date and time here, best automatically.",
  },
  "clock-off": {
    check: "clock",
    verdict: "bad",
    words: "The clock of this device is {off} {side} that of {relay}: grants and invitations fail.",
    fix: "Set the date and time here, best automatically; if they are right, tell the relay's owner.",
  },
  "clock-behind": {
    check: "clock",
    verdict: "bad",
    words: "The clock is behind what was seen before, and grants fail.",
    fix: "Set the date and time, best automatically. If they are right now, say so.",
  },
  // --- straight ways
  "lan-allowed": { check: "permission", verdict: "good", words: "This page may use the local network." },
  "lan-asks": {
    check: "permission",
    verdict: "good",
    words: "The browser asks you when this page wants to use the local network.",
  },
  "lan-denied": {
    check: "permission",
    verdict: "bad",
    words:
      "The browser does not let this page use the local network: whoever is near is reached the long way, or not at all.",
    fix: "Open the sign before the page's address, allow the local network, and load the page again.",
  },
  "lan-denied-inside": {
    check: "permission",
    verdict: "warn",
    words:
      "The browser does not let this page use the local network. The page came from there, so most works all the same; straight WebRTC may not.",
    fix: "Open the sign before the page's address, allow the local network, and load the page again.",
  },
  "lan-unknown": {
    check: "permission",
    verdict: "unknown",
    words: "This browser does not tell whether the page may use the local network.",
    fix: "On an iPhone, iPad or Mac the system decides: Settings, Privacy, Local Network, and there the browser.",
  },
  "webrtc-here": { check: "webrtc", verdict: "good", words: "WebRTC is there, and finds addresses of this device." },
  "webrtc-missing": {
    check: "webrtc",
    verdict: "warn",
    words: "This browser has no WebRTC, or something has taken it: there are no straight ways beyond the node.",
    fix: "Use a browser that has it, or turn off the extension or setting that stops it. What is said goes over relays until then, and they cannot read it.",
  },
  "webrtc-hidden": {
    check: "webrtc",
    verdict: "warn",
    words: "The browser gives WebRTC no address of this device: no straight way begins here.",
    fix: "A setting, a policy or an extension (“WebRTC leak”, a VPN) keeps addresses back: allow them for this page.",
  },
  "udp-through": {
    check: "udp",
    verdict: "good",
    words: "UDP goes out and answers come back. What kind of router is in between a page cannot tell.",
  },
  "udp-turned": {
    check: "udp",
    verdict: "warn",
    words: "UDP does not go out, but the server that a relay lends is reached over TCP.",
    fix: "Nothing is broken, it is only slower. For straight ways allow outgoing UDP in the firewall, or use another network.",
  },
  "udp-blocked": {
    check: "udp",
    verdict: "warn",
    words: "No answer by UDP: this network, or a firewall here, lets none through.",
    fix: "Relays go on without it. For straight ways to other networks allow outgoing UDP, or use another network.",
  },
  "udp-unclear": {
    check: "udp",
    verdict: "unknown",
    words: "Servers outside were asked by UDP, and what came back tells nothing.",
  },
  "udp-unasked": {
    check: "udp",
    verdict: "unknown",
    words:
      "Whether UDP goes out only a server outside can tell, and no relay in use lends one (TURN). What kind of router is in between stays unknown too.",
  },
  // --- what the browser keeps
  secure: { check: "page", verdict: "good", words: "This page came over https, or from this device." },
  insecure: {
    check: "page",
    verdict: "warn",
    words:
      "This page came over http: who can change packets on the way can change it. The browser keeps no identity for it, gives it no camera, and does not open it without network.",
    fix: "Open it at http://localhost on the device that serves it, or serve it over https.",
  },
  "opens-offline": { check: "page", verdict: "good", words: "The page opens without network." },
  "needs-network": {
    check: "page",
    verdict: "warn",
    words: "The page does not open without network: the browser does not keep it yet.",
    fix: "Load it once more while what serves it is there. A private window keeps nothing.",
  },
  "storage-none": {
    check: "storage",
    verdict: "good",
    words: "This identity lives for one visit: nothing is kept, and nothing can be cleared away.",
  },
  "storage-kept": { check: "storage", verdict: "good", words: "The browser does not clear away what is kept here." },
  "storage-clearable": {
    check: "storage",
    verdict: "warn",
    words: "The browser may clear away what is kept here, the identity too, when space runs short.",
    fix: "Install the page as an app, or set a bookmark, and ask the browser again. And export the identity.",
  },
  "storage-full": {
    check: "storage",
    verdict: "warn",
    words: "Nearly all of the space that the browser gives is used: files, and later messages, will find none.",
    fix: "Delete received files that you have saved elsewhere, or free space on this device.",
  },
  "tabs-more": {
    check: "tabs",
    verdict: "good",
    words: "It is open in more tabs ({count}): they wait, and this one has the identity.",
  },
  // --- people
  "way-webrtc": {
    check: "contact",
    verdict: "good",
    words: "{who}: straight, over WebRTC. There is no better way.",
  },
  "way-node": {
    check: "contact",
    verdict: "good",
    words:
      "{who}: on this network, over the node that served this page, which cannot read it. A page has no better way.",
  },
  "way-straight": { check: "contact", verdict: "good", words: "{who}: straight. There is no better way." },
  "way-no-webrtc": {
    check: "contact",
    verdict: "warn",
    words: "{who}: {way}. This browser has no WebRTC for a straight way.",
    fix: "See “webrtc” above. Nobody on the way can read what is said.",
  },
  "way-lan-denied": {
    check: "contact",
    verdict: "warn",
    words: "{who}: {way}. It is near, but the browser does not let this page use the local network.",
    fix: "See “permission” above.",
  },
  "way-udp-blocked": {
    check: "contact",
    verdict: "warn",
    words: "{who}: {way}. Straight ways need UDP, which does not go out here.",
    fix: "See “udp” above. Nobody on the way can read what is said.",
  },
  "way-near": {
    check: "contact",
    verdict: "warn",
    words: "{who}: {way}. It is on this network, but the two find no straight way.",
    fix: "The access point may keep devices apart (“client isolation”), or a firewall on one of them drops UDP. Look here on the other device too.",
  },
  "way-apart": {
    check: "contact",
    verdict: "warn",
    words: "{who}: {way}. It is on another network, and no straight way between the two was found.",
    fix: `Nothing is broken. A straight way needs one network or VPN for both, or a relay that lends a server for it (TURN).`,
  },
  "way-lost": {
    check: "contact",
    verdict: "warn",
    words: "{who}: the way that was used is gone, and no other was found yet.",
    fix: "It goes on by itself, with nothing lost, as soon as one is found. If it stays so, begin with what is above.",
  },
  "contact-near": {
    check: "contact",
    verdict: "warn",
    words: "{who}: seen on this network, and not connected.",
    fix: "Open the chat: that tries it. If it stays so, a firewall on one of the two is in the way.",
  },
  "contact-no-relay": {
    check: "contact",
    verdict: "unknown",
    words: "{who}: not seen on this network, and no relay is used by which it could be met.",
    fix: "If it is elsewhere, both need a relay, best the same one.",
  },
  "contact-relays-away": {
    check: "contact",
    verdict: "warn",
    words: "{who}: not seen on this network, and no relay can be used now.",
    fix: "See “relay” above. What you write waits until then.",
  },
  "contact-absent": {
    check: "contact",
    verdict: "unknown",
    words: "{who}: neither on this network nor at a relay that is used here. It is off, or uses other relays.",
    fix: "What you write waits. Two people need one relay in common to meet.",
  },
  "member-absent": {
    check: "member",
    verdict: "unknown",
    words: "{who}: nobody in the room has a way to it now. It is off, or uses other relays.",
    fix: "What was said is told to it when it is back, as far as the room's history reaches.",
  },
  "people-more": {
    check: "contact",
    verdict: "unknown",
    words: "And {count} more people.",
  },
};
