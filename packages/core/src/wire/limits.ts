/**
 * Every bound, with its unit and its reason. Each has a test at the limit and one above. Those of rooms' keys
 * are in `room-key-limits.ts`.
 *
 * @module
 */

import type { Duration } from "../lib/time.ts";
import { days, hours, millis, minutes, seconds } from "../lib/time.ts";

// --- link -----------------------------------------------------------------------------------
/** Largest message on a link, in bytes: 64 KiB of an application's, and 1 KiB for what frames and a record add. */
export const PACKET_BYTES_MAX = 66_560;
/** Largest message before a session exists: a hello of 1,300 bytes and room to grow. */
export const PREAUTH_PACKET_BYTES_MAX = 4_096;
/** All bytes a link may send before its handshake is done. */
export const PREAUTH_BYTES_MAX = 8_192;
export const HANDSHAKE_TIMEOUT: Duration = seconds(10);
export const DIAL_TIMEOUT: Duration = seconds(10);
/** Until somebody is there to be offered or asked anything: a relay answers within seconds, and a person waits and looks. */
export const REACH_TIMEOUT: Duration = seconds(20);
/** Half-open handshakes at once: in all, from one source, and from where on strangers echo a cookie. */
export const HALF_OPEN_MAX = 64;
export const HALF_OPEN_PER_SOURCE_MAX = 4;
export const HALF_OPEN_COOKIE_FROM = 32;
/** Links that have said nothing yet: the oldest yields to a newer one of its source, then to anyone's. */
export const SILENT_LINKS_MAX = 256;
export const SILENT_LINKS_PER_SOURCE_MAX = 16;
/** What a cookie may measure, and how long the secret that made it is used; the one before still counts. */
export const COOKIE_BYTES_MAX = 64;
export const COOKIE_SECRET_LIFETIME: Duration = minutes(2);
/** Contact tags remembered so that a hello heard on the network is not let in as a contact's again. */
export const RECENT_TAGS_MAX = 1_024;
/** On links that lose: first repeat of an unanswered handshake message; then twice as long each time. */
export const HANDSHAKE_RESEND: Duration = seconds(1);
/** Repeats of one message that are answered with the same bytes before they are ignored. */
export const HANDSHAKE_REPEATS_MAX = 8;
/** Sessions that can be resumed at once; the one that could longest yields. */
export const RESUMABLE_MAX = 1_024;
/** The list of received offsets in a resumption: what does not fit is told in records. */
export const RESUME_RECEIVED_BYTES_MAX = 2_048;
/** Contacts with direct links, and as many strangers; the oldest idle one yields, never one in a transfer. */
export const DIRECT_LINKS_MAX = 8;
/** Links that one session may hold at once: those that carry together, and others beside them. */
export const LINKS_PER_SESSION_MAX = 6;
/** WebRTC links that carry together. */
export const STRIPES_MAX = 4;
/** Another is tried where the shortest round trip takes so long, */
export const STRIPE_RTT_MIN: Duration = millis(10);
/** with so much under way, */
export const STRIPE_FROM_BYTES = 131_072;
/** if, over so long, less than this many bytes a millisecond arrive; */
export const STRIPE_SAMPLE: Duration = seconds(2);
export const STRIPE_FAST = 33_554;
/** and the next one if that brought so much. If not, or if it does not come, the next try is so much later. */
export const STRIPE_GAIN_MIN = 1.1;
export const STRIPE_AGAIN_AFTER: Duration = minutes(5);
/** A link beside the one in use goes after so long without traffic. */
export const STANDBY_LINGER: Duration = seconds(30);

/** Requests to reach somebody that wait for an answer at once. */
export const CONNECT_REQUESTS_MAX = 256;
/** Sessions that say goodbye at once; the one that began to longest ago is forgotten. */
export const CLOSING_SESSIONS_MAX = 64;
/** Sessions with strangers that lost their links and are still kept. */
export const STRANGER_LINKLESS_MAX = 8;

