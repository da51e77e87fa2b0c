/**
 * Every number of every protocol, so that none is used twice (spec/SPEC.md, registry).
 * Layout after each; `var` is a varint length before the bytes.
 *
 * @module
 */

export * from "./card-registry.ts";
export * from "./chat-registry.ts";

/** The protocol's version, one byte. A new algorithm or layout is a new version (ADR 3). */
export const VERSION = 1;

/** First byte of every message on a link. */
export const PACKET = {
  hello: 0x01, //      "kith" · u8 version min · u8 version max · var cookie · 16 B tag · noise message 1
  retry: 0x02, //      var cookie
  answer: 0x03, //     noise message 2
  confirm: 0x04, //    noise message 3
  resume: 0x05, //     u8 version · 16 B resume id · noise message 1
  resumed: 0x06, //    16 B resume id · noise message 2
  refuse: 0x07, //     u8 refusal code
  record: 0x10, //     u8 key phase · u16 path · u32 receiver's index · u64 counter · sealed frames
} as const;

/** First byte of every frame in an opened record. */
export const FRAME = {
  ping: 0x01, //        nothing; asks for an acknowledgement
  ack: 0x02, //         u16 path · varint largest · varint first range · varint count · (varint gap · varint length)*
  open: 0x03, //        varint channel · u8 class · var protocol · varint credit
  accept: 0x04, //      varint channel · varint credit
  data: 0x05, //        varint channel · varint offset · var bytes
  credit: 0x06, //      varint channel · varint largest offset allowed
  finish: 0x07, //      varint channel · varint final offset
  reset: 0x08, //       varint channel · u8 reset code
  close: 0x09, //       u8 close code
  pathProbe: 0x0a, //   8 B
  pathReply: 0x0b, //   8 B, the same
  received: 0x0c, //    varint count · (varint channel · varint offset)*
  channels: 0x0d, //    varint how many channels the peer may have opened in all
} as const;

/** Why a link message was not answered with a handshake. Coarse on purpose. */
export const REFUSAL = {
  version: 1, //     no common version
  busy: 2, //        too many half-open handshakes, or a pause: come back later
  closed: 3, //      nobody answers strangers now (privacy, no pairing open)
  unknown: 4, //     no such resume id: make a new handshake
} as const;

/** Why a session closed, as told to the other side. */
export const CLOSE = {
  done: 1, //            the application closed it
  goingAway: 2, //       the endpoint shuts down
  replaced: 3, //        a newer session of the same pair took over
  revoked: 4, //         trust ended
  protocolError: 5, //   an opened record broke the spec
  idle: 6, //            an idle link had to make room
  overloaded: 7, //      a limit was hit
  keyChanged: 8, //      the key does not match the pinned one
} as const;

/** Why a channel ended before its finish. */
export const RESET = {
  cancelled: 1, //       the application gave up
  refused: 2, //         nobody serves that protocol
  notAuthorized: 3, //   trust says no
  tooMany: 4, //         channel limit
  protocolError: 5, //   the channel's messages broke its protocol
} as const;

/** Scheduling class of a channel: the first always leaves before the second. */
export const CHANNEL_CLASS = { interactive: 0, bulk: 1 } as const;

/** Protocol names of the channels that Kith itself serves. */
export const PROTOCOL = {
  pair: "pair/1",
  chat: "chat/1",
  file: "file/1",
  grant: "grant/1",
  mail: "mail/1",
  join: "join/1",
  swarm: "swarm/1",
  doc: "doc/1",
  invite: "invite/1",
  signal: "signal/1",
  card: "card/1",
  credential: "credential/1",
} as const;

/** First byte of every message on a `file/1` channel (spec/app-file.md). */
export const FILE_MESSAGE = {
  offer: 0x01, //      16 B transfer id · varint entries · u64 bytes · 32 B manifest hash
  entries: 0x02, //    varint count · (var path · u8 kind · varint size · u16 mode · u64 modified, wall ms)*
  chunk: 0x03, //      u32 file · u32 chunk · 32 B leaf hash · content
  fileEnd: 0x04, //    u32 file · 32 B root hash
  accept: 0x10, //     u32 first file wanted · varint count · (u32 file · varint chunks · (32 B peak)*)*
  written: 0x11, //    u32 file · u32 chunk: everything before is on the receiver's disk
  complete: 0x12, //   nothing: every file is in its place
  stop: 0x20, //       u8 stop code; either side
} as const;

