/** Two chats over an ordered pipe, each with a disk that survives it. Used by the tests beside it. */
import assert from "node:assert/strict";
import type { Instant, WallTime } from "../../lib/time.ts";
import { after, instant, millis, wallAfter, wallTime } from "../../lib/time.ts";
import { ChatMachine } from "./chat.ts";
import { readChatArchive } from "./chat-entry.ts";
import type { ChatMessageId } from "./chat-id.ts";
import type { ChatOutput } from "./chat-output.ts";

export const START = wallTime(1_800_000_000_000);

/** One endpoint's chat with its disk; the disk survives `restart`. */
export class Side {
  readonly disk = new Map<string, Uint8Array>();
  readonly heard: ChatOutput[] = [];
  readonly #name: number;
  readonly #isPersistent: boolean;
  #randoms = 0;
  now: Instant = instant(0);
  wall: WallTime = START;
  machine: ChatMachine;

  constructor(name: number, isPersistent = true) {
    this.#name = name;
    this.#isPersistent = isPersistent;
    this.machine = this.#create();
  }

  #create(): ChatMachine {
    const restored = [...this.disk].map(([key, value]) => ({ key, value }));
    const random = (length: number): Uint8Array => {
      const bytes = new Uint8Array(length).fill(this.#name);
      new DataView(bytes.buffer).setUint32(0, ++this.#randoms);
      return bytes;
    };
    const isPersistent = this.#isPersistent;
    return new ChatMachine({ random, now: this.now, wall: this.wall, isPersistent, restored });
  }

  restart(away = 0): void {
    this.now = instant(Math.floor(this.now / 2) + 17); // a monotonic clock starts anywhere
    this.wall = wallAfter(this.wall, millis(away));
    this.machine = this.#create();
  }

  pass(wait: number): void {
    this.now = after(this.now, millis(wait));
    this.wall = wallAfter(this.wall, millis(wait));
    this.machine.handleTimeout(this.now);
  }

  send(text: string): ChatMessageId | undefined {
    return this.machine.sendText(text, this.now, this.wall);
  }

  /** Of the texts that are on the disk. */
  idOf(text: string): ChatMessageId {
    return this.archive.log.find((entry) => entry.text === text)?.id ?? assert.fail(`no ${text}`);
  }

  react(text: string, symbol: string): ChatMessageId | undefined {
    return this.machine.act({ type: "react", target: this.idOf(text), symbol }, this.now, this.wall);
  }

  /** What both think of a text: ours first, as the disk has it. */
  reactions(text: string): readonly string[] {
    const mark = this.archive.log.find((entry) => entry.text === text)?.mark;
    return [mark?.ours.symbol ?? "", mark?.theirs.symbol ?? ""];
  }

  commit(output: ChatOutput & { type: "store" }): void {
    for (const { key, value } of output.puts) this.disk.set(key, value);
    for (const key of output.deletes) this.disk.delete(key);
  }

  get archive(): ReturnType<typeof readChatArchive> {
    return readChatArchive([...this.disk].map(([key, value]) => ({ key, value })));
  }

  texts(direction: "in" | "out"): string[] {
    return this.archive.log.filter((entry) => entry.direction === direction).map((entry) => entry.text);
  }

  heardOf<T extends ChatOutput["type"]>(type: T): (ChatOutput & { type: T })[] {
    return this.heard.filter((output): output is ChatOutput & { type: T } => output.type === type);
  }

  states(id: ChatMessageId | undefined): string[] {
    return this.heardOf("state").flatMap((output) => (output.id === id ? [output.state] : []));
  }
}

/** Two sides and a pipe. `kill` is asked before and after each output is carried out. */
export class World {
  readonly a: Side;
  readonly b: Side;
  step = 0;
  kill: (step: number, side: Side) => "no" | "before" | "after" = () => "no";
  #inboxes = new Map<Side, Uint8Array[]>();
  isOpen = false;

  constructor(isPersistent = true) {
    this.a = new Side(1, isPersistent);
    this.b = new Side(2, isPersistent);
    this.open();
  }

  open(): void {
    this.isOpen = true;
    for (const side of [this.a, this.b]) {
      this.#inboxes.set(side, []);
      side.machine.handleChannelOpened(side.now);
    }
  }

  close(): void {
    this.isOpen = false;
    this.#inboxes.clear();
    for (const side of [this.a, this.b]) side.machine.handleChannelClosed(side.now);
  }

  /** Turns until nothing happens. */
  run(): void {
    for (let isBusy = true; isBusy; ) {
      isBusy = false;
      for (const side of [this.a, this.b]) {
        for (let output = side.machine.poll(); output !== undefined; output = side.machine.poll()) {
          isBusy = true;
          const verdict = this.kill(this.step++, side);
          if (verdict !== "before") this.#carryOut(side, output, verdict === "no");
          if (verdict !== "no") this.#crash(side);
        }
        const inbox = this.#inboxes.get(side)?.splice(0) ?? [];
        if (inbox.length === 0) continue;
        isBusy = true;
        side.machine.handleMessages(inbox, side.now, side.wall);
      }
    }
  }

  #carryOut(side: Side, output: ChatOutput, isAlive: boolean): void {
    if (isAlive) side.heard.push(output);
    if (output.type === "store") {
      side.commit(output);
      if (isAlive) side.machine.handleStored(output.token, side.now);
    } else if (output.type === "transmit" && this.isOpen) {
      this.#inboxes.get(side === this.a ? this.b : this.a)?.push(output.bytes);
    }
  }

  #crash(side: Side): void {
    this.close();
    side.restart(1_000);
    this.open();
  }
}