// --- session --------------------------------------------------------------------------------
export const RECORD_HEADER_BYTES = 16;
export const RECORD_TAG_BYTES = 16;
/** Counters a path remembers to refuse repeats (RFC 6479). */
export const REPLAY_WINDOW = 4_096;
/** Unacknowledged bytes a path may carry. */
export const PATH_BYTES_IN_FLIGHT_MAX = 1_048_576;
/** Records that do not open before their link is closed. */
export const UNOPENABLE_RECORDS_MAX = 32;
export const PROBE_TIMEOUT_MIN: Duration = millis(200);
export const PROBE_TIMEOUT_MAX: Duration = seconds(30);
/** Ack at the latest after so long, or so many bytes. */
export const ACK_DELAY: Duration = millis(20);
export const ACK_BYTES = 262_144;
/** Ranges of one acknowledgement; older ones are left out, and what they held is sent again. */
export const ACK_RANGES_MAX = 32;
/** Records in flight on a path: within the replay window, so that none is too old when it arrives. */
export const RECORDS_IN_FLIGHT_MAX = 2_048;
/** A record is lost once so many later ones were acknowledged (RFC 9002 §6.1.1). */
export const LOSS_THRESHOLD_RECORDS = 3;
/** Path numbers of one keying; then a resumption gives new ones. */
export const PATHS_PER_KEYING_MAX = 1_024;
/** Smallest packet a link must carry, and the least room worth beginning a record for. */
export const RECORD_ROOM_MIN = 512;
/** A path with no sign of life for so long is dead. */
export const PATH_DEAD_AFTER: Duration = seconds(15);
/** As above, where meanwhile another path of the session brought something: the peer is there, this way to it is not. */
export const PATH_DOUBT_AFTER: Duration = seconds(2);
/** Keepalive: first after so long without traffic, then twice as long each time, up to the maximum. */
export const KEEPALIVE_MIN: Duration = seconds(15);
export const KEEPALIVE_MAX: Duration = minutes(4);
export const REKEY_BYTES: number = 2 ** 34; // well under the 2^32 records that AES-GCM allows a key
export const REKEY_AGE: Duration = minutes(15);
/** Keys of the phase or keying before go on opening records for so long. */
export const OLD_KEYS_LIFETIME: Duration = seconds(60);
/** After closing, answer late records with the close code for so long. */
export const CLOSE_LINGER: Duration = seconds(3);
/** Traffic keys live so long after the last link died; the resume secret so long. */
export const TRAFFIC_KEYS_AFTER_LINK: Duration = seconds(60);
export const RESUME_SECRET_AFTER_LINK: Duration = hours(24);
/** Two handshakes of one pair within this time are glare: the smaller initiator's wins (SES-27). */
export const GLARE_WINDOW: Duration = seconds(5);

/** Takeovers in a minute from which on an identity seems to run twice; who notices does not dial for so long. */
export const INCARNATION_TURNS_MAX = 3;
export const PASSIVE_FOR: Duration = minutes(10);

// --- channel --------------------------------------------------------------------------------
/** Open channels a peer may have with us. */
export const CHANNELS_MAX = 256;
/** Bytes a channel may receive ahead of its reader. */
export const CHANNEL_WINDOW_BYTES = 2_097_152;
/** Bytes of a channel that wait for sending or acknowledgement before `send` makes the caller wait. */
export const CHANNEL_SEND_BYTES_MAX = 2_097_152;
/** Largest message, so that one always fits a window. */
export const MESSAGE_BYTES_MAX = 524_288;
/** Messages up to this size fit a record of {@link PACKET_BYTES_MAX}, and are sent in one where they fit. */
export const WHOLE_MESSAGE_BYTES_MAX = 65_536;
export const PROTOCOL_NAME_BYTES_MAX = 64;

