/**
 * What every contender of the relay scenarios must do: run a server, and let clients send each other messages
 * through it. Servers run in the answering process, all clients in the other one, so that the server has a core.
 *
 * @module
 */
export interface RelayContender {
  /** Resolves to what {@link RelayContender.join} needs to know, as text. */
  serve(): Promise<string>;
  join(address: string): Promise<RelayPeer>;
}

export interface RelayPeer {
  /** What others name it by. */
  readonly name: string;
  /** Something that sends these bytes to these peers each time it is called: frames are made once, for all contenders. */
  sender(to: readonly string[], payload: Uint8Array): () => void;
  /** Called for each message, when its last byte has come. */
  onMessage(handler: () => void): void;
}
