/**
 * What a relay keeps, as questions and answers (spec/relay.md §4, §8; spec/relay-meeting.md §3, §4).
 *
 * The relay's machine asks, whoever runs it answers: from memory ({@link MemoryRelayState}), from SQLite, or from
 * something that several relays share. Each question is one transaction: what it says happens whole or not at all,
 * and the answer comes once it is durable. Everything that expires does so by the `wall` time of the question, which
 * is the relay's clock. Byte fields of a question are nobody else's and may be kept.
 *
 * One suite says what every implementation must do: `relay-state-suite.ts`.
 *
 * @module
 */
import type { WallTime } from "../lib/time.ts";
import type { ItemName } from "./relay-message.ts";

/** Who is allowed to log in. */
export interface RelayStanding {
  /** Logged in within the last 30 days, admitted, or the owner. */
  readonly known: boolean;
  readonly owner: boolean;
  readonly claimed: boolean;
  readonly invitedOnly: boolean;
}

/** A sealed item, and where it stands among the items of its receiver: numbers rise, and are never used again. */
export interface KeptItem extends ItemName {
  readonly place: number;
  /** When it was deposited. */
  readonly wall: WallTime;
  readonly sealed: Uint8Array;
}

/** What is asked, by its name; each has an answer of that name in {@link RelayAnswers}. */
export interface RelayQuestions {
  /**
   * May somebody from `source` try to log in? So many `perMinute` may, at whichever node. Asked, and counted, before
   * anything is computed for whoever it is.
   */
  readonly attempt: {
    readonly type: "attempt";
    readonly source: string;
    readonly perMinute: number;
    readonly wall: WallTime;
  };
  /**
   * May that key log in? A known one, or one that `paid`, is remembered as logged in at `wall`. `pass` is a hash: it
   * admits a key that is not known, is counted down in the same transaction, and only if the key `paid`.
   * `isCaller`: it comes for one mailbox alone; it may, also where only invited ones may log in, and is not remembered.
   */
  readonly login: {
    readonly type: "login";
    readonly key: Uint8Array;
    readonly pass: Uint8Array | undefined;
    readonly isCaller: boolean;
    readonly paid: boolean;
    readonly wall: WallTime;
  };
  /** Whether that key owns the relay now. */
  readonly owner: { readonly type: "owner"; readonly key: Uint8Array };
  /**
   * Makes `key` the owner if `proof` is the hash of the claim code and there is no owner or `key` is it already, or if
   * it is the hash of the recovery key. `recovery` is the hash of the next recovery key. Wrong tries count for `source`.
   */
  readonly claim: {
    readonly type: "claim";
    readonly key: Uint8Array;
    readonly source: string;
    readonly proof: Uint8Array;
    readonly recovery: Uint8Array;
    readonly wall: WallTime;
  };
  readonly policy: { readonly type: "policy"; readonly invitedOnly: boolean };
  /** A pass, by its hash, that lets `uses` keys in. */
  readonly admit: {
    readonly type: "admit";
    readonly pass: Uint8Array;
    readonly uses: number;
    readonly until: WallTime;
    readonly wall: WallTime;
  };
  /** The lowest free numbers are from 1 on; of the lowest 16 free ones that at `pick` (0..15) is taken. */
  readonly open: {
    readonly type: "open";
    readonly key: Uint8Array;
    readonly pick: number;
    readonly until: WallTime;
    readonly wall: WallTime;
  };
  /** Puts `key` into an open mailbox, if nobody else was first. Wrong tries count for `key` and for `source`. */
  readonly enter: {
    readonly type: "enter";
    readonly key: Uint8Array;
    readonly source: string;
    readonly mailbox: number;
    readonly wall: WallTime;
  };
  /** Ends a mailbox that `key` opened. */
  readonly shut: { readonly type: "shut"; readonly key: Uint8Array; readonly mailbox: number };
  /** Keeps an item, if there is room. Each counts for `from`, of which 64 a minute may be. */
  readonly deposit: {
    readonly type: "deposit";
    readonly from: Uint8Array;
    readonly to: Uint8Array;
    readonly id: Uint8Array;
    readonly sealed: Uint8Array;
    readonly until: WallTime;
    readonly wall: WallTime;
  };
  /** Items of `key` with a place above `after`, in order: at most `count`, and no more than `bytes` unless it is one. */
  readonly items: {
    readonly type: "items";
    readonly key: Uint8Array;
    readonly after: number;
    readonly count: number;
    readonly bytes: number;
    readonly wall: WallTime;
  };
  readonly taken: { readonly type: "taken"; readonly key: Uint8Array; readonly items: readonly ItemName[] };
  /**
   * Keeps a share of `key`, which is known, under an id that nothing has or had: one that ended keeps its id until its
   * time is up, so that a put that comes late brings nothing back. Counts for `key` and for `source`. `uses`: how
   * often it may be taken; 0: not counted.
   */
  readonly keepShare: {
    readonly type: "keepShare";
    readonly key: Uint8Array;
    readonly source: string;
    readonly id: Uint8Array;
    readonly sealed: Uint8Array;
    readonly uses: number;
    readonly until: WallTime;
    readonly wall: WallTime;
  };
  /** Gives a share out and counts that; with the last use its bytes are deleted. Counts for `source`. */
  readonly takeShare: {
    readonly type: "takeShare";
    readonly id: Uint8Array;
    readonly source: string;
    readonly wall: WallTime;
  };
  /** Deletes the bytes of a share that `key` put there; nothing of them may be found in a file afterwards. */
  readonly endShare: {
    readonly type: "endShare";
    readonly key: Uint8Array;
    readonly id: Uint8Array;
    readonly wall: WallTime;
  };
  /** Forgets everything for or by `key`; nothing of it may be found in a file afterwards. Not asked of the owner. */
  readonly purge: { readonly type: "purge"; readonly key: Uint8Array };
  /** Forgets what has expired. Asked once a minute. */
  readonly sweep: { readonly type: "sweep"; readonly wall: WallTime };

