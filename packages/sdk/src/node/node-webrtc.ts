/**
 * WebRTC in Node, where the optional package `node-datachannel` is installed. Loaded with the first connection, and only
 * then: it takes a tenth of a second, 12 MB and threads of its own.
 *
 * What its release 0.33 needs is done where every platform needs it: references to connections and channels are held
 * as long as they live (what nobody refers to is closed), callbacks never throw (that would end the process), what a
 * peer says waits for the description that it belongs to, and the offerer says its addresses last. Here is done what it
 * alone needs: messages come before the end that follows them; name and password of a TURN server, which it puts into one URL
 * as they are and takes out decoded, go in encoded (the colon in a relay's would end the name); and TURN over TCP, which
 * it does not know, is left out, as it refuses a connection with such a server. It cannot restart ICE.
 *
 * @module
 */
import type { DataChannel } from "node-datachannel";
import type { RtcPeerConnection, WebRtcOptions } from "../webrtc/rtc-api.ts";

/** `undefined`: the package is not there. */
export function nodeWebRtc(options: Pick<WebRtcOptions, "iceServers"> = {}): WebRtcOptions | undefined {
  try {
    import.meta.resolve(PACKAGE);
  } catch {
    return undefined;
  }
  return { ...options, connect, canRestartIce: false };
}

const PACKAGE = "node-datachannel/polyfill";

/** Rejects where the package has no code for this machine. */
const connect: WebRtcOptions["connect"] = async ({ iceServers }) => {
  const [{ PeerConnection }, { RTCPeerConnection }] = await Promise.all([
    import("node-datachannel"),
    import("node-datachannel/polyfill"),
  ]);
  const usable = iceServers
    .map(({ urls, username, credential }) => ({
      urls: urls.filter(isUsable),
      ...(username === undefined ? {} : { username: encodeURIComponent(username) }),
      ...(credential === undefined ? {} : { credential: encodeURIComponent(credential) }),
    }))
    .filter(({ urls }) => urls.length > 0);
  const peerConnection = new PeerConnection("kith", {
    iceServers: usable.flatMap(({ urls, username, credential }) =>
      urls.map((url) => (username === undefined ? url : url.replace(":", `:${username}:${credential}@`))),
    ),
  });
  const watched = instead(peerConnection, {
    createDataChannel: (...options) => messagesFirst(peerConnection.createDataChannel(...options)),
  });
  return new RTCPeerConnection({ iceServers: usable, peerConnection: watched }) as RtcPeerConnection;
};

/**
 * What is called for messages has its place in the event loop before what is called for the end: there it is looked after
 * in the order in which it was first given, and what the end finds waiting behind it is dropped.
 */
function messagesFirst(channel: DataChannel): DataChannel {
  let take: Parameters<DataChannel["onMessage"]>[0] = () => {};
  channel.onMessage((message) => take(message));
  return instead(channel, {
    onMessage: (taker) => {
      take = taker;
    },
  });
}

/** `whole`, with some of its methods replaced: native objects are not written to, and their methods want to be called on them. */
function instead<T extends object>(whole: T, some: Partial<T>): T {
  return new Proxy(whole, {
    get: (target, name) => {
      const found: unknown = Object.hasOwn(some, name) ? Reflect.get(some, name) : Reflect.get(target, name);
      return typeof found === "function" && !Object.hasOwn(some, name) ? found.bind(target) : found;
    },
  });
}

const isUsable = (url: string): boolean => /^(stun|turn):/.test(url) && !/[?&]transport=tcp\b/i.test(url);
