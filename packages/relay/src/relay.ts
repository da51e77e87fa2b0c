/**
 * A relay that runs: port, machine and store put together.
 *
 * @module
 */
import type { Socket } from "node:net";
import { instant, type RelayBounds, type RelayEvent, RelayServer, seconds, textToBytes, wallTime } from "@kith/core";
import { answerCall } from "./calls.ts";
import type { RelayConfig } from "./config.ts";
import { CLOSE } from "./frame.ts";
import { answerRequest } from "./http.ts";
import { type Listener, type ListenerSink, listen, type RejectReason } from "./listener.ts";
import { jsonLog, type Log } from "./log.ts";
import { Metrics } from "./metrics.ts";
import { PassDesk } from "./pass/pass-desk.ts";
import { relayProvider, systemRandom } from "./relay-crypto.ts";
import { RelayDesk } from "./relay-desk.ts";
import { RelayDriver } from "./relay-driver.ts";
import { reasonOf } from "./relay-error.ts";
import { newClaimCode, takeKey } from "./relay-key.ts";
import { measure } from "./relay-numbers.ts";
import { RouteSockets, type Routes } from "./routes.ts";
import { ShareCalls } from "./share-calls.ts";
import { AddressSet, LOCAL_PREFIXES, loggedSource } from "./source.ts";
import { SqliteRelayState } from "./sqlite-state.ts";
import { isDamage, isDiskFull, openDatabase } from "./store-file.ts";
import { TicketCheck } from "./ticket-check.ts";
import { TlsWatch } from "./tls-watch.ts";
import { TurnAsker } from "./turn-asker.ts";

/** WebSockets beyond the configured number, so that whoever is one too many is told by the protocol. */
const SPARE_CONNECTIONS = 256;

export interface RelayOptions {
  /** Where log lines go; the process's standard output unless told. */
  readonly write?: (line: string) => void;
  /** Bounds of the machine that are no settings. */
  readonly bounds?: Partial<RelayBounds>;
  /** What else is at its port, for a program that is more than a relay. */
  readonly routes?: Routes;
}

export interface Relay extends AsyncDisposable {
  /** What it listens at, as `ws://[::]:8420`. */
  readonly address: string;
  readonly port: number;
  /** What clients connect to, where the host said so: `wss://relay.example`. */
  readonly publicUrl: string | undefined;
  /** 32 bytes: a new array. */
  readonly relayKey: Uint8Array;
  /** By which the first owner claims it; `undefined` once somebody has. Another one at each start. */
  readonly claimCode: string | undefined;
  /** Fulfils when it has ended, whoever wanted that. */
  readonly closed: Promise<void>;
  /** Tells clients that it ends and where to go instead, waits for them to leave as long as configured, and closes. */
  drain(other?: string): Promise<void>;
  /** Reads certificate and key again. */
  reload(): void;
  /** Closes at once. */
  close(): Promise<void>;
}

/** @throws {RelayError} */
export async function startRelay(config: RelayConfig, options: RelayOptions = {}): Promise<Relay> {
  const relay = new RunningRelay(config, options);
  await relay.open();
  return relay;
}

class RunningRelay implements Relay, ListenerSink {
  readonly claimCodeMade: string = newClaimCode(systemRandom);
  readonly closed: Promise<void>;
  readonly routes: RouteSockets;
  readonly #config: RelayConfig;
  readonly #ownRoutes: Routes;
  readonly #log: Log;
  readonly #metrics = new Metrics();
  readonly #local = new AddressSet(LOCAL_PREFIXES);
  readonly #tls: TlsWatch;
  readonly #database: ReturnType<typeof openDatabase>;
  readonly #state: SqliteRelayState;
  readonly #desk: RelayDesk;
  readonly #machine: RelayServer;
  readonly #driver: RelayDriver;
  readonly #asker: TurnAsker;
  readonly #shares: ShareCalls;
  readonly #passes: PassDesk;
  #listener: Listener | undefined;
  #phase: "open" | "draining" | "closing" = "open";
  #markClosed: () => void = () => {};

