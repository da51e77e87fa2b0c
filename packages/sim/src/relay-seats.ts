/**
 * What a simulated device has at relays, as `sdk/relays.ts`, `sdk/mail-carrier.ts` and `sdk/relayed-link.ts` have it,
 * without their promises: a client for each, links over it, and what waits there.
 *
 *     relay 1 ─ client ─ flow ─ link of the endpoint
 *
 * @module
 */
import {
  bytesEqual,
  type CryptoProvider,
  type Endpoint,
  type EndpointOutput,
  hexToBytes,
  type Instant,
  type LocalIdentity,
  type Moment,
  parseRelayHint,
  type RandomSource,
  RELAYED_PACKET_BYTES_MAX,
  RelayClient,
  type RelayClientOutput,
  type SealJob,
  searchToll,
} from "@kith/core";
import type { Cable, EndNumber } from "./cable.ts";

type Order = Extract<EndpointOutput, { type: "deposit" | "itemTaken" }>;

const TRAITS = { kind: "relayed", recordBytesMax: RELAYED_PACKET_BYTES_MAX, ordered: false } as const;
const TOLL_TRIES_MAX = 2 ** 16;

/** What outlives a process, and what is told of it. */
export interface RelayMemory {
  /** Keys of relays that were met, by address: on the disk. */
  readonly pinned: Map<string, Uint8Array>;
  /** Texts were left at a relay: they come by that or by a session, in any order (spec/sealed-items.md §4). */
  leftMail: boolean;
  /** Times that a relay broke the protocol. */
  misbehaved: number;
}

export interface RelaySeatsPort {
  readonly endpoint: Endpoint;
  readonly identity: LocalIdentity;
  readonly provider: CryptoProvider;
  readonly random: RandomSource;
  readonly addresses: readonly string[];
  readonly memory: RelayMemory;
  readonly at: () => Moment;
  readonly nextLink: () => number;
  readonly seal: (job: SealJob) => Uint8Array;
  readonly receive: (link: number, packet: Uint8Array) => void;
  readonly dial: (address: string, done: (found: { cable: Cable; end: EndNumber } | undefined) => void) => void;
  readonly whenAwake: (run: () => void) => void;
  readonly note: (text: () => string) => void;
}

interface Seat {
  readonly number: number;
  readonly address: string;
  readonly client: RelayClient;
  plug: { readonly cable: Cable; readonly end: EndNumber } | undefined;
  attempt: number;
  readonly linkByFlow: Map<number, number>;
  readonly deposits: Map<number, number>; // by request
  ownKey: Uint8Array | undefined;
}

export class RelaySeats {
  readonly #port: RelaySeatsPort;
  readonly #seats: readonly Seat[];
  readonly #flows = new Map<number, { readonly seat: Seat; readonly flow: number }>(); // by link
  readonly #dials = new Map<string, number>(); // by seat and flow