// --- trust ----------------------------------------------------------------------------------
export const CONTACTS_MAX = 4_096;
export const NAME_BYTES_MAX = 128;
export const PAIRING_TRIES = 3;
export const PAIRING_CODE_TTL: Duration = minutes(2);
export const WRONG_CODES_PER_SOURCE_PER_HOUR = 5;
export const WRONG_CODES_PER_MINUTE = 10;
export const CODE_PAUSE: Duration = seconds(30);
export const CODE_ATTEMPT_COOLDOWN: Duration = seconds(5);
/** Pairings that go on at once. */
export const PAIRINGS_MAX = 8;
export const CLOCK_SKEW: Duration = minutes(10);
export const GRANTS_PER_PEER_MAX = 64;
export const BLOCKED_MAX = 4_096;
export const AUDIT_ENTRIES_MAX = 100_000;
/** The log drops its oldest entries by so many at once, so that it rarely has to. */
export const AUDIT_SEGMENT_ENTRIES = 10_000;
/** Entries a minute of kinds that a stranger can cause; the rest is counted in one. */
export const AUDIT_FLOOD_PER_MINUTE_MAX = 600;
export const AUDIT_TEXT_BYTES_MAX = 64;
export const NOTES_BYTES_MAX = 1_024;
/** Devices of one person. */
export const KEYS_PER_CONTACT_MAX = 8;
/** Addresses remembered of one key, and the longest of them. */
export const HINTS_PER_KEY_MAX = 4;
export const HINT_BYTES_MAX = 255;
/** A grant with all grants it is derived from; three of them at most. */
export const GRANT_BYTES_MAX = 2_048;
export const GRANT_DELEGATIONS_MAX = 2;
export const GRANT_OPERATIONS_MAX = 8;
export const GRANT_RESOURCE_BYTES_MAX = 128;
/** All grants that an endpoint holds, and all revocations that it remembers. */
export const GRANTS_MAX = 4_096;
export const REVOKED_GRANTS_MAX = 4_096;
/** Of these, at most so many for revocations that peers told: the rest is our person's own. */
export const REVOKED_BY_PEERS_MAX = 2_048;
/** Revocations kept for one peer until it has taken them; then the oldest is forgotten. */
export const REVOCATIONS_PER_PEER_MAX = 256;
/** Grants and revocations of one peer that are looked at: at once, and a minute. Each is up to three signatures. */
export const GRANT_CLAIMS_BURST_MAX = 128;
export const GRANT_CLAIMS_PER_MINUTE_MAX = 60;
/** Sources whose wrong codes or quotas are counted; when full, the one heard of longest ago goes. */
export const SOURCES_MAX = 4_096;
/** Peers and operations whose use is metered at once. */
export const QUOTA_BUCKETS_MAX = 16_384;
/** A person's answer in pairing, and the network's. */
export const PAIRING_PERSON_TIMEOUT: Duration = minutes(2);
export const PAIRING_MESSAGE_BYTES_MAX = 1_024;
export const PAIRING_CODE_CHARS_MAX = 64;
export const PAIRING_QR_TTL: Duration = minutes(10);
/** So that the text fits a QR code of version 15 with medium correction. */
export const QR_HINTS_MAX = 4;
export const QR_HINT_BYTES_MAX = 64;
export const QR_TEXT_CHARS_MAX = 600;
/** Bytes of a relay's host in a QR code, or in a link into a room. */
export const RELAY_PLACE_HOST_BYTES_MAX = 72;
export const QR_RELAYS_MAX = 1;
/** How long whoever scanned a QR waits for the other to show at the relay: connecting to it, with its toll, is in it. */
export const PAIRING_MEET_TIMEOUT: Duration = seconds(30);

