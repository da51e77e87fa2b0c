/**
 * Numbers of `credential/1` (spec/credential.md §9), a part of the registry.
 *
 * @module
 */

/** First byte of every message on a `credential/1` channel. */
export const CREDENTIAL_MESSAGE = {
  ask: 0x01, //         32 B nonce · u8 1 if the holder is to be named, else 0 · u8 count · count × (text label · text value)
  show: 0x02, //        show
  decline: 0x03, //     nothing
  statement: 0x04, //   statement of an issuer
  present: 0x05, //     nothing
  apply: 0x10, //       32 B secret of the holder · u32 epoch
  credential: 0x11, //  credential, as it is kept
  refuse: 0x12, //      u8 reason
  offer: 0x13, //       u32 epoch · CBOR [fact…]
} as const;

/** Why an issuer gives nothing. */
export const CREDENTIAL_REFUSAL = { notOnRoll: 0x01, notIssuable: 0x02, declined: 0x03 } as const;