/** First byte of every message of `swarm/1`, in the room's broadcasts and on its channels (spec/app-swarm.md). */
export const SWARM_MESSAGE = {
  offers: 0x01, //     varint count · (u64 bytes · u64 modified, wall ms · 32 B root · var name)*; broadcast
  seek: 0x02, //       32 B file · u8 attempt; broadcast
  want: 0x10, //       32 B file
  unwant: 0x11, //     32 B file
  have: 0x12, //       32 B file · u8 extent · chunk set, if the extent is some
  got: 0x13, //        32 B file · varint count · (u32 chunk)*
  askList: 0x14, //    32 B file · u32 first
  list: 0x15, //       32 B file · u32 first · (32 B leaf)*
  ask: 0x16, //        32 B file · u32 chunk
  chunk: 0x17, //      32 B file · u32 chunk · content
  cannot: 0x18, //     32 B file · u32 chunk
  drop: 0x19, //       32 B file · u32 chunk
  plea: 0x1a, //       32 B file
  busy: 0x1b, //       varint count · (32 B member)*
} as const;

/** How much of a file somebody has, in `have`. */
export const SWARM_EXTENT = { none: 0, all: 1, some: 2 } as const;

/** First byte of every message of `doc/1`, in the room's broadcasts and on its channels (spec/app-doc.md). */
export const DOC_MESSAGE = {
  update: 0x01, //   piece of an update; broadcast
  mark: 0x02, //     32 B hash of the state; broadcast
  vector: 0x10, //   piece of a state vector
  diff: 0x11, //     piece of what a vector lacks
  draft: 0x12, //    as vector, of one whose document is not ready
} as const;

/** Why a transfer stopped before it was complete. */
export const FILE_STOP = {
  declined: 1, //       the receiver's person or policy said no
  cancelled: 2, //      a person gave up, on the side that says it
  changed: 3, //        the sender's file is not what was offered
  unreadable: 4, //     the sender cannot read its file
  diskFull: 5, //       no room at the receiver
  notPermitted: 6, //   the receiver may not write there
  corrupt: 7, //        a hash does not match
  tooMany: 8, //        too many transfers at once
  failed: 9, //         anything else at the side that says it
} as const;

/** Kind of a manifest entry. */
export const FILE_KIND = { file: 0, folder: 1 } as const;

/** First byte of every message on a `grant/1` channel (spec/grants.md). */
export const GRANT_MESSAGE = {
  grant: 0x01, //     var grant
  revoke: 0x02, //    var grant
  held: 0x03, //      16 B id
  ended: 0x04, //     16 B id
  refused: 0x05, //   16 B id · u8 refusal
} as const;

/** First byte of every message on a `mail/1` channel (spec/sealed-items.md). */
export const MAIL_MESSAGE = {
  card: 0x01, //   card
  held: 0x02, //   32 B SHA-256 of the card
  hints: 0x03, //  u8 count · (text hint)*
} as const;

/** Why a grant, or its revocation, was not taken. Coarse on purpose. */
export const GRANT_REFUSAL = {
  full: 1, //          as many as are kept of one peer
  rate: 2, //          too many at once
  notHonoured: 3, //   everything else
} as const;

/** First byte of every message on a `signal/1` channel (spec/signaling.md). */
export const SIGNAL_MESSAGE = {
  offer: 0x01, //      u32 connection · u8 1 if its sender can restart ICE, else 0 · text SDP
  answer: 0x02, //     the same
  candidate: 0x03, //  u32 connection · text mid · text candidate; empty: there are no more
  restart: 0x04, //    u32 connection; its answerer asks for an offer with new ICE credentials
  end: 0x05, //        u32 connection · u8 reason
} as const;

/** Why a WebRTC connection ended. */
export const SIGNAL_END = {
  failed: 1, //   it did not come up, or broke
  busy: 2, //     too many of them here
  closed: 3, //   it is not needed any more
} as const;

/** First byte of every message on a `join/1` channel (spec/room-joining.md). Guest's first, then host's, then both. */
export const JOIN_MESSAGE = {
  ask: 0x01, //       u8 kind · 16 B room proof · (16 B invitation proof)
  code: 0x02, //      u16 number
  present: 0x03, //   u8 way · (32 B public key · 64 B · 64 B) · text name · var prekey
  done: 0x04, //      nothing: the package was good
  known: 0x10, //     16 B proof
  unknown: 0x11, //   nothing, to whoever has no business here
  room: 0x12, //      var sealed (32 B room id · text name)
  waiting: 0x13, //   u8 what for
  part: 0x14, //      u8 kind · bytes
  end: 0x15, //       varint parts
  refused: 0x16, //   u8 reason · u16 seconds after which another try makes sense, 0 if unknown
  proof: 0x20, //     a message of pair/1
} as const;

