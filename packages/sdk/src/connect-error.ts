/** Why a connection did not come about, as the SDK rejects it. */
import type { ConnectFailure } from "@kith/core";
import { EndpointError, type EndpointErrorCode } from "./endpoint-error.ts";

const CONNECT_ERRORS: Readonly<Record<ConnectFailure, readonly [EndpointErrorCode, string]>> = {
  unreachable: ["ERR_PEER_UNREACHABLE", "nobody answers there"],
  timeout: ["ERR_PEER_UNREACHABLE", "no answer in time"],
  crowded: ["ERR_PEER_UNREACHABLE", "the other side is busy: try again soon"],
  "unexpected-peer": ["ERR_PEER_UNEXPECTED", "another key answered: this is not who you know"],
  self: ["ERR_ARGUMENT", "that is this endpoint itself"],
  closed: ["ERR_NOT_AUTHORIZED", "the other side does not answer strangers now"],
  refused: ["ERR_NOT_AUTHORIZED", "the other side does not answer strangers now"],
  unwelcome: ["ERR_NOT_AUTHORIZED", "the peer is blocked"],
  version: ["ERR_HANDSHAKE_FAILED", "it speaks no version that we do"],
  crypto: ["ERR_HANDSHAKE_FAILED", "the handshake did not verify"],
  protocol: ["ERR_HANDSHAKE_FAILED", "the handshake did not verify"],
};

export function connectError(reason: ConnectFailure): EndpointError {
  const [code, words] = CONNECT_ERRORS[reason];
  return new EndpointError(code, `Cannot connect: ${words}`);
}
