/** The only door of `@kith/core`. */

export { ChatMachine } from "./app/chat/chat.ts";
export type { ChatAct } from "./app/chat/chat-act.ts";
export { attachmentProblem, type ChatAttachment } from "./app/chat/chat-attachment.ts";
export {
  type ChatArchive,
  type ChatState,
  type LogEntry,
  readChatArchive,
} from "./app/chat/chat-entry.ts";
export { type ChatMessageId, parseChatMessageId } from "./app/chat/chat-id.ts";
export { type ChatText, decodeChatMessage, encodeChatMessage, isChatAct } from "./app/chat/chat-message.ts";
export type { ChatChange, ChatOptions, ChatOutput, IncomingText } from "./app/chat/chat-output.ts";
export type { ChatDeed } from "./app/chat/chat-pen.ts";
export { type ChatLifetime, isLifetime, LIFETIME_OFF, LIFETIME_UNTIL_CLOSED } from "./app/chat/chat-term.ts";
export { KEPT_CREDENTIALS } from "./app/credential/kept-place.ts";
export type { DocMember, DocOutput } from "./app/doc/doc-output.ts";
export { DocSync, type DocSyncOptions } from "./app/doc/doc-sync.ts";
export {
  CHUNK_HEADER_BYTES,
  type FileStop,
  newTransferId,
  offeredTransferId,
  parseTransferId,
  type TransferId,
} from "./app/file/file-message.ts";
export { numberedName, safeFileName } from "./app/file/file-name.ts";
export { FileReceiver } from "./app/file/file-receiver.ts";
export type { FileReceiverOutput } from "./app/file/file-receiver-output.ts";
export { type FileArchive, type IncomingRecord, type OutgoingRecord, readFileArchive } from "./app/file/file-record.ts";
export { FileSender, type FileSenderOutput, type TransferEnd } from "./app/file/file-sender.ts";
export {
  type Manifest,
  type ManifestEntry,
  manifestProblem,
  safePaths,
} from "./app/file/manifest.ts";
export type { PartOnDisk } from "./app/file/part-check.ts";
export type { StoreEntry, StoreOutput } from "./app/store-queue.ts";
export type { SwarmMember } from "./app/swarm/partner-book.ts";
export { Swarm, type SwarmOptions } from "./app/swarm/swarm.ts";
export { parseSwarmFileId, SWARM_BYTES_MAX, type SwarmFileId, type SwarmOffer } from "./app/swarm/swarm-message.ts";
export type { SwarmFailure, SwarmFileState, SwarmOutput, SwarmPlace } from "./app/swarm/swarm-output.ts";
export type { ChannelOutput, MessagesOutput } from "./channel/channel-output.ts";
export { isAdmissiblePoint, isAdmissibleSignature } from "./crypto/ed25519-rule.ts";
export { LABEL, type Label, labelBytes } from "./crypto/labels.ts";
export { nobleProvider } from "./crypto/noble-provider.ts";
export { nobleReaderProvider } from "./crypto/noble-reader-provider.ts";
export { nobleSessionProvider } from "./crypto/noble-session-provider.ts";
export {
  openWithPassphrase,
  PASSPHRASE_COST,
  PASSPHRASE_COST_MIN,
  PASSPHRASE_SALT_BYTES,
  sealWithPassphrase,
} from "./crypto/passphrase-seal.ts";
export type { AeadKey, Argon2Cost, CryptoProvider, KeyPair } from "./crypto/provider.ts";
export { AT_REST_OVERHEAD_BYTES, AT_REST_SALT_BYTES, openAtRest, sealAtRest } from "./crypto/seal-at-rest.ts";
export { Secret } from "./crypto/secret.ts";
export { BareEndpoint, type BareOptions, type BareOutput } from "./endpoint/bare-endpoint.ts";
export { CHAT_PREFIX, Conversations } from "./endpoint/conversations.ts";
export type { ConnectFailure } from "./endpoint/dial-book.ts";
export { Endpoint } from "./endpoint/endpoint.ts";
export type { EndpointOptions, Introduces } from "./endpoint/endpoint-options.ts";
export type { EndpointOutput } from "./endpoint/endpoint-output.ts";
export { parseRelayHint, relayHint } from "./endpoint/hint.ts";
export { codeText } from "./endpoint/pairings.ts";
export type { PairingStage, PairingState } from "./endpoint/pairings-output.ts";
export { entriesByPeer } from "./endpoint/peer-entries.ts";
export type { Nearby, PrivacyLevel, Sighting } from "./endpoint/presence.ts";
export type { RelayMeetingOutput } from "./endpoint/relay-meeting.ts";
export type { LinkWays, RoomAnswer, RoomCommands, RoomInvitation } from "./endpoint/room-commands.ts";
export type {
  RoomChannel,
  RoomCodeState,
  RoomGap,
  RoomJoinFailure,
  RoomJoinStep,
  RoomMapState,
  RoomMemberState,
  RoomOutput,
  RoomPath,
  RoomRefusal,
  RoomRequestState,
  RoomState,
  RoomTerms,
} from "./endpoint/room-output.ts";
export { makeRooms } from "./endpoint/room-part.ts";
export type { MakeRooms } from "./endpoint/room-space.ts";
export type { SessionEntry } from "./endpoint/session-table.ts";
export type { RtcOrder } from "./endpoint/signal-desk.ts";
export type { FileJob, TransferState } from "./endpoint/transfer-output.ts";
export { Transfers } from "./endpoint/transfers.ts";
export { fingerprint, shortFingerprint } from "./identity/fingerprint.ts";
export { exportIdentity, importIdentity, isIdentityExport } from "./identity/identity-export.ts";
export {
  createIdentity,
  identityFromSeed,
  type LocalIdentity,
  oneTimeIdentity,
  wipeIdentity,
} from "./identity/keys.ts";
export { type PeerId, parsePeerId, peerIdFromBytes, peerIdToBytes } from "./identity/peer-id.ts";
export { likelyWords, randomWords, readWord, readWords } from "./identity/words.ts";
export { AssertionError, assert, unreachable } from "./lib/assert.ts";
export { base45ToBytes, bytesToBase45 } from "./lib/base45.ts";
export { base64urlToBytes, bytesToBase64url } from "./lib/base64url.ts";
export { bytesEqual, compareBytes, concatBytes, isAllZero } from "./lib/bytes.ts";
export { type CborMap, type CborValue, decodeCbor, encodeCbor } from "./lib/cbor.ts";
export { bytesToHex, hexToBytes } from "./lib/hex.ts";
export type { Moment } from "./lib/moment.ts";
export { type PictureSize, pictureSize } from "./lib/picture-size.ts";
export { type RandomSource, randomBelow } from "./lib/random.ts";
export {
  after,
  type Duration,
  days,
  hours,
  type Instant,
  instant,
  millis,
  minutes,
  seconds,
  since,
  sooner,
  type WallTime,
  wallAfter,
  wallTime,
} from "./lib/time.ts";
export { bytesToText, textToBytes } from "./lib/utf8.ts";
export { WireError, type WireErrorCode } from "./lib/wire-error.ts";
export {
  DIRECT_PREFIX,
  type DirectAnswer,
  type DirectCandidate,
  type DirectEnd,
  type DirectOffer,
  decodeDirectAnswer,
  decodeDirectOffer,
  directBinding,
  directOfferId,
  encodeDirectAnswer,
  encodeDirectOffer,
} from "./link/direct-code.ts";
export { DIRECT_MID, directCandidateLines, directEndOf, directSdp } from "./link/direct-sdp.ts";
export type { OwnDescription } from "./link/negotiation.ts";
export type { IceCandidate } from "./link/signal-message.ts";
export {
  type Broadcast,
  decodeBroadcast,
  decodeUnicast,
  encodeBroadcast,
  encodeUnicast,
  roomTagOf,
  type Unicast,
} from "./mesh/envelope.ts";
export { Mesh } from "./mesh/mesh.ts";
export { decodeMeshMessage, encodeMeshMessage, type MeshMessage } from "./mesh/mesh-message.ts";
export type { Delivered, MeshOptions, MeshOutput, Misbehaviour, Missed } from "./mesh/mesh-output.ts";
export {
  decodeNeighbourList,
  type NeighbourList,
  type NeighbourListFields,
  readPeers,
  signNeighbourList,
} from "./mesh/neighbour-list.ts";
export {
  completeJoinCode,
  formatJoinCode,
  type JoinCode,
  type JoinCodeFault,
  type JoinCodeReading,
  readJoinCode,
} from "./relay/join-code.ts";
export { mailboxPass } from "./relay/mailbox-callers.ts";
export { MemoryRelayState, type StateBounds } from "./relay/memory-state.ts";
export { CLAIM_MISSES, ENTER_MISSES, MissBook } from "./relay/miss-book.ts";
export { RateBook } from "./relay/rate-book.ts";
export type { RelayPlace } from "./relay/relay-card.ts";
export { RelayClient, type RelayClientOptions } from "./relay/relay-client.ts";
export type { RelayClientOutput, RelayFailure, RelayLoss } from "./relay/relay-client-output.ts";
export type { RelayConnection } from "./relay/relay-connection.ts";
export { EmbeddedDelivery, type News, type RelayDelivery, type Told } from "./relay/relay-delivery.ts";
export { isRelayHost } from "./relay/relay-host.ts";
export { loginBytes, welcomeBytes } from "./relay/relay-login.ts";
export {
  type ClientMessage,
  decodeServerMessage,
  encodeClientMessage,
  encodeServerMessage,
  type ServerMessage,
  type Succession,
} from "./relay/relay-message.ts";
export {
  decodeOrderAnswer,
  encodeOrder,
  type RelayOrder,
  type RelayOrderAnswers,
} from "./relay/relay-order.ts";
export {
  RELAY_CLOSE,
  type RelayCounters,
  type RelayEvent,
  type RelayGauges,
  type RelayOutput,
} from "./relay/relay-output.ts";
export type { RelayRequest } from "./relay/relay-requests.ts";
export { type RelayBounds, RelayServer, type RelayServerOptions } from "./relay/relay-server.ts";
export type {
  KeptItem,
  MetMailbox,
  RelayAnswer,
  RelayAnswers,
  RelayQuestion,
  RelayQuestions,
  RelayStanding,
  StateAnswer,
  StateQuestion,
  StorageTrouble,
  TurnCredential,
} from "./relay/relay-state.ts";
export { formerKeys, succession } from "./relay/relay-succession.ts";
export { type RelayTicket, readTicket, TICKET_BYTES, ticketMessage } from "./relay/relay-ticket.ts";
export { nextRendezvousDay, rendezvousTags } from "./relay/rendezvous.ts";
export { ShareRates } from "./relay/share-shelf.ts";
export type { TagLimits, TagTold, Watcher } from "./relay/tag-table.ts";
export { searchToll } from "./relay/toll-search.ts";
export { decodeTurnOffer, type TurnOffer } from "./relay/turn-offer.ts";
export { decodeLogMessage, encodeLogMessage } from "./room/log-message.ts";
export {
  decodeOperation,
  type Operation,
  type OperationFields,
  type OperationId,
  signOperation,
} from "./room/operation.ts";
export type { OperationBody } from "./room/operation-body.ts";
export { parseRoomCode, type TypedRoomCode } from "./room/room-code.ts";
export { parseRoomId, type RoomId, roomIdFromBytes, roomIdToBytes } from "./room/room-id.ts";
export {
  decodeTicket,
  encodeTicket,
  isTicketExpired,
  TICKET_PREFIX,
  type Ticket,
  type TicketRelay,
} from "./room/ticket.ts";
export type { HandshakeFailure, HandshakeOptions, HandshakeOutput } from "./session/handshake.ts";
export { HandshakeInitiator } from "./session/handshake-initiator.ts";
export { HandshakeResponder } from "./session/handshake-responder.ts";
export type { Keying } from "./session/keying.ts";
export { sourceOf } from "./session/link-source.ts";
export { ResumeBook } from "./session/resume-book.ts";
export type { OpenJob, SealJob } from "./session/session-output.ts";
export { AUDIT_EVENT, decodeAuditEntry } from "./trust/audit-event.ts";
export { AUDIT_HEAD_KEY, AUDIT_PREFIX } from "./trust/audit-log.ts";
export { exportAuditLog, verifyAuditLog } from "./trust/audit-verify.ts";
export { cleanName } from "./trust/display-name.ts";
export { areNarrower, GRANT_NO_END, type Grant, type GrantTerms, grantChain, issueGrant } from "./trust/grant.ts";
export type { CodeLeadsTo } from "./trust/pairing-message.ts";
export type { Paired, PairingRequest } from "./trust/pairing-options.ts";
export { decodeQrPayload, encodeQrPayload, isQrExpired, QR_PREFIX, type QrPayload } from "./trust/qr-payload.ts";
export {
  DIRECT_CONNECT_TIMEOUT,
  DIRECT_GATHER_TIMEOUT,
  DIRECT_TEXT_CHARS_MAX,
} from "./wire/direct-limits.ts";
export {
  LAN_ADDRESSES_MAX,
  LAN_ANNOUNCE_EVERY,
  LAN_DIAL_LINGER,
  LAN_HINTS_MAX,
  LAN_KEY_BYTES_MAX,
  LAN_LINKS_IN_ALL_MAX,
  LAN_LINKS_MAX,
  LAN_LOOK_EVERY,
  LAN_MESSAGE_BYTES_MAX,
  LAN_PACKET_HEAD_BYTES,
  LAN_PAGES_MAX,
  LAN_PAGES_PER_SOURCE_MAX,
  LAN_PING_AFTER,
  LAN_PONG_WITHIN,
  LAN_SIGHTINGS_MAX,
  LAN_WINDOW_BYTES,
} from "./wire/lan-limits.ts";
export {
  decodeNodeMessage,
  decodePageMessage,
  encodeLanPacket,
  encodeNodeMessage,
  encodePageMessage,
  isPagesLink,
  LAN_PATH,
  type LanEnd,
  type LanFlow,
  type LanSighting,
  type NodeMessage,
  type PageMessage,
} from "./wire/lan-message.ts";
export {
  CHAT_TEXT_BYTES_MAX,
  CLOCK_SKEW,
  DIAL_TIMEOUT,
  FILE_CHUNK_BYTES,
  FILES_PER_OFFER_MAX,
  HANDSHAKE_TIMEOUT,
  NOTES_BYTES_MAX,
  PACKET_BYTES_MAX,
  PATH_DEAD_AFTER,
  PREAUTH_BYTES_MAX,
  PREAUTH_PACKET_BYTES_MAX,
  REACH_TIMEOUT,
  ROUTED_RECORD_BYTES_MAX,
  TRANSFERS_PER_PEER_MAX,
} from "./wire/limits.ts";
export { CHANNEL_CLASS, CLOSE, LOG_MESSAGE, MESH_MESSAGE, PROTOCOL, RESET } from "./wire/registry.ts";
export {
  RELAY_DEPOSITS_PER_MINUTE,
  RELAY_ITEMS_BYTES_MAX,
  RELAY_ITEMS_BYTES_PER_PAIR_MAX,
  RELAY_ITEMS_BYTES_PER_SENDER_MAX,
  RELAY_ITEMS_MAX,
  RELAY_ITEMS_PER_SENDER_MAX,
  RELAY_KNOWN_FOR,
  RELAY_MAILBOX_CHOICES,
  RELAY_MAILBOXES_MAX,
  RELAY_MESSAGE_BYTES_MAX,
  RELAY_SHARES_BYTES_PER_KEY_MAX,
  RELAY_SHARES_PER_KEY_MAX,
  RELAY_SUCCESSIONS_MAX,
  RELAYED_PACKET_BYTES_MAX,
} from "./wire/relay-limits.ts";
