/**
 * Sizes of what BBS makes (draft-irtf-cfrg-bbs-signatures), for whoever reads it without the curve.
 *
 * @module
 */

/** A point of G2, compressed. */
export const BBS_PUBLIC_KEY_BYTES = 96;
/** A point of G1, compressed, and a scalar. */
export const BBS_SIGNATURE_BYTES = 80;
