/**
 * What `kith up` shows and asks. Above: what happened. Below: who is near, what is on its way, and
 * a question if there is one. Without a terminal the same facts are lines; under `--json`, records.
 *
 * @module
 */
import { resolve } from "node:path";
import type { PairingView, TransferView } from "@kith/sdk";
import { around } from "./around.ts";
import { CommandPrompt } from "./command-prompt.ts";
import { confirm, type Dialog } from "./dialog.ts";
import { verdictOf } from "./exit-code.ts";
import type { Kith } from "./kith.ts";
import { leadPairing, nameOf, pairingError } from "./pairing-dialog.ts";
import { changes, describeChange } from "./peer-changes.ts";
import { PeerNumbers } from "./peer-numbers.ts";
import { alarmLines } from "./render/alarm-view.ts";
import { messageLines } from "./render/message-view.ts";
import { type NumberedPeer, peerTable } from "./render/peer-table.ts";
import { endInWords, progressLine, shortId, transferTitle } from "./render/progress.ts";
import { relayWords } from "./render/relay-view.ts";
import { safeText } from "./render/terminal-text.ts";
import { bytesInWords, count } from "./render/units.ts";
import type { Shell } from "./shell.ts";
import { isOver } from "./transfer-watch.ts";
import { UpRooms } from "./up-rooms.ts";
import { follow } from "./waiting.ts";

export interface UpOptions {
  readonly signal: AbortSignal;
  readonly isConsentGiven: boolean;
  readonly acceptsFiles: boolean;
  readonly directory?: string;
}

const KEY_WORDS: Readonly<Record<NonNullable<Kith["keyProtection"]>, string>> = {
  keyring: "in the system's keyring",
  passphrase: "sealed by a passphrase",
  "owner-only": "in a file that only you can read",
  none: "in memory only",
};

export class UpView implements Disposable {
  readonly #shell: Shell;
  readonly #kith: Kith;
  readonly #options: UpOptions;
  readonly #dialog: Dialog;
  readonly #numbers: PeerNumbers;
  readonly #isTable: boolean;
  readonly #led = new Set<string>(); // pairings that have, or had, our attention
  readonly #asked = new Set<string>(); // offers, likewise
  readonly #toldTransfers = new Map<string, string>();
  readonly #toldRelays = new Map<string, string>(); // by host
  readonly #toldAlarms = new Set<string>(); // as many as a node raises
  readonly #prompt: CommandPrompt;
  readonly #rooms: UpRooms;
  #guestLines: readonly string[] = []; // what a typed command shows while it runs
  #peers: readonly NumberedPeer[] = [];
  #toldAddresses = "";