/** What a guest comes with: the kind of its ticket, and how it presents itself. */
export const JOIN_WAY = { invitation: 1, knock: 2, code: 3 } as const;

/** Why a guest is not let in. It is said only to who has shown that it knows the room. */
export const JOIN_REFUSAL = {
  used: 1, //          somebody else came in with this invitation: ask for another
  expired: 2, //       its time is over: ask for another
  revoked: 3, //       it was taken back, or its inviter may not invite any more
  notYetKnown: 4, //   this member has not heard of the invitation: try another, or later
  policy: 5, //        this member may not let anybody in that way: try another
  full: 6, //          too many members, or too many that wait
  tryLater: 7,
  clock: 8, //         this member's clock is wrong: try another
  denied: 9, //        a person said no
} as const;

/** What a guest waits for. */
export const JOIN_WAIT = { approval: 1, challenge: 2 } as const;

/** What a part of the package for a new member holds. */
export const JOIN_PART = { operations: 1, epochKey: 2, prekeys: 3, hints: 4 } as const;

/** First byte of every message on a pairing channel (spec/pairing.md). */
export const PAIRING = {
  request: 0x01, //     u8 method · u8 1 if the sender shows the code, else 0
  ready: 0x02, //       u8 what the code leads to; it is shown, type it
  share: 0x03, //       32 B CPace share
  confirm: 0x04, //     32 B key confirmation
  wrong: 0x05, //       u8 tries left
  commit: 0x06, //      32 B commitment to a nonce
  nonce: 0x07, //       32 B
  match: 0x08, //       nothing: the words are the same here
  introduce: 0x09, //   var introduction, sealed where there is a key
  verdict: 0x0a, //     u8 role given
  cancel: 0x0b, //      u8 reason
} as const;

/** How two people make sure, in a pairing request. */
export const PAIRING_METHOD = { pin: 1, code: 2, qr: 3, words: 4, firstUse: 5 } as const;

/** Why a pairing was given up, as told to the other side. */
export const PAIRING_CANCEL = {
  cancelled: 1, //     a person gave up
  denied: 2, //        a person said no
  timeout: 3, //       nobody answered in time, or the code expired
  wrongCode: 4, //     no tries left, or a proof that does not verify
  mismatch: 5, //      the words differ
  paused: 6, //        too many wrong codes of everybody: try later
  blocked: 7, //       too many wrong codes from there
  unavailable: 8, //   nothing is shown here
  protocol: 9, //      a message broke the protocol
} as const;

/** First byte of what a member sends to one other through the mesh (spec/rooms.md §8). */
export const ROOM_UNICAST = {
  packet: 0x01, //   16 B flow id · packet of a link
  end: 0x02, //      16 B flow id
} as const;

/** What an operation of a room's log does (spec/rooms.md §2). */
export const ROOM_OPERATION = {
  found: 0x01, //       text room's name · policy · 16 B nonce · text founder's name
  invite: 0x02, //      16 B id · u8 role · u64 expires · u8 count · (32 B public key)*
  revoke: 0x03, //      16 B id of the invitation
  admit: 0x04, //       32 B subject · text its name · u8 role · u8 how · (32 B public key · 64 B signature)
  role: 0x05, //        32 B subject · u8 role
  grant: 0x06, //       32 B subject · text operation · u64 expires
  expel: 0x07, //       32 B subject
  leave: 0x08, //       nothing
  rotate: 0x09, //      32 B hash of the bundle · u16 recipients
  policy: 0x0a, //      policy · text room's name
  checkpoint: 0x0b, //  nothing
} as const;

/** How somebody was admitted to a room. */
export const ROOM_ADMISSION = { invitation: 1, code: 2, challenge: 3, approval: 4 } as const;

/** A room's policy: u8 ways · u8 who challenges, 0 where nobody does · u8 lowest role that may invite. */
export const ROOM_WAYS = { open: 1, strict: 2, approval: 3, challenge: 4, peers: 5 } as const;
export const ROOM_CHALLENGERS = { any: 1, admin: 2, every: 3 } as const;

/** First byte of a message on a room's mesh channel, from 0x20 on (spec/room-keys.md). */
export const KEY_MESSAGE = {
  prekeyDigest: 0x20, //   32 B
  prekeyList: 0x21, //     varint count · (32 B member · u32 version · 8 B mark)*
  prekeys: 0x22, //        varint count · (1,365 B prekey)*
  bundlesHeld: 0x23, //    varint count · (32 B epoch)*
  bundleWanted: 0x24, //   32 B epoch
  bundlePart: 0x25, //     32 B epoch · u32 bytes of all · u32 offset · part
  keyWanted: 0x26, //      32 B epoch
  keyGiven: 0x27, //       32 B epoch · u16 generation · 32 B key · 32 B hash of the parcels · var head
  lacking: 0x28, //        32 B epoch · u8 what was wanted: 0x24 or 0x26
} as const;

