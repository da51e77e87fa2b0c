/**
 * What every contender of the relay scenarios must do: run a server, and let clients send each other messages
 * through it. Servers run in the answering process or in one of their own, all clients in the other one, so that the
 * server has a core.
 *
 * @module
 */
export interface RelayContender {
  serve(): Promise<RelayServing>;
  join(address: string): Promise<RelayPeer>;
}

export interface RelayServing {
  /** What {@link RelayContender.join} needs to know. */
  readonly address: string;
  /** The server's process. */
  readonly pid: number;
  /** For a process of its own. */
  stop?(): void;
}

export interface RelayPeer {
  /** What others name it by. */
  readonly name: string;
  /** Something that sends these bytes to these peers each time it is called: frames are made once, for all contenders. */
  sender(to: readonly string[], payload: Uint8Array): Promise<() => void>;
  /** Called with how many messages have come, when the last byte of each is there. */
  onMessages(handler: (count: number) => void): void;
}
