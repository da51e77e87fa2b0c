/** The only door of `@kith/sdk`. */
export type * from "./api.ts";
export { type Clock, systemClock } from "./clock.ts";
export { createEndpoint, type EndpointOptions } from "./create-endpoint.ts";
export type { Announcement, Discovery } from "./discovery.ts";
export { EndpointError, type EndpointErrorCode } from "./endpoint-error.ts";
export type { FilePort, FileSelection, RoomFileAnswers, RoomFileJob, RoomFilePort } from "./file-port.ts";
export type * from "./join-codes-api.ts";
export type { Mailbox, Mailboxes, MailboxRequest } from "./mailbox.ts";
export { Subject } from "./observable.ts";
export { type DocReplica, openRoomDoc, type RoomDoc, type RoomDocOptions } from "./room-doc.ts";
export type * from "./rooms-api.ts";
export type { KeyValueStore, StoreEntry } from "./storage.ts";
export type { Hint, Link, LinkEnd, LinkHandlers, LinkKind, Listener, Transport } from "./transport.ts";
export type * from "./trust-api.ts";