/** First byte of a message on a room's mesh channel, from 0x10 on (spec/rooms.md §7). */
export const LOG_MESSAGE = {
  heads: 0x10, //       varint count · (32 B head)* · varint count · (32 B other operation)*
  operations: 0x11, //  (var operation)*
} as const;

/** First byte of a message on a room's mesh channel, from 0x30 on (spec/mesh.md). */
export const MESH_MESSAGE = {
  broadcast: 0x30, //   envelope: see mesh/envelope.ts
  repair: 0x31, //      the same, because it was asked for
  unicast: 0x32, //     envelope
  lists: 0x33, //       varint count · (var neighbour list)*
  greet: 0x34, //       u8 links · u8 1 if an answer is wanted, else 0 · 32 × 8 B digest
  full: 0x35, //        varint count · (32 B member)*
  have: 0x36, //        varint count · (u8 hops · 32 B origin · 16 B stream · u64 sequence)*
  graft: 0x37, //       varint count · (32 B origin · 16 B stream · u64 sequence)*
  prune: 0x38, //       nothing
  vector: 0x39, //      varint count · (32 B origin · 16 B stream · u64 lowest · u64 one past the highest)*
  pull: 0x3a, //        varint count · (32 B origin · 16 B stream · u64 from · u64 to)*
  gone: 0x3b, //        the same: what a pull named and is not here; ends the answer to it
} as const;

/** First byte of a message between a relay and its clients (spec/relay.md §3). */
export const RELAY_MESSAGE = {
  hello: 0x01, //       u8 version · 32 B nonce
  login: 0x02, //       32 B key · 64 B signature · var pass
  pay: 0x03, //         u64 counter
  forward: 0x10, //     32 B to · payload
  spread: 0x11, //      u8 count · (32 B to)* · payload
  watch: 0x12, //       varint count · (16 B tag)*
  unwatch: 0x13, //     the same
  open: 0x20, //        u32 request · u32 lifetime, s
  enter: 0x21, //       u32 request · u32 mailbox
  shut: 0x22, //        u32 mailbox
  deposit: 0x30, //     u32 request · 32 B to · 16 B id · u32 lifetime, s · sealed
  taken: 0x31, //       varint count · (32 B from · 16 B id)*
  claim: 0x40, //       u32 request · var code
  manage: 0x41, //      u32 request · u8 verb · var argument
  purge: 0x42, //       u32 request
  turn: 0x43, //        u32 request
  ping: 0x44, //        u32 request
  ticket: 0x45, //      u32 request
  welcome: 0x81, //     u8 version · 32 B relay key · 32 B nonce · u64 wall time · 64 B signature
  toll: 0x82, //        u8 bits · 32 B challenge
  ready: 0x83, //       u8 flags · u64 wall time · u32 window · u32 kept lifetime max, s
  refused: 0x84, //     u8 reason · u32 wait, ms
  successor: 0x85, //   u8 count · (32 B old key · 32 B new key · 64 B signature)*
  forwarded: 0x90, //   32 B from · payload
  window: 0x91, //      32 B to · u32 bytes
  away: 0x92, //        32 B to
  arrived: 0x93, //     16 B tag · 32 B key
  left: 0x94, //        the same
  opened: 0xa0, //      u32 request · u32 mailbox · u32 lifetime, s
  met: 0xa1, //         u32 mailbox · 32 B key
  item: 0xb0, //        32 B from · 16 B id · u64 wall time · sealed
  done: 0xc0, //        u32 request · var answer
  failed: 0xc1, //      u32 request · u8 reason · u32 wait, ms
  draining: 0xd0, //    u32 time left, ms · text other address
} as const;

/** Why a relay says no (spec/relay.md §3). */
export const RELAY_REASON = {
  unwelcome: 1,
  wrongToll: 2,
  crowded: 3,
  paused: 4,
  unknown: 5,
  full: 6,
  forbidden: 7,
  draining: 8,
  replaced: 9,
  storage: 10,
} as const;

/** What the owner of a relay asks of it in *manage* (spec/relay.md §8). */
export const RELAY_VERB = { status: 1, policy: 2, admit: 3, drain: 4, backup: 5, rotate: 6 } as const;

/** First byte of what is forwarded: links over a relay (spec/relay-meeting.md §2). */
export const RELAY_PAYLOAD = {
  packet: 0x01, //   8 B flow · packet of a link
  end: 0x02, //      8 B flow
} as const;