  constructor(shell: Shell, kith: Kith, options: UpOptions) {
    this.#shell = shell;
    this.#kith = kith;
    this.#options = options;
    this.#numbers = PeerNumbers.load(shell.options.home);
    this.#isTable = shell.terminal.isInteractive && !shell.isJson;
    this.#dialog = shell.dialog(() => this.#interrupt());
    this.#prompt = new CommandPrompt(shell, kith, this.#dialog, (lines) => {
      this.#guestLines = lines;
      this.#draw();
    });
    this.#rooms = new UpRooms(shell, kith, { say: (line) => this.say(line), draw: () => this.#draw() });
  }

  say(line: string): void {
    this.#dialog.print(line);
  }

  /** Until the signal aborts. */
  async run(): Promise<void> {
    const { signal } = this.#options;
    this.#tellSelf();
    for (const { id } of this.#kith.files.transfers.get().filter(isOver)) this.#toldTransfers.set(id, "");
    const messages = this.#tellMessages();
    await Promise.all([
      follow([this.#kith.addresses, this.#kith.privacy], () => this.#tellAddresses(), signal),
      follow([this.#kith.nearby, this.#kith.openSessions, this.#kith.trust.contacts], () => this.#tellPeers(), signal),
      follow([this.#kith.relays], () => this.#tellRelays(), signal),
      follow([this.#kith.files.transfers], () => this.#tellTransfers(), signal),
      follow([this.#kith.alarms], () => this.#tellAlarms(), signal),
      follow([this.#kith.pairing.all, this.#prompt.ended], () => this.#takePairings(), signal),
      messages,
      this.#rooms.run(signal),
      this.#isTable ? this.#prompt.run(signal) : undefined,
    ]);
    this.#dialog.show([]);
  }

  [Symbol.dispose](): void {
    this.#dialog[Symbol.dispose]();
  }

  /** Ctrl-C ends what was typed here, if it still runs, else the node. */
  #interrupt(): void {
    if (!this.#prompt.interrupt()) this.#shell.interrupt();
  }

  #tellSelf(): void {
    const { id, fingerprint, name, isOneTime, keyProtection } = this.#kith;
    const { home } = this.#shell.options;
    const { style } = this.#shell;
    this.#shell.record({
      type: "node",
      id,
      fingerprint,
      name,
      isOneTime,
      home,
      keyProtection,
      privacy: this.#kith.privacy.get(),
    });
    this.say(`${style.strong(safeText(name))}${isOneTime ? style.dim("  (one-time identity)") : ""}`);
    this.say(`  fingerprint  ${fingerprint}`);
    if (keyProtection !== undefined) this.say(`  key          ${KEY_WORDS[keyProtection]}`);
  }

  #tellAddresses(): void {
    const addresses = this.#kith.addresses.get();
    const privacy = this.#kith.privacy.get();
    const told = JSON.stringify([addresses, privacy]);
    if (told === this.#toldAddresses) return;
    this.#toldAddresses = told;
    this.#shell.record({ type: "reachable", addresses, privacy });
    const where = addresses.length === 0 ? "nowhere yet: no network" : addresses.map((one) => safeText(one)).join("  ");
    this.say(`  reachable    ${where}`);
    this.say(`  privacy      ${privacy}`);
  }

  /** Each when it is another with it than before. */
  #tellRelays(): void {
    for (const view of this.#kith.relays.get()) {
      const words = relayWords(view);
      if (view.state === "connecting" || this.#toldRelays.get(view.host) === words) continue;
      this.#toldRelays.set(view.host, words);
      this.#shell.record({ type: "relay-used", ...view });
      const line = `  relay        ${safeText(view.host, 60)}: ${words}`;
      this.say(view.state === "key-changed" ? this.#shell.style.bad(line) : line);
    }
  }

  #tellPeers(): void {
    const nearby = around(this.#kith);
    const assigned = this.#numbers.assign(nearby, this.#shell.terminal.now());
    const peers = nearby
      .map((one, at) => ({ number: assigned[at] ?? 0, nearby: one }))
      .sort((a, b) => a.number - b.number);
    for (const change of changes(this.#peers, peers)) {
      this.#shell.record({ type: change.what, number: change.number, ...change.nearby });
      if (!this.#isTable) this.say(describeChange(change));
    }
    this.#peers = peers;
    this.#draw();
  }

  #draw(): void {
    if (!this.#isTable) return;
    const { style } = this.#shell;
    const { columns, rows } = this.#shell.terminal.size();
    const peers = peerTable(this.#peers, style, columns - 1);
    const room = Math.max(4, rows - 10 - this.#rooms.lines().length);
    const hidden = peers.length > room ? [style.dim(`… and ${peers.length - room} more: kith peers`)] : [];
    const running = this.#kith.files.transfers.get().filter((view) => !isOver(view) && view.state !== "offered");
    this.#dialog.show([
      "",
      ...(peers.length === 0 ? [style.dim("Nobody is near yet …")] : [...peers.slice(0, room), ...hidden]),
      ...this.#rooms.lines(),
      ...this.#guestLines.slice(0, 4),
      ...running.slice(0, 4).map((view) => progressLine(view, style, columns - 1)),
      style.dim(this.#hint()),
    ]);
  }

  #hint(): string {
    const stranger = this.#peers.find(({ nearby }) => !nearby.isContact);
    const contact = this.#peers.find(({ nearby }) => nearby.isContact);
    const next = stranger ? `pair ${stranger.number}` : contact ? `chat ${contact.number}` : "doctor";
    return `Type a command: ${next}   help   Ctrl-C leaves`;
  }

  async #tellMessages(): Promise<void> {
    const { signal } = this.#options;
    try {
      for await (const event of this.#kith.chat.watch({ signal })) {
        if (event.type !== "message" || event.message.isOurs) continue;
        const { message } = event;
        this.#shell.record({ type: "message", ...message });
        const name = this.#nameOf(message.peer);
        for (const line of messageLines(message, name, this.#shell.style, this.#shell.terminal.now())) this.say(line);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  #nameOf(peer: string): string {
    const contact = this.#kith.trust.contacts.get().find((one) => one.peer === peer);
    return safeText(contact?.name ?? `${peer.slice(0, 8)}…`, 40);
  }

  #tellTransfers(): void {
    for (const view of this.#kith.files.transfers.get()) {
      const told = this.#toldTransfers.get(view.id);
      if (told === "") continue;
      const line = JSON.stringify(view);
      if (told !== line) this.#shell.record({ type: "transfer", ...view });
      this.#toldTransfers.set(view.id, isOver(view) ? "" : line);
      if (isOver(view)) this.#tellEnd(view);
      else if (!view.isOutgoing && view.state === "offered") this.#takeOffer(view);
    }
    this.#draw();
  }

  #tellEnd(view: TransferView): void {
    const { style } = this.#shell;
    const good = view.state === "done";
    const sign = good ? style.good(style.signs.good) : style.bad(style.signs.bad);
    const way = view.isOutgoing ? `to ${this.#nameOf(view.peer)}` : `from ${this.#nameOf(view.peer)}`;
    const where = good && view.directory !== undefined ? ` in ${safeText(view.directory)}` : "";
    this.say(`${sign} ${transferTitle(view)} ${way}: ${endInWords(view)}${where}`);
  }

  #takeOffer(view: TransferView): void {
    if (this.#asked.has(view.id)) return;
    this.#asked.add(view.id);
    this.#askOffer(view).catch((error: unknown) => this.#tellError(error));
  }

  async #askOffer(view: TransferView): Promise<void> {
    const { style } = this.#shell;
    const what = `${style.strong(transferTitle(view))} (${count(view.fileCount, "file")}, ${bytesInWords(view.bytesTotal)})`;
    const offers = `${this.#nameOf(view.peer)} offers ${what}.`;
    if (this.#options.acceptsFiles) this.say(offers);
    else if (!this.#isTable) return this.say(`${offers} Take it: kith inbox accept ${shortId(view)}`);
    const accepts = this.#options.acceptsFiles || (await this.#whileOffered(view, offers));
    if (!accepts) return this.#kith.files.decline(view.id);
    const { directory } = this.#options;
    const folder = directory === undefined ? {} : { directory: resolve(this.#shell.terminal.cwd, directory) };
    return this.#kith.files.accept(view.id, folder);
  }

  /** Asks, and withdraws the question if the offer is gone before the answer. */
  async #whileOffered(view: TransferView, offers: string): Promise<boolean> {
    const gone = new AbortController();
    const { transfers } = this.#kith.files;
    const stop = transfers.subscribe(() => {
      if (transfers.get().find(({ id }) => id === view.id)?.state !== "offered")
        gone.abort(new Error("the offer is gone"));
    });
    try {
      return await confirm(this.#dialog, `${offers} Take it?`, {
        signal: AbortSignal.any([this.#options.signal, gone.signal]),
      });
    } finally {
      stop();
    }
  }

  /** Loud, and once each. */
  #tellAlarms(): void {
    for (const alarm of this.#kith.alarms.get()) {
      if (this.#toldAlarms.has(alarm.id)) continue;
      this.#toldAlarms.add(alarm.id);
      this.#shell.record({ type: "alarm", ...alarm });
      for (const line of alarmLines(alarm, this.#nameOf(alarm.peer))) this.say(this.#shell.style.bad(line));
    }
  }

  #takePairings(): void {
    for (const view of this.#kith.pairing.all.get()) {
      if (view.isOurs || this.#led.has(view.id) || this.#prompt.isPairing) continue;
      this.#led.add(view.id);
      const { step } = view;
      if (step.at === "failed" && step.reason === "key-changed") this.#tellError(pairingError(step));
      if (step.at === "done" || step.at === "failed") continue;
      this.#leadPairing(view).catch((error: unknown) => this.#tellError(error));
    }
  }

  async #leadPairing(view: PairingView): Promise<void> {
    const { style, terminal } = this.#shell;
    const { signal, isConsentGiven } = this.#options;
    this.say(style.strong(`${view.name === undefined ? "Somebody" : nameOf(view)} wants to pair.`));
    if (!this.#isTable && !isConsentGiven) this.say("Answer it: kith pair");
    if (!this.#isTable && !isConsentGiven) {
      this.#shell.record({ type: "pairing", ...view });
      return;
    }
    const record = (line: Parameters<Shell["record"]>[0]): void => this.#shell.record(line);
    const end = await leadPairing(
      { kith: this.#kith, dialog: this.#dialog, style, signal, isConsentGiven, now: () => terminal.now(), record },
      view.id,
    );
    this.say(
      style.good(`${style.signs.good} ${safeText(end.contact.name, 40)} is your contact now (${end.contact.role}).`),
    );
  }

  #tellError(error: unknown): void {
    if (this.#options.signal.aborted) return;
    const { code, message, hint } = verdictOf(error);
    this.#shell.record({ type: "problem", code, message });
    this.say(this.#shell.style.bad(message));
    if (hint !== undefined) this.say(this.#shell.style.dim(hint));
  }
}
