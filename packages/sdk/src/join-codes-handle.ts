/** Join codes as the SDK shows them: made, tried, answered, each with an endpoint of its own. */
import {
  bytesToHex,
  type CryptoProvider,
  formatJoinCode,
  type Introduces,
  type LocalIdentity,
  minutes,
  oneTimeIdentity,
  type PeerId,
  type RandomSource,
  type RoomId,
  readJoinCode,
} from "@kith/core";
import type { Clock } from "./clock.ts";
import type { Dialler } from "./dialler.ts";
import type { Driver } from "./driver.ts";
import { EndpointError, endpointClosed } from "./endpoint-error.ts";
import type { FilePort } from "./file-port.ts";
import { type JoinCodeHome, JoinCodeRun, type JoinCodeRunOptions, type OneTimeEndpoint } from "./join-code-run.ts";
import type { JoinCodeAnswer, JoinCodePurpose, JoinCodes, JoinCodeView } from "./join-codes-api.ts";
import type { Mailbox, Mailboxes } from "./mailbox.ts";
import { type Observable, Subject } from "./observable.ts";
import type { Room } from "./rooms-api.ts";

/** Codes at a time: each is an endpoint with a connection of its own. */
const CODES_MAX = 8;
const LIFETIME_DEFAULT = minutes(10);
/** How long an ended one can still be seen. */
const SHOWN_AFTER_END = minutes(1);
/** An invitation that a code hands over is used at once, or not at all. */
const INVITATION_LIFETIME = minutes(15);

export interface JoinCodesParts {
  readonly driver: Driver;
  readonly dialler: Dialler;
  readonly provider: CryptoProvider;
  readonly random: RandomSource;
  readonly clock: Clock;
  readonly mailboxes: Mailboxes | undefined;
  readonly files: FilePort | undefined;
  /** Serves one code, under this identity; it introduces us where that is what the code is for. */
  readonly makeEndpoint: (identity: LocalIdentity, introduces: Introduces) => OneTimeEndpoint;
  readonly connect: (peer: PeerId, hint: string) => Promise<unknown>;
  readonly adopt: JoinCodeHome["adopt"];
  readonly room: (id: RoomId) => Room | undefined;
}

export class JoinCodesHandle implements JoinCodes {
  readonly #parts: JoinCodesParts;
  readonly #all = new Subject<readonly JoinCodeView[]>([]);
  readonly #runs = new Map<string, JoinCodeRun>();
  /** Of codes that go on, and those over which the device's own sessions run. */
  readonly #mailboxes = new Set<Mailbox>();
  readonly #forgetting = new Set<() => void>();
  #opening = 0;
  #isOver = false;

  constructor(parts: JoinCodesParts) {
    this.#parts = parts;
  }

  get all(): Observable<readonly JoinCodeView[]> {
    return this.#all;
  }

  async create(purpose: JoinCodePurpose, options: Parameters<JoinCodes["create"]>[1] = {}): Promise<string> {
    const { lifetimeMs = LIFETIME_DEFAULT, relay: host, signal } = options;
    if (purpose.for === "room" && this.#parts.room(purpose.room) === undefined)
      throw new EndpointError("ERR_ROOM_UNKNOWN", "Cannot make a code: we are not in that room");
    // What cannot be read should fail here, not when somebody has come for it.
    if (purpose.for === "files") await this.#files().select(purpose.paths);
    return this.#begin(
      (mailboxes, identity) => mailboxes.open({ identity, host, lifetimeMs, signal }),
      (mailbox) => {
        const { driver } = this.#parts;
        const words = driver.core.joinCodes.newWords(driver.moment());
        const code = formatJoinCode({ mailbox: mailbox.number, words, host: mailbox.host });
        return { words: words.join("-"), made: { code, purpose, isLonger: words.length > 2 } };
      },
    );
  }

