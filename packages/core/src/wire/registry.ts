/**
 * Every number of every protocol, so that none is used twice (spec/SPEC.md, registry).
 * Layout after each; `var` is a varint length before the bytes.
 *
 * @module
 */

/** The protocol's version, one byte. A new algorithm or layout is a new version (DESIGN §4.1). */
export const VERSION = 1;

/** First byte of every message on a link. */
export const PACKET = {
  hello: 0x01, //      "kith" · u8 version min · u8 version max · var cookie · 16 B tag · noise message 1
  retry: 0x02, //      var cookie
  answer: 0x03, //     noise message 2
  confirm: 0x04, //    noise message 3
  resume: 0x05, //     u8 version · 16 B resume id · noise message 1
  resumed: 0x06, //    16 B resume id · noise message 2
  refuse: 0x07, //     u8 refusal code
  record: 0x10, //     u8 key phase · u16 path · u32 receiver's index · u64 counter · sealed frames
} as const;

/** First byte of every frame in an opened record. */
export const FRAME = {
  ping: 0x01, //        nothing; asks for an acknowledgement
  ack: 0x02, //         u16 path · varint largest · varint first range · varint count · (varint gap · varint length)*
  open: 0x03, //        varint channel · u8 class · var protocol · varint credit
  accept: 0x04, //      varint channel · varint credit
  data: 0x05, //        varint channel · varint offset · var bytes
  credit: 0x06, //      varint channel · varint largest offset allowed
  finish: 0x07, //      varint channel · varint final offset
  reset: 0x08, //       varint channel · u8 reset code
  close: 0x09, //       u8 close code
  pathProbe: 0x0a, //   8 B
  pathReply: 0x0b, //   8 B, the same
  received: 0x0c, //    varint count · (varint channel · varint offset)*
  channels: 0x0d, //    varint how many channels the peer may have opened in all
} as const;

/** Why a link message was not answered with a handshake. Coarse on purpose. */
export const REFUSAL = {
  version: 1, //     no common version
  busy: 2, //        too many half-open handshakes, or a pause: come back later
  closed: 3, //      nobody answers strangers now (privacy, no pairing open)
  unknown: 4, //     no such resume id: make a new handshake
} as const;

/** Why a session closed, as told to the other side. */
export const CLOSE = {
  done: 1, //            the application closed it
  goingAway: 2, //       the endpoint shuts down
  replaced: 3, //        a newer session of the same pair took over
  revoked: 4, //         trust ended
  protocolError: 5, //   an opened record broke the spec
  idle: 6, //            an idle link had to make room
  overloaded: 7, //      a limit was hit
  keyChanged: 8, //      the key does not match the pinned one
} as const;

/** Why a channel ended before its finish. */
export const RESET = {
  cancelled: 1, //       the application gave up
  refused: 2, //         nobody serves that protocol
  notAuthorized: 3, //   trust says no
  tooMany: 4, //         channel limit
  protocolError: 5, //   the channel's messages broke its protocol
} as const;

/** Scheduling class of a channel: the first always leaves before the second. */
export const CHANNEL_CLASS = { interactive: 0, bulk: 1 } as const;

/** Protocol names of the channels that Kith itself serves. */
export const PROTOCOL = { pair: "pair/1", chat: "chat/1", file: "file/1" } as const;
