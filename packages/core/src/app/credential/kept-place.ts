/** Where a holder keeps what an issuer vouches for: the issuer's PeerId and the epoch follow. */
export const KEPT_CREDENTIALS = "credential/kept/";