  /** The rest is for whoever runs the relay, and is the same for every state. */

  /** The numbers that `/metrics` has, as JSON. */
  readonly status: { readonly type: "status" };
  /** A copy of the store in the relay's own folder. */
  readonly backup: { readonly type: "backup" };
  /** The seed of the relay's next key, in force at the next start. */
  readonly rotate: { readonly type: "rotate"; readonly seed: Uint8Array };
  /** A password for a user of the TURN server, by the coturn REST convention: base64(HMAC-SHA1(secret, user)). */
  readonly turn: { readonly type: "turn"; readonly user: string };
}

/** What is answered, by the name of the question. `storage` to any: it could not be done, and nothing of it was. */
export interface RelayAnswers {
  readonly attempt: { readonly type: "attempt"; readonly verdict: "welcome" } | Paused<"attempt">;
  readonly login: {
    readonly type: "login";
    /** `stranger`: it must pay, then ask again. `unwelcome`: invited only. `full`: no more keys can be remembered. */
    readonly verdict: "welcome" | "stranger" | "unwelcome" | "full";
    readonly standing: RelayStanding;
    /** Mailboxes of the key, opened or entered, in which somebody is. */
    readonly met: readonly MetMailbox[];
  };
  readonly owner: { readonly type: "owner"; readonly owner: boolean };
  readonly claim: { readonly type: "claim"; readonly verdict: "claimed" | "wrong" } | Paused<"claim">;
  readonly policy: { readonly type: "policy" };
  readonly admit: { readonly type: "admit"; readonly verdict: "admitted" | "full" };
  readonly open:
    | { readonly type: "open"; readonly verdict: "opened"; readonly mailbox: number }
    | { readonly type: "open"; readonly verdict: "full" };
  readonly enter:
    | { readonly type: "enter"; readonly verdict: "met"; readonly other: Uint8Array }
    | { readonly type: "enter"; readonly verdict: "unknown" }
    | Paused<"enter">;
  readonly shut: { readonly type: "shut" };
  /** `kept` also if it was kept before. */
  readonly deposit: { readonly type: "deposit"; readonly verdict: "kept" | "full" } | Paused<"deposit">;
  readonly items: {
    readonly type: "items";
    readonly items: readonly KeptItem[];
    /** There are more above the last of them. */
    readonly more: boolean;
  };
  readonly taken: { readonly type: "taken" };
  readonly keepShare: /**
   * `kept` also if the same was kept before, and nothing is counted anew. `taken`: something else has or had that id.
   * `stranger`: the key is not known.
   */
  { readonly type: "keepShare"; readonly verdict: "kept" | "taken" | "full" | "stranger" } | Paused<"keepShare">;
  readonly takeShare:
    | { readonly type: "takeShare"; readonly verdict: "given"; readonly sealed: Uint8Array }
    /** `ended`: all uses are over, or who put it there ended it. */
    | { readonly type: "takeShare"; readonly verdict: "unknown" | "ended" }
    | Paused<"takeShare">;
  /** `ended` also if it was before. `unknown`: none of that key's. */
  readonly endShare: { readonly type: "endShare"; readonly verdict: "ended" | "unknown" };
  readonly purge: { readonly type: "purge" };
  readonly sweep: { readonly type: "sweep" };
  readonly status: { readonly type: "status"; readonly text: string };
  readonly backup: { readonly type: "backup"; readonly name: string };
  readonly rotate: { readonly type: "rotate" };
  /** `undefined`: there is no TURN server. */
  readonly turn: { readonly type: "turn"; readonly credential: TurnCredential | undefined };
}

interface Paused<Type extends string> {
  readonly type: Type;
  readonly verdict: "paused";
  readonly until: WallTime;
}

export interface MetMailbox {
  readonly mailbox: number;
  readonly other: Uint8Array;
}

export interface TurnCredential {
  readonly password: string;
  readonly urls: readonly string[];
}

/** The store could not write, or could not be read. */
export interface StorageTrouble {
  readonly type: "storage";
}

export type RelayQuestion = RelayQuestions[keyof RelayQuestions];
export type RelayAnswer = RelayAnswers[keyof RelayAnswers] | StorageTrouble;

/** Questions that a state answers, all but those for whoever runs the relay. */
export type StateQuestion = Exclude<RelayQuestion, { type: "status" | "backup" | "rotate" | "turn" }>;
export type StateAnswer<Question extends StateQuestion = StateQuestion> =
  | RelayAnswers[Question["type"]]
  | StorageTrouble;
