/**
 * The app's one model: where it stands, and the endpoint once there is one. Holds no rule of the protocol.
 *
 * @module
 */
import { type LocalIdentity, nobleProvider, oneTimeIdentity, wipeIdentity } from "@kith/core";
import { EndpointError, type Observable, Subject } from "@kith/sdk";
import {
  createEndpoint,
  erasePage,
  type Guard,
  type HomeBackup,
  joinTabs,
  openBackupFile,
  openWebHome,
  type PageContents,
  type PageFiles,
  persistPage,
  type Tabs,
  type WebEndpoint,
  type WebHome,
} from "@kith/sdk/web";
import { Asides } from "./asides.ts";
import { Desk } from "./desk.ts";
import { forgetVisit, openFiles } from "./page-files.ts";
import { derive } from "./passphrases.ts";
import { RoomDocs } from "./room-docs.ts";
import { RoomLifetimes } from "./room-lifetimes.ts";
import { RoomUnread } from "./room-unread.ts";
import { askServer, relayAddress } from "./served.ts";

export type Phase =
  | { readonly at: "starting" }
  /** Nobody has said who they are. `canKeep`: this device may remember them. */
  | { readonly at: "welcome"; readonly canKeep: boolean }
  | { readonly at: "locked"; readonly nextTry: number | undefined }
  /** Another tab of this browser has the identity. */
  | { readonly at: "following" }
  | ({ readonly at: "ready" } & Running)
  /** What was kept is gone, and nobody here erased it. `wasGuarded`: by a passphrase or passkey. */
  | { readonly at: "lost"; readonly wasGuarded: boolean }
  /** `left`: what the browser still lists. */
  | { readonly at: "erased"; readonly left: PageContents }
  | { readonly at: "failed"; readonly error: unknown };

export interface Running {
  readonly endpoint: WebEndpoint;
  /** None where the browser has no place for them. */
  readonly files: PageFiles | undefined;
  readonly docs: RoomDocs;
  readonly desk: Desk;
  /** Chats under identities of their own. */
  readonly asides: Asides;
  /** Whether this device remembers. */
  readonly isKept: boolean;
}

export interface Beginning {
  readonly name: string;
  /** Whether this device remembers who we are and whom we know. */
  readonly isKept: boolean;
  /** What opens it next time; the browser does by itself unless told. */
  readonly guard?: Guard;
}

export class Kith {
  readonly #phase = new Subject<Phase>({ at: "starting" });
  readonly #tabs: Tabs;
  /** While this tab leads: what it was before, another tab may have changed. */
  #home: WebHome | undefined;
  #running: Running | undefined;
  /** Changes of place, and of what is kept, one after the other. */
  #placing: Promise<void> = Promise.resolve();

  constructor() {
    this.#tabs = joinTabs({ beforeGiving: () => this.#inTurn(() => this.#follow()) });
    this.#tabs.place.subscribe(() => void this.#inTurn(() => this.#takePlace()));
    void this.#inTurn(() => this.#takePlace());
  }

  get phase(): Observable<Phase> {
    return this.#phase;
  }

  /** Of the tab that leads. */
  get home(): WebHome {
    if (this.#home === undefined) throw new EndpointError("ERR_STORAGE", "Cannot open the home: another tab has it");
    return this.#home;
  }

  /** @throws {EndpointError} `ERR_IDENTITY`: no passkey, or it was refused; `ERR_STORAGE` */
  async begin({ name, isKept, guard }: Beginning): Promise<void> {
    if (isKept) {
      await this.home.create(name, guard);
      void persistPage();
    }
    await this.#attempt(async () => {
      this.#phase.set({ at: "starting" });
      await (isKept ? this.#startAtHome() : this.#start(oneTimeIdentity(nobleProvider, random), name));
    });
  }

  /** @throws {EndpointError} `ERR_IDENTITY`, `ERR_TRY_LATER` */
  async unlock(guard: Guard): Promise<void> {
    await this.home.unlock(guard);
    await this.#attempt(() => this.#startAtHome());
  }

  /** Who is in a backup or an exported identity; changes nothing. @throws {EndpointError} `ERR_IDENTITY`, `ERR_BACKUP` */
  openBackup(file: Uint8Array, passphrase: string): Promise<HomeBackup> {
    return openBackupFile(file, passphrase, derive);
  }

