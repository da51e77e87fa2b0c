/** What we use of it; the package has no types. */
declare module "@digitalbazaar/bbs-signatures" {
  interface Claim {
    readonly publicKey: Uint8Array;
    readonly header: Uint8Array;
    readonly presentationHeader: Uint8Array;
    readonly disclosedMessageIndexes: readonly number[];
    readonly ciphersuite: string;
  }

  export function sign(options: {
    readonly secretKey: Uint8Array;
    readonly publicKey: Uint8Array;
    readonly header: Uint8Array;
    readonly messages: readonly Uint8Array[];
    readonly ciphersuite: string;
  }): Promise<Uint8Array>;

  export function deriveProof(
    options: Claim & { readonly signature: Uint8Array; readonly messages: readonly Uint8Array[] },
  ): Promise<Uint8Array>;

  export function verifyProof(
    options: Claim & { readonly proof: Uint8Array; readonly disclosedMessages: readonly Uint8Array[] },
  ): Promise<boolean>;
}