// --- room: log --------------------------------------------------------------------------------
export const ROOM_MEMBERS_MAX = 1_000;
/** One operation, in bytes: an invitation with all its keys and all its parents takes 3 KB. */
export const OPERATION_BYTES_MAX = 4_096;
export const OPERATION_PARENTS_MAX = 16;
/** Longest chain of operations: none is longer than a log. */
export const OPERATION_DEPTH_MAX = 8_192;
/** People that one `invite` is for: one key each. */
export const INVITATION_KEYS_MAX = 64;
/** Operations of a log; of it, what one author may write that is neither owner nor admin, and one that is. */
export const LOG_OPERATIONS_MAX = 8_192;
export const LOG_PER_AUTHOR_MAX = 512;
export const LOG_PER_ADMIN_MAX = 4_096;
/** The last places of a log are for owners and admins, so that whoever fills it can still be expelled. */
export const LOG_RESERVED = 1_024;
/** Operations whose parents have not come, and ones dated ahead: the oldest goes. */
export const LOG_WAITING_MAX = 256;
export const LOG_HELD_MAX = 256;
/** Heads in one message: with more, the rest counts as not had. Others in it, by which both find what they share. */
export const LOG_HEADS_MAX = 256;
export const LOG_SAMPLE_MAX = 32;
/** Operations in one message, in bytes. */
export const LOG_BATCH_BYTES_MAX = 49_152;
/** A neighbour is asked for what is missing once in so long, and some neighbour for its heads once in so long. */
export const LOG_ASK_INTERVAL: Duration = seconds(5);
export const LOG_SYNC_INTERVAL: Duration = seconds(30);
/** Heads of one neighbour that are looked at: at once, and how long each takes to be regained. */
export const LOG_HEADS_BURST = 8;
export const LOG_HEADS_REGAIN: Duration = seconds(2);
/** Operations of one neighbour: two full logs at once, and then so many a second. */
export const LOG_RECEIVED_BURST = 16_384;
export const LOG_RECEIVED_PER_SECOND = 256;
/** Times that a room without owners gets one by itself; and parents of checkpoints for which admins are counted. */
export const SUCCESSIONS_MAX = 32;
export const CHECKPOINT_GROUPS_MAX = 8;
/** An owner's node makes a checkpoint after so many operations that are under none, and so long without another. */
export const CHECKPOINT_OPERATIONS = 16;
export const CHECKPOINT_QUIET: Duration = seconds(60);
/** Changes of one identity's role that count, so that judging a log takes no longer than it must; then only leaving and expulsion. */
export const ROOM_ROLES_PER_MEMBER_MAX = 128;
/** Grants that a room remembers of one member; the newest stay. */
export const ROOM_GRANTS_PER_MEMBER_MAX = 32;

// --- room: ways in ----------------------------------------------------------------------------
/** Largest link, in characters: four hints and a name of the longest, and room for a web address before it. */
export const TICKET_TEXT_CHARS_MAX = 2_048;
export const TICKET_HINTS_MAX = 4;
/** Relays that a link names: the longest link stays in its bound. */
export const TICKET_RELAYS_MAX = 2;
/** The number before the words of a room code: 1 to this. */
export const ROOM_CODE_NUMBER_MAX = 999;
/** Largest message of `join/1` that is no part of the package, in bytes: a prekey of 1.5 KB and what goes with it. */
export const JOIN_MESSAGE_BYTES_MAX = 4_096;
export const JOIN_PREKEY_BYTES_MAX = 2_048;
/** One part of the package for a new member, in bytes; so many parts, and so many bytes in all: a full log and its keys. */
export const JOIN_PART_BYTES_MAX = 49_152;
export const JOIN_PARTS_MAX = 2_048;
export const JOIN_PACKAGE_BYTES_MAX = 50_331_648;
/** A package that makes no progress for so long is given up; a member has so long to verify it. */
export const JOIN_PACKAGE_TIMEOUT: Duration = minutes(2);
/** Guests of one room that wait for somebody's word; one more is told to come later. */
export const JOIN_REQUESTS_PER_ROOM_MAX = 64;
/** A request that nobody answers goes after so long. One source makes one in {@link JOIN_REQUEST_INTERVAL}. */
export const JOIN_REQUEST_LIFETIME: Duration = minutes(10);
export const JOIN_REQUEST_INTERVAL: Duration = seconds(5);
/** Invitations of a room that are tried against a guest's proof; later ones are as unknown. */
export const JOIN_INVITATIONS_MAX = 4_096;
/** After {@link PAIRING_TRIES} wrong answers to one member's challenges, a guest is refused there for so long. */
export const CHALLENGE_PAUSE: Duration = minutes(10);
/** Guests whose wrong answers are counted; when full, the one that answered longest ago is forgotten. */
export const CHALLENGED_MAX = 1_024;

// --- mesh: see mesh-limits.ts