  constructor(port: RelaySeatsPort) {
    this.#port = port;
    const { provider, random, identity, memory } = port;
    this.#seats = port.addresses.map((address, index) => ({
      number: index + 1,
      address,
      client: new RelayClient(
        { provider, random, seed: identity.seed, relayKey: memory.pinned.get(address) },
        port.at().now,
      ),
      ...{ plug: undefined, attempt: 0, linkByFlow: new Map(), deposits: new Map(), ownKey: undefined },
    }));
  }

  /** Connections that are there, for whoever pauses and breaks them. */
  get plugs(): { readonly cable: Cable; readonly end: EndNumber }[] {
    return this.#seats.flatMap(({ plug }) => plug ?? []);
  }

  get linkCount(): number {
    return this.#flows.size;
  }

  nextTimeout(): Instant | undefined {
    const all = this.#seats.flatMap(({ client }) => client.nextTimeout() ?? []);
    return all.reduce<Instant | undefined>(
      (first, each) => (first === undefined || each < first ? each : first),
      undefined,
    );
  }

  // --- once a turn ------------------------------------------------------------------------------

  handleTimeout(at: Moment): void {
    for (const seat of this.#seats) {
      seat.client.handleTimeout(at.now);
      this.#drain(seat);
    }
  }

  settle(): void {
    const { meeting } = this.#port.endpoint;
    for (let output = meeting.poll(); output !== undefined; output = meeting.poll()) {
      const seat = this.#seats.find(({ number }) => number === output?.relay);
      if (seat === undefined) continue;
      seat.client[output.type](output.tags);
      this.#drain(seat);
    }
  }

  /** The network is another, or a sleep is over. */
  hurry(isAfterSleep: boolean): void {
    for (const seat of this.#seats) {
      if (isAfterSleep) seat.client.restart(this.#port.at().now);
      else seat.client.hurry(this.#port.at().now);
      this.#drain(seat);
    }
  }

  stop(): void {
    for (const seat of this.#seats) {
      seat.client.stop();
      this.#drain(seat);
    }
  }

  // --- links --------------------------------------------------------------------------------------

  /** False: that is not dialled at a relay. */
  dial(dial: number, hints: readonly string[]): boolean {
    if (parseRelayHint(hints[0] ?? "") === undefined) return false;
    for (const hint of hints) {
      const parsed = parseRelayHint(hint);
      const seat = this.#seats.find(({ number }) => number === parsed?.relay);
      const flow = parsed && seat?.client.dialFlow(hexToBytes(parsed.key), this.#port.at().now);
      if (seat === undefined || flow === undefined) continue;
      this.#dials.set(`${seat.number} ${flow}`, dial);
      this.#drain(seat);
      return true;
    }
    this.#port.endpoint.handleDialFailed(dial, this.#port.at());
    return true;
  }

  /** False: the link is none of these. */
  write(link: number, packet: Uint8Array): boolean {
    const found = this.#flows.get(link);
    found?.seat.client.sendPacket(found.flow, [packet]);
    if (found !== undefined) this.#drain(found.seat);
    return found !== undefined;
  }

  /** Sends what there is and has room; true if there was something. */
  transmit(at: Moment): boolean {
    let isBusy = false;
    for (const link of [...this.#flows.keys()]) isBusy = this.#transmit(link, at) || isBusy;
    return isBusy;
  }

  /** Says the last word and ends the link. False: it is none of these. */
  close(link: number, at: Moment): boolean {
    const found = this.#flows.get(link);
    if (found === undefined) return false;
    this.#transmit(link, at);
    this.#forget(found.seat, found.flow);
    found.seat.client.endFlow(found.flow);
    this.#drain(found.seat);
    this.#port.endpoint.handleLinkDown(link, at);
    return true;
  }

  // --- what waits at relays -------------------------------------------------------------------------

  carry(order: Order): void {
    if (order.type === "itemTaken") {
      const seat = this.#seats.find(({ number }) => number === order.relay);
      seat?.client.tell({ type: "taken", items: [{ from: order.from, id: order.id }] });
      if (seat !== undefined) this.#drain(seat);
      return;
    }
    const { relay, id, sealed, lifetime, deposit } = order;
    this.#port.memory.leftMail = true;
    const seat = this.#seats.find(({ client }) => bytesEqual(client.relayKey ?? NOTHING, relay.relayKey));
    if (seat === undefined) return this.#port.endpoint.mail.handleDeposited(deposit, "failed", this.#port.at());
    const seconds = Math.floor(lifetime / 1_000);
    seat.deposits.set(seat.client.ask({ type: "deposit", to: relay.ownKey, id, sealed, lifetime: seconds }), deposit);
    this.#drain(seat);
  }

  // --- inside -------------------------------------------------------------------------------------

  #transmit(link: number, at: Moment): boolean {
    let isBusy = false;
    for (let found = this.#flows.get(link); found !== undefined; found = this.#flows.get(link)) {
      const { seat, flow } = found;
      const room = Math.min(seat.client.room(flow), seat.plug?.cable.room(seat.plug.end) ?? 0);
      // A record that is cut to the room would cut messages.
      const job = room < RELAYED_PACKET_BYTES_MAX ? undefined : this.#port.endpoint.pollTransmit(link, room, at);
      if (job === undefined) return isBusy;
      isBusy = true;
      this.write(link, this.#port.seal(job));
    }
    return isBusy;
  }

  #forget(seat: Seat, flow: number): void {
    const link = seat.linkByFlow.get(flow);
    seat.linkByFlow.delete(flow);
    if (link !== undefined) this.#flows.delete(link);
  }

  #drain(seat: Seat): void {
    for (let output = seat.client.poll(); output !== undefined; output = seat.client.poll())
      this.#carryOut(seat, output);
  }

  #carryOut(seat: Seat, output: RelayClientOutput): void {
    const { endpoint, memory, note } = this.#port;
    const at = this.#port.at();
    switch (output.type) {
      case "connect":
        return this.#connect(seat);
      case "close":
        seat.plug?.cable.close(seat.plug.end);
        seat.plug = undefined;
        seat.attempt += 1;
        return;
      case "send":
        return seat.plug?.cable.write(seat.plug.end, output.bytes.slice());
      case "solve":
        seat.client.handleSolved(searchToll(output.challenge, output.bits, 0, TOLL_TRIES_MAX), at.now);
        return this.#drain(seat);
      case "pin":
        memory.pinned.set(seat.address, output.relayKey.slice());
        return;
      case "keyChanged":
        endpoint.meeting.leave(seat.number, at);
        return note(() => "is told of another key of a relay");
      case "ready": {
        const relayKey = seat.client.relayKey ?? NOTHING;
        seat.ownKey = output.key.slice();
        note(() => `is at ${seat.address}`);
        endpoint.meeting.enter(seat.number, relayKey, at);
        const places = this.#seats.flatMap(({ address, client, ownKey }) =>
          ownKey === undefined ? [] : [{ address: `wss://${address}`, relayKey: client.relayKey ?? NOTHING, ownKey }],
        );
        return endpoint.mail.cards.setRelays(places, at);
      }
      case "lost":
        if (output.why === "misbehaved") memory.misbehaved += 1;
        note(() => `lost ${seat.address}: ${output.why}, back in ${output.retryIn}`);
        return endpoint.meeting.leave(seat.number, at);
      case "arrived":
        return endpoint.meeting.handleArrived(seat.number, output.tag, output.key, at);
      case "left":
        return endpoint.meeting.handleLeft(seat.number, output.tag, output.key, at);
      case "item": {
        const name = { relay: seat.number, from: output.from, id: output.id };
        return endpoint.mail.handleItem(name, output.sealed, at);
      }
      case "done":
      case "failed": {
        const deposit = seat.deposits.get(output.request);
        seat.deposits.delete(output.request);
        if (deposit === undefined) return;
        return endpoint.mail.handleDeposited(deposit, output.type === "done" ? "kept" : "failed", at);
      }
      case "flowUp": {
        const link = this.#port.nextLink();
        const dial = this.#dials.get(`${seat.number} ${output.flow}`);
        this.#dials.delete(`${seat.number} ${output.flow}`);
        seat.linkByFlow.set(output.flow, link);
        this.#flows.set(link, { seat, flow: output.flow });
        const source = `relay ${seat.address}`;
        return endpoint.handleLinkUp(link, { traits: TRAITS, source, dial, hint: undefined }, at);
      }
      case "flowPacket": {
        const link = seat.linkByFlow.get(output.flow);
        if (link !== undefined) this.#port.receive(link, output.packet);
        return;
      }
      case "flowDown": {
        const link = seat.linkByFlow.get(output.flow);
        this.#forget(seat, output.flow);
        if (link !== undefined) endpoint.handleLinkDown(link, at);
        return;
      }
      default: // mailboxes are nobody's business here; the next turn sees that there is room
    }
  }

  #connect(seat: Seat): void {
    const attempt = ++seat.attempt;
    this.#port.dial(seat.address, (found) => {
      if (attempt !== seat.attempt) return found?.cable.close(found.end);
      if (found === undefined) {
        seat.client.handleDown(this.#port.at().now);
        return this.#drain(seat);
      }
      const isCurrent = (): boolean => seat.plug === found;
      seat.plug = found;
      const { whenAwake } = this.#port;
      found.cable.listen(found.end, {
        onPacket: (bytes) => {
          if (!isCurrent()) return;
          seat.client.handleMessage(bytes, this.#port.at().now);
          this.#drain(seat);
          whenAwake(() => {});
        },
        onRoom: () => whenAwake(() => {}),
        onClosed: () =>
          whenAwake(() => {
            if (!isCurrent()) return;
            seat.plug = undefined;
            seat.client.handleDown(this.#port.at().now);
            this.#drain(seat);
          }),
      });
      seat.client.handleUp(this.#port.at().now);
      this.#drain(seat);
    });
  }
}

const NOTHING = new Uint8Array(0);
