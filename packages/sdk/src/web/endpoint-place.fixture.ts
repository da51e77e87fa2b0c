/** One endpoint with chats and files, in a page or in a worker of it, and what of it the page's thread feels. As `place`. */
import type { Endpoint } from "../api.ts";
import { until } from "../testing/until.ts";
import { createEndpoint } from "./create-endpoint.ts";
import { openPageFiles, type PageFiles } from "./opfs-files.ts";
import { openWebHome } from "./web-home.ts";
import { serveDisk } from "./worker-disk.ts";

/** What is asked of it, in the page or over messages. */
class Agent {
  #endpoint: Endpoint | undefined;
  #files: PageFiles | undefined;
  readonly #tell: (text: string) => void;

  constructor(tell: (text: string) => void) {
    this.#tell = tell;
  }

  async open(relay: string, hasDiskWorker: boolean): Promise<string> {
    const home = await openWebHome({ name: hasDiskWorker ? "page" : "worker" });
    const { identity, name } = await home.create("Page");
    const { store } = home;
    if (store === undefined) throw new Error(`nothing is kept: ${home.reason}`);
    this.#files = await openPageFiles({ store, ...(hasDiskWorker && { worker: newWorker() }) });
    const files = this.#files;
    // No WebRTC at either place: a worker has none, and the same way is to be compared.
    this.#endpoint = await createEndpoint({ name, identity, store, files, relays: [relay], webRtc: false });
    void this.#listen(this.#endpoint);
    return identity.peerId;
  }

  async join(code: string): Promise<void> {
    const { joinCodes } = this.#ready;
    const id = await joinCodes.join(code);
    const at = (step: string) =>
      until(joinCodes.all, (all) => all.find((each) => each.id === id && each.step.at === step));
    await at("consent");
    await joinCodes.answer(id, { accept: true });
    await at("done");
  }

  /** The next offer, accepted; when it is here. */
  async receive(): Promise<number> {
    const { files } = this.#ready;
    const { id } = await until(files.transfers, (all) =>
      all.find(({ isOutgoing, state }) => !isOutgoing && state === "offered"),
    );
    await files.accept(id);
    const done = await until(files.transfers, (all) => all.find((each) => each.id === id && each.state === "done"));
    return done.bytesDone;
  }

  async send(peer: string, bytes: number): Promise<void> {
    const path = await this.#files?.add(new File([new Uint8Array(bytes)], "out.bin"));
    const id = await this.#ready.files.send(peer as never, [path ?? ""]);
    await until(this.#ready.files.transfers, (all) => all.find((each) => each.id === id && each.state === "done"));
  }

  async close(): Promise<void> {
    await this.#ready.close();
  }

  get #ready(): Endpoint {
    if (this.#endpoint === undefined) throw new Error("no endpoint");
    return this.#endpoint;
  }

  async #listen(endpoint: Endpoint): Promise<void> {
    for await (const event of endpoint.chat.watch())
      if (event.type === "message") {
        this.#tell(event.message.text);
        void endpoint.chat.markRead(event.message.peer, [event.message.id]);
      }
  }
}

type Command = Exclude<keyof Agent, "#ready">;

/** What the page's thread felt. */
export interface Felt {
  readonly seconds: number;
  readonly messages: number;
  /** Between two frames, milliseconds. */
  readonly frame: { readonly p50: number; readonly p95: number; readonly p99: number; readonly max: number };
  /** Tasks above 50 ms. */
  readonly longTasks: { readonly count: number; readonly total: number; readonly max: number };
}

class Place {
  #call: ((command: Command, ...args: unknown[]) => Promise<unknown>) | undefined;
  #messages = 0;

  begin(where: "page" | "worker"): void {
    const heard = (text: string): void => {
      this.#messages += 1;
      const line = document.createElement("li");
      line.textContent = text;
      document.body.append(line);
    };
    if (where === "page") {
      const agent = new Agent(heard);
      this.#call = (command, ...args) => (agent[command] as (...all: unknown[]) => Promise<unknown>).apply(agent, args);
    } else this.#call = callsOf(newWorker(), heard);
  }

  call(command: Command, ...args: unknown[]): Promise<unknown> {
    if (this.#call === undefined) throw new Error("not begun");
    return this.#call(command, ...args);
  }

  /** While `work` goes on. */
  async feel(...work: Parameters<Place["call"]>): Promise<Felt> {
    const gaps: number[] = [];
    const tasks: number[] = [];
    const observer = new PerformanceObserver((list) =>
      tasks.push(...list.getEntries().map(({ duration }) => duration)),
    );
    observer.observe({ entryTypes: ["longtask"] });
    const begun = performance.now();
    const before = this.#messages;
    let [last, isOver] = [begun, false];
    const frame = (now: number): void => {
      gaps.push(now - last);
      last = now;
      if (!isOver) requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
    await this.call(...work);
    isOver = true;
    observer.disconnect();
    gaps.sort((a, b) => a - b);
    const at = (share: number): number =>
      Math.round(gaps[Math.min(gaps.length - 1, Math.floor(share * gaps.length))] ?? 0);
    return {
      ...{ seconds: (performance.now() - begun) / 1_000, messages: this.#messages - before },
      frame: { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) },
      longTasks: {
        count: tasks.length,
        total: Math.round(tasks.reduce((sum, each) => sum + each, 0)),
        max: Math.round(Math.max(0, ...tasks)),
      },
    };
  }
}

interface Said {
  readonly kith: "place";
  readonly id?: number;
  readonly command?: Command;
  readonly args?: unknown[];
  readonly value?: unknown;
  readonly problem?: string;
  readonly text?: string;
}

function callsOf(
  worker: Worker,
  heard: (text: string) => void,
): (command: Command, ...args: unknown[]) => Promise<unknown> {
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  let next = 0;
  worker.addEventListener("message", ({ data }: MessageEvent<Said>) => {
    if (data.kith !== "place") return;
    if (data.text !== undefined) return heard(data.text);
    const found = waiting.get(data.id ?? -1);
    if (data.problem === undefined) found?.resolve(data.value);
    else found?.reject(new Error(data.problem));
  });
  return (command, ...args) => {
    const id = next++;
    const answer = Promise.withResolvers<unknown>();
    waiting.set(id, answer);
    worker.postMessage({ kith: "place", id, command, args } satisfies Said);
    return answer.promise;
  };
}

function serveAgent(): void {
  const say = (said: Omit<Said, "kith">): void => globalThis.postMessage({ kith: "place", ...said } satisfies Said);
  const agent = new Agent((text) => say({ text }));
  globalThis.addEventListener("message", ({ data: { kith, id = 0, command, args = [] } }: MessageEvent<Said>) => {
    if (kith !== "place" || command === undefined) return;
    (agent[command] as (...all: unknown[]) => Promise<unknown>).apply(agent, args).then(
      (value) => say({ id, value }),
      (error: unknown) => say({ id, problem: String(error) }),
    );
  });
}

const newWorker = (): Worker => new Worker("/module.js", { type: "module" });

export type PlaceFixture = Place;
if (globalThis.document === undefined) {
  serveDisk();
  serveAgent();
} else Object.assign(globalThis, { place: new Place() });
