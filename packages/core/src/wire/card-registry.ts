/**
 * Numbers of contact cards (spec/app-card.md, spec/registry-apps.md), a part of the registry.
 *
 * @module
 */

/** How much of a person a card shows; each level shows what the ones before it show. */
export const CARD_LEVEL = { public: 0, professional: 1, personal: 2 } as const;

/** What a field of a card is. The fields of a card stand in this order. */
export const CARD_FIELD = {
  name: 0, //     text · given · family · additional · prefix · suffix
  title: 1, //    text
  company: 2, //  text · unit
  email: 3, //    text · label
  phone: 4, //    text · label
  address: 5, //  street · city · region · code · country · label
  link: 6, //     text · label
  skill: 7, //    text
  photo: 8, //    32 B SHA-256 · bytes · format
  note: 9, //     text
} as const;

/** Format of a photo. */
export const CARD_PHOTO = { jpeg: 0, png: 1, webp: 2 } as const;

/** First byte of every message on a `card/1` channel. */
export const CARD_MESSAGE = {
  offer: 0x01, //    u8 level · u16 bytes of the card · u32 bytes of the photo, 0 if there is none
  card: 0x02, //     the signed card
  photo: 0x03, //    u32 offset · content
  accept: 0x10, //   u8 1 if the photo is wanted, else 0
  receipt: 0x11, //  u8 1 if it was kept, else 0
  stop: 0x20, //     u8 reason; either side
} as const;

/** Why a card that was offered did not reach its receiver, as told to the other side. */
export const CARD_STOP = {
  declined: 1, //    the receiver's person said no
  cancelled: 2, //   a person gave up, on the side that says it
  timeout: 3, //     nobody answered in time
  unfit: 4, //       what came is not what was offered
} as const;

/** What a share link holds: the share itself, or where it is kept. */
export const CARD_LINK = { whole: 1, kept: 2 } as const;