  async join(text: string, { signal }: Parameters<JoinCodes["join"]>[1] = {}): Promise<string> {
    const reading = readJoinCode(text);
    if ("faults" in reading)
      throw new EndpointError("ERR_ARGUMENT", "Cannot use the code: it is not a number and two words of the list");
    const { mailbox: number, host, words } = reading.code;
    return this.#begin(
      (mailboxes, identity) => mailboxes.enter({ identity, host, number, signal }),
      () => ({ words: words.join("-") }),
    );
  }

  async answer(id: string, answer: JoinCodeAnswer): Promise<void> {
    await this.#find(id).answer(answer);
    this.#refresh();
  }

  async cancel(id: string): Promise<void> {
    this.#find(id).cancel();
    this.#refresh();
  }

  /** The endpoint closes: goodbyes, while there are links. */
  async end(): Promise<void> {
    this.#isOver = true;
    for (const forget of this.#forgetting) forget();
    for (const run of this.#runs.values()) run.cancel();
    await Promise.all([...this.#runs.values()].map(({ closed }) => closed));
  }

  /** After that, no link is left. */
  async close(): Promise<void> {
    await Promise.all([...this.#mailboxes].map((mailbox) => mailbox.close()));
  }

  async #begin(
    reach: (mailboxes: Mailboxes, identity: LocalIdentity) => Promise<Mailbox>,
    terms: (mailbox: Mailbox) => Pick<JoinCodeRunOptions, "words" | "made">,
  ): Promise<string> {
    const { mailboxes, provider, random, clock, driver, dialler, makeEndpoint, connect, adopt } = this.#parts;
    if (mailboxes === undefined)
      throw new EndpointError("ERR_RELAY", "Cannot use a code: this endpoint knows no relay to meet at");
    const going = [...this.#runs.values()].filter(({ isOver }) => !isOver).length;
    if (going + this.#opening >= CODES_MAX)
      throw new EndpointError("ERR_LIMIT", `Cannot use a code: ${CODES_MAX} others go on`);
    const identity = oneTimeIdentity(provider, random);
    this.#opening += 1;
    const mailbox = await reach(mailboxes, identity).finally(() => {
      this.#opening -= 1;
    });
    if (this.#isOver) {
      await mailbox.close();
      throw endpointClosed();
    }
    this.#mailboxes.add(mailbox);
    void mailbox.closed.then(() => this.#mailboxes.delete(mailbox));
    const id = bytesToHex(random(4));
    const endpoint = makeEndpoint(identity, driver.core.joinCodes.introduces);
    const home: JoinCodeHome = { driver, dialler, adopt, connect, invite: (purpose) => this.#invite(purpose) };
    const changed = (): void => this.#refresh();
    const run = new JoinCodeRun({ id, mailbox, endpoint, home, provider, clock, changed, ...terms(mailbox) });
    this.#runs.set(id, run);
    void run.closed.then(() => this.#forgetLater(id));
    run.begin();
    this.#refresh();
    return id;
  }

  async #invite({ room: id, role }: Extract<JoinCodePurpose, { for: "room" }>): Promise<string> {
    const room = this.#parts.room(id);
    const terms = { uses: 1, lifetimeMs: INVITATION_LIFETIME, ...(role !== undefined && { role }) };
    const [link] = (await room?.invite(terms))?.links ?? [];
    if (link === undefined) throw new EndpointError("ERR_ROOM_UNKNOWN", "Cannot invite: we are not in that room");
    return link;
  }

  #forgetLater(id: string): void {
    if (this.#isOver) return;
    const cancel = this.#parts.clock.schedule(SHOWN_AFTER_END, () => {
      this.#forgetting.delete(cancel);
      this.#runs.delete(id);
      this.#refresh();
    });
    this.#forgetting.add(cancel);
  }

  #find(id: string): JoinCodeRun {
    const run = this.#runs.get(id);
    if (run === undefined || run.isOver)
      throw new EndpointError("ERR_PAIRING_STEP", "Cannot answer: no such code is in use");
    return run;
  }

  #files(): FilePort {
    const { files } = this.#parts;
    if (files === undefined)
      throw new EndpointError("ERR_FILE", "Cannot send files: this endpoint has no access to files");
    return files;
  }

  #refresh(): void {
    this.#all.set([...this.#runs.values()].map(({ view }) => view));
  }
}
