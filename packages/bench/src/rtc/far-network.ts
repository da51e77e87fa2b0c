/**
 * A long line on one machine: each address that one end of a connection offers is shown to the other as one of ours, and
 * what comes there goes on a while later. Nothing is lost on it, and nothing changes its order.
 *
 * @module
 */
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";

/** What may wait for one turn of an end that is busy. */
const BUFFER_BYTES = 4_194_304;
const TURN_MS = 1;

interface Address {
  readonly address: string;
  readonly port: number;
}

export class FarNetwork implements AsyncDisposable {
  readonly #delayMs: number;
  readonly #sockets: Socket[] = [];
  readonly #under: { readonly due: number; readonly send: () => void }[] = [];
  readonly #turns: NodeJS.Timeout;

  /** `delayMs`: from one end to the other. */
  constructor(delayMs: number) {
    this.#delayMs = delayMs;
    this.#turns = setInterval(() => this.#turn(), TURN_MS);
  }

  /** A candidate's line as the other end may know it; nothing if it is none of UDP over IPv4. */
  async via(line: string): Promise<string> {
    const words = line.split(" ");
    const [, , transport, , address = "", port = ""] = words;
    if (transport?.toLowerCase() !== "udp" || !/^[\d.]+$/.test(address)) return "";
    const shown = await this.#showing({ address, port: Number(port) });
    return words.with(5, String(shown)).join(" ");
  }

  /** A description with all its candidates. */
  async viaSdp(sdp: string): Promise<string> {
    const lines = await Promise.all(
      sdp.split("\r\n").map(async (line) => {
        if (!line.startsWith("a=candidate:")) return line;
        const shown = await this.via(line.slice(2));
        return shown === "" ? undefined : `a=${shown}`;
      }),
    );
    return lines.filter((line) => line !== undefined).join("\r\n");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#turns);
    for (const socket of this.#sockets) socket.close();
  }

  /** A port of ours that stands for that address. */
  async #showing(real: Address): Promise<number> {
    const front = await this.#bind(real.address);
    const backs = new Map<string, Promise<Socket>>(); // by who speaks to it: an answer goes back to them
    front.on("message", (bytes, from) => {
      const key = `${from.address} ${from.port}`;
      const known = backs.get(key);
      const back = known ?? this.#bind(real.address);
      if (known === undefined) {
        backs.set(key, back);
        void back.then((socket) => socket.on("message", (answer) => this.#later(front, answer, from)));
      }
      void back.then((socket) => this.#later(socket, bytes, real));
    });
    return front.address().port;
  }

  async #bind(address: string): Promise<Socket> {
    const socket = createSocket({ type: "udp4", recvBufferSize: BUFFER_BYTES, sendBufferSize: BUFFER_BYTES });
    this.#sockets.push(socket);
    socket.on("error", () => {}); // nobody listens there any more
    socket.bind(0, address);
    await once(socket, "listening");
    return socket;
  }

  #later(by: Socket, bytes: Uint8Array, { address, port }: Address): void {
    const due = performance.now() + this.#delayMs;
    this.#under.push({ due, send: () => by.send(bytes, port, address) });
  }

  #turn(): void {
    const now = performance.now();
    let count = 0;
    while ((this.#under[count]?.due ?? Number.POSITIVE_INFINITY) <= now) count += 1;
    for (const { send } of this.#under.splice(0, count)) send();
  }
}
