/** Every rejection of this SDK. Switch over `code`; `cause` is for the log, never for the peer. */
export class EndpointError extends Error {
  override readonly name = "EndpointError";
  readonly code: EndpointErrorCode;
  constructor(code: EndpointErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export const endpointClosed = (): EndpointError => new EndpointError("ERR_ENDPOINT_CLOSED", "The endpoint was closed");

export type EndpointErrorCode =
  | "ERR_PEER_UNREACHABLE" //   no transport could dial it
  | "ERR_PEER_UNEXPECTED" //    someone answered, with another key
  | "ERR_PEER_UNKNOWN" //       the target names nobody: no contact, nearby peer or address
  | "ERR_NOT_AUTHORIZED" //     our trust book, or theirs, said no
  | "ERR_HANDSHAKE_FAILED" //   bytes did not verify; deliberately no finer
  | "ERR_SESSION_CLOSED" //     it ended before the answer came
  | "ERR_CHANNEL_REFUSED" //    the other side does not serve that protocol
  | "ERR_CHANNEL_CLOSED" //     nothing more can be sent on it
  | "ERR_GRANT_UNKNOWN" //      no grant with that id
  | "ERR_PAIRING_STEP" //       the pairing is over, or asks for something else
  | "ERR_TRANSFER_UNKNOWN" //   no transfer has that id
  | "ERR_TRANSFER_STATE" //     the transfer is past that
  | "ERR_TICKET" //             no invitation or room code of ours; or expired, used, revoked
  | "ERR_WRONG_CODE" //         a room code, or the answer to a challenge, was another
  | "ERR_TRY_LATER" //          too many tries: wait
  | "ERR_ROOM_LEFT" //          we are not in that room any more
  | "ERR_LIMIT" //              as many as there can be
  | "ERR_TOO_LARGE" //          a message for a room is over its bound
  | "ERR_FILE" //               a file or folder cannot be read or written
  | "ERR_FILE_DAMAGED" //       a received file was changed on the disk, or a part of it is missing
  | "ERR_ARGUMENT" //           text too long, a number out of range
  | "ERR_IDENTITY" //           an identity cannot be read: wrong passphrase, or damaged
  | "ERR_BACKUP" //             a file is no backup, or damaged, or of a newer version
  | "ERR_ADDRESS" //            a port or address cannot be listened on
  | "ERR_STORAGE" //            the store cannot be read or written
  | "ERR_HOME_IN_USE" //        another process holds this home
  | "ERR_TICKET" //             no invitation or code of ours; or used, expired, taken back
  | "ERR_WRONG_CODE" //         the code is not the one that is shown
  | "ERR_TRY_LATER" //          too many tries: in ten minutes at the latest it goes on
  | "ERR_ROOM_LEFT" //          we are not, or no longer, in that room
  | "ERR_ROOM_UNKNOWN" //       no room with that id
  | "ERR_TOO_LARGE" //          a message, name or file over its bound
  | "ERR_LIMIT" //              as many as there may be
  | "ERR_RELAY" //              no relay is set, none answers, or it says no
  | "ERR_JOIN_CODE" //          nobody waits with that join code
  | "ERR_CARD" //               a card cannot be given, taken or kept as it is
  | "ERR_CARD_UNKNOWN" //       no card, offer, entry or link of cards has that id
  | "ERR_CARD_STATE" //         the offer or link is past that
  | "ERR_PASS_SIGNING" //       the relay signs no Wallet passes
  | "ERR_PASS_CERTIFICATE" //   the relay's certificate for passes has ended, or cannot be used
  | "ERR_FACT" //               a credential cannot be taken, renewed or shown as it is
  | "ERR_FACT_UNKNOWN" //       no issuer, holder, offer or question of facts is that
  | "ERR_FACT_STATE" //         we are no issuer, or one already; the offer or question is past that
  | "ERR_PART" //               code that is only now needed cannot be loaded
  | "ERR_ENDPOINT_CLOSED";