// --- topology ---------------------------------------------------------------------------------
/** What a neighbour list names: twice the links a member should have, and where it may be dialed. */
export const LIST_NEIGHBOURS_MAX = 16;
export const LIST_HINTS_MAX = 4;
/** With all neighbours and all hints at their longest. */
export const LIST_BYTES_MAX = 1_718;
/** Up to so many members online, a list is renewed every {@link LIST_PERIOD_MIN}. */
export const LIST_SMALL_ROOM = 12;
export const LIST_PERIOD_MIN: Duration = seconds(5);
/** Above, so often; or, in rooms so large that lists would cost more than what people say, once in so long for each member. */
export const LIST_PERIOD_LARGE: Duration = seconds(60);
export const LIST_PERIOD_PER_MEMBER: Duration = millis(250);
/** Longest that a list may promise: it is believed for three of them. */
export const LIST_PERIOD_MAX: Duration = seconds(300);
/** After a change: not before so long after the list before, and so long for each member. */
export const LIST_SPACING_MIN: Duration = seconds(5);
export const LIST_SPACING_PER_MEMBER: Duration = millis(100);
/** Members up to which the spacing grows with their number; above, with its square, up to the period. */
export const LIST_SPACING_MEMBERS = 400;
/** Changes wait so long for more of them. */
export const LIST_GATHER: Duration = millis(250);
/** Periods without a list after which a member is stale, and after which its list is forgotten. */
export const LIST_STALE_PERIODS = 3;
export const LIST_FORGOTTEN_PERIODS = 6;
/** Lists of one member that are looked at: at once, and the time each takes to be regained. */
export const LIST_BURST_MAX = 8;
export const LIST_REGAIN: Duration = seconds(2);
/** What is missing is told only after so long: until then somebody is at it. */
export const GAP_AFTER: Duration = seconds(10);
/** Gaps are looked for once in so long, and so long for each member, and so many are told. */
export const GAPS_INTERVAL_MIN: Duration = seconds(1);
export const GAPS_INTERVAL_PER_MEMBER: Duration = millis(10);
export const GAPS_MAX = 1_024;

// --- room: endpoint ---------------------------------------------------------------------------
/** Sessions with links that members of rooms may have, contacts or not: 8 neighbours in each of 8 busy rooms. */
export const MEMBER_SESSIONS_MAX = 64;
/** Members that we announce ourselves to on the network, beside contacts: as many as a small room has. */
export const PRESENCE_MEMBERS_MAX = 64;
/** Rooms that an endpoint keeps, those it left and has not forgotten among them. */
export const ROOMS_MAX = 64;
/** Links through a mesh at once: in all, and with one member. A new one of ours or theirs beyond is not made. */
export const FLOWS_MAX = 128;
export const FLOWS_PER_MEMBER_MAX = 4;
/** Record on a routed link: with its envelope it is small beside what members send through each other anyway. */
export const ROUTED_RECORD_BYTES_MAX = 16_384;
/** Endpoints near us that are asked to let us in; how often all are asked, and after what pause. */
export const JOIN_CANDIDATES_MAX = 8;
export const JOIN_ROUNDS_MAX = 4;
export const JOIN_AGAIN: Duration = seconds(1);
/** How long whoever made the link may take to show at a relay that it names: connecting to the relay, with its toll, is in it. */
export const JOIN_MEET_TIMEOUT: Duration = seconds(30);
/** Links of ours that we can be met by at a relay at a time: knocks, then invitations, the ones that end soonest. */
export const DOORS_MET_MAX = 256;
/** Somebody with whom there is a session has taken our channel by then; or is gone. */
export const JOIN_OPEN_TIMEOUT: Duration = seconds(15);
/** Guests whose channels to join are open at once. */
export const JOIN_HOSTS_MAX = 128;
/** Bytes that wait to be said to a room before `broadcast` makes the caller wait. */
export const ROOM_UNSENT_BYTES_MAX = 524_288;
/** Members whose addresses, and members whose prekeys, a newcomer is told. */
export const PACKAGE_HINTS_MAX = 16;
/** Members whose addresses are kept, so that a start finds somebody. */
export const ROOM_HINTS_KEPT_MAX = 32;
/** Longest life of an invitation. */
export const INVITATION_LIFETIME_MAX: Duration = days(365);
/** Pauses between tries to find a way through a mesh for a session that lost its links: the shortest, and the longest. */
export const KEEP_PAUSE_MIN: Duration = seconds(1);
export const KEEP_PAUSE_MAX: Duration = seconds(30);
/** How often sessions with members that nothing uses are looked for; they are kept for so long. */
export const ROOM_SWEEP: Duration = seconds(30);
/** Who came with an invitation that was used already, as a room shows them: the newest ones. */
export const ROOM_REUSERS_MAX = 16;
/** Ways into rooms that we try at once. */
export const JOINS_MAX = 8;
/** Name of a protocol within a room: what a channel's name leaves after `room.`, 22 characters and `/`. */
export const ROOM_PROTOCOL_BYTES_MAX = 36;