  constructor(config: RelayConfig, options: RelayOptions) {
    const { write = (line) => process.stdout.write(line), bounds = {}, routes = {} } = options;
    this.#config = config;
    this.routes = new RouteSockets(routes);
    this.#ownRoutes = routes;
    this.#log = jsonLog(config.log, write);
    this.closed = new Promise((resolve) => {
      this.#markClosed = resolve;
    });
    this.#tls = new TlsWatch(config, this.#log);
    this.#database = openDatabase(config.data);
    try {
      const claimHash = relayProvider.sha256(textToBytes(this.claimCodeMade));
      const storage = {
        itemsBytesMax: config.storageMegabytes * 1_048_576,
        sharesBytesMax: config.shareMegabytes * 1_048_576,
      };
      this.#state = new SqliteRelayState(this.#database, claimHash, storage, (error) => this.#tellTrouble(error));
      if (!this.#state.isClaimed) this.#state.answer({ type: "policy", invitedOnly: config.policy === "invited" });
      this.#machine = new RelayServer({
        ...{ crypto: relayProvider, random: systemRandom, ...takeKey(this.#database, systemRandom) },
        at: { now: instant(Math.floor(performance.now())), wall: wallTime(Date.now()) },
        bounds: {
          ...{ connectionsMax: config.connections, connectionsPerSource: config.connectionsPerSource },
          ...{ loginsPerMinute: config.loginsPerMinute, ...bounds },
        },
      });
    } catch (error) {
      this.#database.close();
      throw error;
    }
    this.#desk = new RelayDesk({
      ...{ config, database: this.#database, state: this.#state, log: this.#log, metrics: this.#metrics },
      status: () => this.#measured().json(),
    });
    this.#asker = new TurnAsker((questions) => this.#desk.answerAll(questions));
    const tickets = new TicketCheck(this.#machine.relayKey);
    const count = (outcome: string): void => this.#metrics.add("kith_relay_calls_total", 1, outcome);
    const isDraining = (): boolean => this.#phase !== "open";
    this.#shares = new ShareCalls({ store: this.#asker, tickets, isDraining, count });
    this.#passes = new PassDesk({ config, tickets, count, log: this.#log });
    this.#driver = new RelayDriver({
      machine: this.#machine,
      answerAll: (questions) => this.#desk.answerAll(questions),
      handleEvent: (event, source) => this.#tell(event, source),
      handleClose: (code) => this.#metrics.add("kith_relay_closed_total", 1, String(code)),
      handleDrained: () => void setImmediate(() => this.close()), // after this turn, whose last words still leave
    });
  }

  async open(): Promise<void> {
    try {
      this.#listener = await listen(this.#config, this.#tls.material, this);
    } catch (error) {
      await this.close();
      throw error;
    }
    await this.#passes.start();
    this.#tls.start((material) => this.#listener?.renewTls(material));
    this.#metrics.set("kith_relay_start_seconds", Math.floor(Date.now() / 1_000));
    this.#log("info", "relay.started", { address: this.address, claimed: this.#state.isClaimed });
  }

  get address(): string {
    return this.#listener?.address ?? "";
  }

  get port(): number {
    return this.#listener?.port ?? 0;
  }

  get publicUrl(): string | undefined {
    return this.#config.publicUrl;
  }

  get relayKey(): Uint8Array {
    return this.#machine.relayKey.slice();
  }

  get claimCode(): string | undefined {
    return this.#phase === "closing" || this.#state.isClaimed ? undefined : this.claimCodeMade;
  }

  async drain(other = ""): Promise<void> {
    if (this.#phase === "open") this.#driver.drain(seconds(this.#config.drainSeconds), other);
    await this.closed;
  }

  reload(): void {
    this.#tls.reload();
    void this.#passes.start();
  }

  async close(): Promise<void> {
    if (this.#phase === "closing") return this.closed;
    this.#phase = "closing";
    this.#tls.stop();
    await Promise.all([this.#driver.stop(CLOSE.goingAway), this.routes.stop(CLOSE.goingAway)]);
    await this.#ownRoutes.close?.();
    await this.#listener?.close();
    this.#asker.stop();
    await this.#desk.close();
    this.#database.close();
    this.#log("info", "relay.ended");
    this.#markClosed();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  handleSocket(socket: Socket, source: string): void {
    this.#driver.addSocket(socket, source);
  }

  handleRejected(reason: RejectReason): void {
    this.#metrics.add("kith_relay_rejected_total", 1, reason);
  }

  refusal(): RejectReason | undefined {
    if (this.#phase === "closing") return "draining";
    return this.#driver.connectionCount >= this.#config.connections + SPARE_CONNECTIONS ? "full" : undefined;
  }

  handleRequest(...[request, response]: Parameters<ListenerSink["handleRequest"]>): void {
    answerRequest(request, response, {
      readiness: () => (this.#phase !== "open" ? "draining" : this.#desk.isTroubled ? "storage" : "ready"),
      metrics: () => {
        const { metrics } = this.#config;
        const isLocal = this.#local.has(this.#listener?.clientOf(request) ?? "");
        return metrics === "open" || (metrics === "local" && isLocal) ? this.#measured().text() : undefined;
      },
      passes: () => this.#passes.health,
      call: (path) => {
        const route = [this.#shares, this.#passes].find((calls) => calls.has(path));
        const address = this.#listener?.clientOf(request) ?? "";
        return (
          route && ((...call) => answerCall(...call, { route, address, onCrash: (error) => this.#tellCrash(error) }))
        );
      },
      route: ({ url = "", headers }) =>
        this.#ownRoutes.get?.({ url, headers, address: this.#listener?.clientOf(request) ?? "" }),
    });
  }

  #measured(): Metrics {
    return measure(this.#metrics, {
      ...{ machine: this.#machine, state: this.#state, driver: this.#driver, data: this.#config.data },
      ...{ isDraining: this.#phase !== "open", certificateEnd: this.#tls.material?.validTo },
      passCertificateEnd: this.#passes.until,
    });
  }

  #tell(event: RelayEvent, source: string | undefined): void {
    const from = source === undefined ? {} : { from: loggedSource(source) };
    switch (event.type) {
      case "ready":
        return; // counted; who comes and goes is nobody's business
      case "refused":
        this.#metrics.add("kith_relay_refused_total", 1, event.reason);
        return this.#log("info", "client.refused", { ...from, reason: event.reason });
      case "draining":
        this.#phase = this.#phase === "open" ? "draining" : this.#phase;
        break;
      case "violation":
        this.#log("info", "client.violation", { ...from, message: event.message });
        break;
      case "stalled":
        this.#log("info", "client.stalled", { ...from, bytes: event.bytes });
        break;
      case "timedOut":
        this.#log("info", "client.timed-out", from);
        break;
      case "claimed":
        this.#log("info", "relay.claimed", from);
        break;
      case "trouble":
        break; // told, with its cause, where it happened
    }
    if (event.type === "draining") this.#log("info", "relay.draining");
    this.#metrics.add("kith_relay_events_total", 1, event.type);
  }

  #tellCrash(error: unknown): void {
    this.#log("warn", "call.failed", { reason: reasonOf(error) });
  }

  #tellTrouble(error: unknown): void {
    const reason = isDiskFull(error) ? "the disk is full" : reasonOf(error);
    if (isDamage(error)) this.#log("warn", "store.damaged", { reason, help: "kith relay restore FILE" });
    else this.#log("warn", "store.failed", { reason });
    this.#desk.isTroubled = true;
  }
}
