/**
 * The numbers of the way from a page through its node to the LAN (spec/lan.md §3). Layout after each; `var` and `text` as
 * in `registry.ts`.
 *
 * @module
 */

/** First byte of a message between a page and the node that served it (spec/lan.md §3). */
export const LAN_MESSAGE = {
  listen: 0x01, //          nothing
  announce: 0x02, //        text name · u8 count · (8 B)*
  hush: 0x03, //            nothing
  refresh: 0x04, //         nothing
  doubt: 0x05, //           text key
  ping: 0x06, //            nothing
  unlisten: 0x07, //        nothing
  dial: 0x10, //            u32 link · u8 count · (text address)*
  authenticated: 0x11, //   u32 link
  packet: 0x20, //          u32 link · packet
  credit: 0x21, //          u32 link · u32 bytes
  end: 0x22, //             u32 link · u8 end
  seen: 0x81, //            text key · u8 count · (text address)* · text name · u64 wall time · u8 count · (8 B)*
  lost: 0x82, //            text key
  listening: 0x83, //       u16 port · u8 count · (text host)*
  pong: 0x84, //            nothing
  up: 0x90, //              u32 link · text remote · text address
} as const;

/** Why a link of a page is over, or never came up (spec/lan.md §3). */
export const LAN_END = {
  closed: 1, //      whoever says it, or the peer, closed it in good order
  network: 2, //     it broke, or nobody answered
  violation: 3, //   the peer broke the framing or the limits for strangers
  refused: 4, //     no address of it is sighted
  full: 5, //        as many links as there may be
} as const;