  /**
   * Goes on as the one of a backup: who we were goes, with all that was kept, or gets what is missing if it is the same.
   * `guard` is for a home that keeps nothing yet.
   */
  restore(other: HomeBackup, guard?: Guard): Promise<void> {
    return this.#attempt(async () => {
      this.#phase.set({ at: "starting" });
      await this.#end();
      await this.home.restore(other, guard);
      void persistPage();
      await this.#startAtHome();
    });
  }

  /** Ends the endpoint and forgets the keys; without anything kept, also who we were. */
  lock(): Promise<void> {
    return this.#attempt(async () => {
      await this.#end();
      this.home.lock();
      await this.#look();
    });
  }

  /** After the browser has cleared what was kept: the same identity, with nothing else of before. */
  keepAgain(): Promise<void> {
    return this.#inTurn(async () => {
      const { self } = this.home; // never closed: that would forget its keys
      if (self === undefined) return;
      this.#phase.set({ at: "starting" });
      const home = await this.#openHome();
      await home.restore(self);
      void persistPage();
      await this.#startAtHome();
    });
  }

  /** Uses the identity here instead of in the other tab. */
  take(): void {
    this.#tabs.take();
  }

  erase(): Promise<void> {
    return this.#attempt(async () => {
      await this.#end();
      await this.home.close();
      this.#phase.set({ at: "erased", left: await erasePage() });
    });
  }

  async #takePlace(): Promise<void> {
    const place = this.#tabs.place.get();
    if (place === "following") return this.#follow();
    if (place !== "leading" || this.#home !== undefined) return;
    this.#phase.set({ at: "starting" });
    await this.#openHome();
    await this.#look();
  }

  async #openHome(): Promise<WebHome> {
    const home = await openWebHome({ derive });
    home.lost.subscribe(() => void this.#inTurn(() => this.#lose(home)));
    this.#home = home;
    return home;
  }

  /** The browser has cleared it. Who was in stays in memory, see {@link keepAgain}. */
  async #lose(home: WebHome): Promise<void> {
    if (home !== this.#home || this.#phase.get().at === "erased") return;
    if (home.self === undefined) {
      await this.#openHome();
      return this.#running === undefined ? this.#look() : undefined; // a visit keeps nothing, and goes on
    }
    this.#phase.set({ at: "lost", wasGuarded: home.protection !== "browser" });
    await this.#end();
  }

  /** Ends what runs here and lets go of the store, for another tab. */
  async #follow(): Promise<void> {
    this.#phase.set({ at: "following" });
    await this.#end();
    await this.#home?.close();
    this.#home = undefined;
  }

  async #look(): Promise<void> {
    const { state, protection, isKept, nextTry } = this.home;
    if (state === "empty") return this.#phase.set({ at: "welcome", canKeep: isKept });
    if (state === "locked" && protection !== "browser") return this.#phase.set({ at: "locked", nextTry });
    this.#phase.set({ at: "starting" });
    await this.home.unlock();
    await this.#startAtHome();
  }

  async #startAtHome(): Promise<void> {
    const { self, store } = this.home;
    if (self === undefined) throw new EndpointError("ERR_IDENTITY", "Cannot start: the home is locked");
    await this.#start(self.identity, self.name, store);
  }

  async #start(identity: LocalIdentity, name: string, store?: WebHome["store"]): Promise<void> {
    const served = await askServer();
    const relay = relayAddress(served);
    const files = await openFiles(store);
    const endpoint = await createEndpoint({
      ...{ name, identity, keepsChats: false }, // a person says where words stay
      ...(files !== undefined && { files }),
      ...(store !== undefined && { store }),
      ...(relay !== undefined && { relays: [relay] }),
      ...(served.hasLan && { node: location.origin }),
    });
    if (identity.isOneTime) addEventListener("pagehide", () => wipeIdentity(identity), { once: true });
    const docs = new RoomDocs(store);
    const desk = new Desk(await RoomUnread.open(endpoint.rooms, store), await RoomLifetimes.open(store));
    const asides = new Asides(relay === undefined ? [] : [relay]);
    this.#running = { endpoint, files, docs, desk, asides, isKept: store !== undefined };
    this.#phase.set({ at: "ready", ...this.#running });
  }

  async #end(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    if (running === undefined) return;
    await running.asides.close();
    await running.docs.close();
    await running.endpoint.close();
    if (!running.isKept) await forgetVisit();
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    this.#placing = this.#placing.then(() => this.#attempt(work));
    return this.#placing;
  }

  async #attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#phase.set({ at: "failed", error });
    }
  }
}

const random = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));
