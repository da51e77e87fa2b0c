/**
 * How `kith` ends, by meaning (docs/cli.md §3). Programs switch over these; they never change.
 *
 * @module
 */
import type { PairingFailure, TransferFailure } from "@kith/sdk";

export const EXIT = {
  done: 0,
  /** Something we did not foresee. */
  bug: 1,
  /** The command line is wrong. */
  usage: 2,
  /** No contact, nearby peer, message, offer or transfer is meant; or more than one could be. */
  unknown: 3,
  /** Nobody answers there. */
  unreachable: 4,
  /** Somebody said no: a person, a policy, a block. */
  refused: 5,
  /** A check failed: wrong code or passphrase, other words, another key, a damaged log. */
  unverified: 6,
  /** It is not done yet, and we waited long enough. */
  unfinished: 7,
  /** A file or folder cannot be read or written. */
  file: 8,
  /** The home folder is in use or damaged, or its node does not answer. */
  home: 9,
  /** `kith doctor` found something to repair. */
  ailing: 10,
  interrupted: 130,
  terminated: 143,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** What a command ends with when it cannot do its work. `message` and `hint` are for people. */
export class CliError extends Error {
  override readonly name = "CliError";
  readonly exit: ExitCode;
  readonly code: string;
  readonly hint: string | undefined;
  constructor(exit: ExitCode, code: string, message: string, options?: ErrorOptions & { readonly hint?: string }) {
    super(message, options);
    this.exit = exit;
    this.code = code;
    this.hint = options?.hint;
  }
}

/** By `code`, not by class: the error may come from a node in another process. */
const EXIT_BY_ERROR: ReadonlyMap<string, ExitCode> = new Map<string, ExitCode>([
  ["ERR_PEER_UNREACHABLE", EXIT.unreachable],
  ["ERR_SESSION_CLOSED", EXIT.unreachable],
  ["ERR_PEER_UNEXPECTED", EXIT.unverified],
  ["ERR_HANDSHAKE_FAILED", EXIT.unverified],
  ["ERR_IDENTITY", EXIT.unverified],
  ["ERR_BACKUP", EXIT.file],
  ["ERR_PEER_UNKNOWN", EXIT.unknown],
  ["ERR_GRANT_UNKNOWN", EXIT.unknown],
  ["ERR_TRANSFER_UNKNOWN", EXIT.unknown],
  ["ERR_ROOM_UNKNOWN", EXIT.unknown],
  ["ERR_CARD_UNKNOWN", EXIT.unknown],
  ["ERR_CARD_STATE", EXIT.refused],
  ["ERR_CARD", EXIT.refused],
  ["ERR_PASS_SIGNING", EXIT.refused],
  ["ERR_PASS_CERTIFICATE", EXIT.refused],
  ["ERR_FACT_UNKNOWN", EXIT.unknown],
  ["ERR_FACT_STATE", EXIT.refused],
  ["ERR_FACT", EXIT.refused],
  ["ERR_NOT_AUTHORIZED", EXIT.refused],
  ["ERR_CHANNEL_REFUSED", EXIT.refused],
  ["ERR_CHANNEL_CLOSED", EXIT.unreachable],
  ["ERR_PAIRING_STEP", EXIT.refused],
  ["ERR_TRANSFER_STATE", EXIT.refused],
  ["ERR_TICKET", EXIT.refused],
  ["ERR_WRONG_CODE", EXIT.unverified],
  ["ERR_TRY_LATER", EXIT.unfinished],
  ["ERR_ROOM_LEFT", EXIT.refused],
  ["ERR_LIMIT", EXIT.refused],
  ["ERR_TOO_LARGE", EXIT.usage],
  ["ERR_FILE", EXIT.file],
  ["ERR_FILE_DAMAGED", EXIT.file],
  ["ERR_ARGUMENT", EXIT.usage],
  ["ERR_ADDRESS", EXIT.usage],
  ["ERR_STORAGE", EXIT.home],
  ["ERR_HOME_IN_USE", EXIT.home],
  ["ERR_RELAY", EXIT.unreachable],
  ["ERR_JOIN_CODE", EXIT.unknown],
  ["ERR_CONFIG", EXIT.usage],
  ["ERR_LISTEN", EXIT.usage],
  ["ERR_TLS", EXIT.file],
  ["ERR_BACKUP", EXIT.file],
  ["ERR_DATA", EXIT.home],
  ["ERR_DATA_IN_USE", EXIT.home],
  ["ERR_DATABASE", EXIT.home],
  ["ERR_PART", EXIT.unreachable],
  ["ERR_ENDPOINT_CLOSED", EXIT.home],
]);

export interface Verdict {
  readonly exit: ExitCode;
  readonly code: string;
  readonly message: string;
  readonly hint?: string | undefined;
}

/** What to say of whatever was thrown, and how to end. */
export function verdictOf(error: unknown): Verdict {
  if (error instanceof CliError)
    return { exit: error.exit, code: error.code, message: error.message, hint: error.hint };
  const message = error instanceof Error ? error.message : String(error);
  const code = codeOf(error);
  const exit = code === undefined ? undefined : EXIT_BY_ERROR.get(code);
  if (code !== undefined && exit !== undefined) return { exit, code, message, hint: HINTS.get(code) };
  return { exit: EXIT.bug, code: code ?? "ERR_BUG", message };
}

const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;

const HINTS: ReadonlyMap<string, string> = new Map([
  ["ERR_PEER_UNEXPECTED", "Another key answers than the one you know. Ask in person before you go on."],
  ["ERR_PEER_UNREACHABLE", "Is Kith running there? `kith doctor` looks for what is in the way."],
  ["ERR_IDENTITY", "A sealed home opens with --passphrase-file FILE or $KITH_PASSPHRASE."],
  ["ERR_HOME_IN_USE", "Another kith runs with this home and does not answer. Use --home for a second identity."],
  ["ERR_RELAY", "Codes meet at a relay: --relay HOST names yours, $KITH_RELAY too. `kith relay` runs one."],
  ["ERR_JOIN_CODE", "A code is good once, for some minutes. Ask for a new one."],
  ["ERR_CONFIG", "`kith relay --help` lists every setting; `kith relay check-config` tells without starting one."],
  ["ERR_LISTEN", "Another program may have that port: --port 0 takes any free one."],
  ["ERR_DATA_IN_USE", "A relay runs with this folder already. For a second relay: --data DIR"],
  ["ERR_TICKET", "Ask whoever invited you for another link, or for a room code: kith room invite"],
  ["ERR_WRONG_CODE", "Ask for a new code; one lasts two minutes or three tries."],
  ["ERR_TRY_LATER", "There were too many tries. Wait ten minutes, then try again."],
  ["ERR_ROOM_LEFT", "`kith room list` shows the rooms that you are in."],
  ["ERR_LIMIT", "`kith room list` shows all; `kith room leave` and `kith room forget` make place."],
  ["ERR_NOT_AUTHORIZED", "`kith trust show PEER` lists what a contact may do."],
]);

export const exitOfPairing = (reason: PairingFailure): ExitCode => PAIRING_EXIT[reason];

const PAIRING_EXIT: Readonly<Record<PairingFailure, ExitCode>> = {
  "wrong-code": EXIT.unverified,
  mismatch: EXIT.unverified,
  "key-changed": EXIT.unverified,
  protocol: EXIT.unverified,
  expired: EXIT.unfinished,
  paused: EXIT.unfinished,
  denied: EXIT.refused,
  cancelled: EXIT.refused,
  blocked: EXIT.refused,
  unreachable: EXIT.unreachable,
};

export const exitOfTransfer = (reason: TransferFailure | undefined): ExitCode =>
  reason === undefined ? EXIT.refused : TRANSFER_EXIT[reason];

const TRANSFER_EXIT: Readonly<Record<TransferFailure, ExitCode>> = {
  "disk-full": EXIT.file,
  permission: EXIT.file,
  "not-found": EXIT.file,
  changed: EXIT.file,
  "too-large": EXIT.file,
  corrupt: EXIT.unverified,
  "not-authorized": EXIT.refused,
  protocol: EXIT.unverified,
};
