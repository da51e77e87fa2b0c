/** What we use of it; the package has no types. */
declare module "@hyperswarm/secret-stream" {
  import type { Duplex } from "node:stream";

  interface KeyPair {
    readonly publicKey: Uint8Array;
    readonly secretKey: Uint8Array;
  }

  class SecretStream extends Duplex {
    static keyPair(): KeyPair;
    constructor(isInitiator: boolean, socket: Duplex, options: { readonly keyPair: KeyPair });
    readonly opened: Promise<boolean>;
  }

  export = SecretStream;
}