// --- apps -----------------------------------------------------------------------------------
export const CHAT_TEXT_BYTES_MAX = 16_384;
export const OUTBOX_MESSAGES_MAX = 10_000;
export const OUTBOX_LIFETIME: Duration = days(14);
/** Longer than any outbox keeps a message, so that a repeat is always known (ADR 11). */
export const SEEN_IDS_LIFETIME: Duration = days(30);
export const FILE_CHUNK_BYTES = 262_144;
export const FILE_NAME_BYTES_MAX = 255;
export const FILE_PATH_DEPTH_MAX = 32;
export const FILES_PER_OFFER_MAX = 10_000;
export const TRANSFERS_PER_PEER_MAX = 16;
/** Bytes of messages that an outbox holds for one peer, whatever their number. */
export const OUTBOX_BYTES_MAX = 8_388_608;
/** Received ids remembered of one peer: every message of a full outbox, and room for those already settled. */
export const SEEN_IDS_MAX = 16_384;
/** Messages, and bytes of text, that a chat's log keeps; the oldest delivered ones go first. */
export const CHAT_LOG_MESSAGES_MAX = 10_000;
export const CHAT_LOG_BYTES_MAX = 16_777_216;
/** Texts, and their bytes, that may be on their way without a receipt. */
export const CHAT_IN_FLIGHT_MAX = 256;
export const CHAT_IN_FLIGHT_BYTES_MAX = 524_288;
/** A reaction: one character as people see it, which may be many code points. */
export const CHAT_SYMBOL_BYTES_MAX = 32;
/** How often one person may change what they did to one text. */
export const CHAT_REVISIONS_MAX = 1_000;
/** Edits of one text within a minute that its writer makes. */
export const CHAT_EDITS_A_MINUTE_MAX = 10;
/** How long a text may be agreed to live, in seconds. */
export const CHAT_LIFETIME_MIN = 60;
export const CHAT_LIFETIME_MAX = 86_400;
/** While texts have lifetimes, the chat's age is stored so often. */
export const CHAT_CLOCK_EVERY: Duration = minutes(1);
/** Proposals of ours that nobody answered; one more is refused. */
export const CHAT_PROPOSALS_MAX = 4;
/** Media type of an attachment. */
export const CHAT_MEDIA_TYPE_BYTES_MAX = 127;
/** Ids in one receipt or settlement. */
export const CHAT_RECEIPT_IDS_MAX = 256;
/** "Is typing" is said again after so long at the earliest, and believed for so long. */
export const TYPING_INTERVAL: Duration = seconds(3);
export const TYPING_LIFETIME: Duration = seconds(8);
/** A transaction that failed is tried again after so long. */
export const STORE_RETRY: Duration = seconds(5);
/** Label of a file with its folders, in bytes of UTF-8. */
export const FILE_PATH_BYTES_MAX = 4_096;
/** Largest file: 1 PiB, so that a chunk's number fits 32 bits. */
export const FILE_BYTES_MAX: number = 2 ** 50;
/** Manifest of one offer, encoded, in bytes; and what one message of it carries. */
export const FILE_MANIFEST_BYTES_MAX = 4_194_304;
export const FILE_MANIFEST_PART_BYTES_MAX = 262_144;
/** Files of which a resuming receiver may claim to hold a part. */
export const FILE_CLAIMS_MAX = 64;
/** Reads or writes of one transfer that may be under way, and their bytes. */
export const FILE_IO_MAX = 16;
export const FILE_IO_BYTES_MAX = 2_097_152;
/** Finished transfers remembered of one peer, so that an offer made twice is not received twice. */
export const DONE_TRANSFERS_MAX = 4_096;
