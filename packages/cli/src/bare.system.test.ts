// Sessions alone, over real WebSockets: a server, and a page in Chromium that has nothing but `@kith/sdk/bare`. Real time: it is Chromium's.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { type Relay, type RouteSocket, readConfig, type SocketRoute, startRelay } from "@kith/relay";
import { BareEndpoint, type BareEndpointOptions, createIdentity, type PeerId } from "@kith/sdk/bare";
import { bundle, launchChromium } from "@kith/sdk/testing/browser";

const PAGE = fileURLToPath(new URL("../../sdk/src/bare/page.fixture.ts", import.meta.url));
const HTML =
  '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><script type="module" src="/module.js"></script>';
const SOCKET_BYTES_MAX = 1_048_576;
const random = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));

interface InPage {
  bare: typeof import("@kith/sdk/bare");
  endpoint: BareEndpoint;
  echo: (text: string) => Promise<string>;
}

/** One that the server took, with the interface of a browser's. */
class Taken extends EventTarget {
  binaryType: BinaryType = "arraybuffer";
  readonly #socket: RouteSocket;

  constructor(socket: RouteSocket) {
    super();
    this.#socket = socket;
  }

  get bufferedAmount(): number {
    return Math.max(0, SOCKET_BYTES_MAX - this.#socket.room);
  }

  send(bytes: Uint8Array<ArrayBuffer>): void {
    this.#socket.send([bytes]);
  }

  close(code: number): void {
    this.#socket.close(code);
  }
}

class Server {
  readonly peers = new Map<PeerId, readonly string[]>();
  readonly endpoint: BareEndpoint;
  readonly sockets: RouteSocket[] = [];

  constructor() {
    const options: BareEndpointOptions = { identity: createIdentity(), peers: this.peers, protocols: ["echo/1"] };
    this.endpoint = new BareEndpoint(options);
    void this.#serve();
  }

  readonly route: SocketRoute = {
    messageBytesMax: 66_560,
    admit:
      ({ address }) =>
      (socket) => {
        const taken = new Taken(socket);
        this.sockets.push(socket);
        this.endpoint.take(taken, address);
        return {
          onMessage: (message) =>
            taken.dispatchEvent(new MessageEvent("message", { data: new Uint8Array(message).buffer })),
          onRoom: () => {},
          onClosed: () => taken.dispatchEvent(Object.assign(new Event("close"), { code: 1_000 })),
        };
      },
  };

  async #serve(): Promise<void> {
    for await (const session of this.endpoint.sessions)
      void (async () => {
        for await (const channel of session.channels)
          void (async () => {
            for await (const message of channel.messages) await channel.send(message);
          })();
      })();
  }
}

test("a page has a session with a server over a WebSocket, and goes on after it is cut", {
  timeout: 120_000,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), "kith-bare-"));
  const [server, script] = [new Server(), await bundle(PAGE)];
  let relay: Relay | undefined;
  try {
    relay = await startRelay(readConfig({ flags: { data: folder, port: "0", log: "off" } }), {
      routes: {
        get: ({ url }) => {
          const [type, body] = url === "/module.js" ? ["text/javascript", script] : ["text/html; charset=utf-8", HTML];
          return { status: 200, headers: { "Content-Type": type, "Cache-Control": "no-store" }, body };
        },
        sockets: { "/bare": server.route },
      },
    });
    const address = `ws://127.0.0.1:${relay.port}/bare`;
    await talksFromNode(server, address);

    await using browser = await launchChromium();
    const page = await browser.newPage();
    page.on("pageerror", (error) => assert.fail(error));
    await page.goto(`http://localhost:${relay.port}/`);
    await page.waitForFunction(() => "bare" in globalThis);
    const seed = [...random(32)];
    const id = await page.evaluate((bytes) => {
      const { bare } = globalThis as unknown as InPage;
      return bare.identityFromSeed(Uint8Array.from(bytes)).peerId;
    }, seed);
    server.peers.set(id, []);
    const first = await page.evaluate(
      async ([bytes, peer, url]) => {
        const here = globalThis as unknown as InPage;
        const identity = here.bare.identityFromSeed(Uint8Array.from(bytes as number[]));
        here.endpoint = new here.bare.BareEndpoint({ identity, peers: new Map([[peer as PeerId, [url as string]]]) });
        const session = await here.endpoint.connect(peer as PeerId);
        const channel = await session.open("echo/1");
        const heard = channel.messages[Symbol.asyncIterator]();
        here.echo = async (text) => {
          await channel.send(new TextEncoder().encode(text));
          const { value } = await heard.next();
          return new TextDecoder().decode(value);
        };
        return here.echo("hello");
      },
      [seed, server.endpoint.id, address] as const,
    );
    assert.equal(first, "hello");
    const before = server.sockets.length;
    server.sockets.at(-1)?.close(1_001);
    assert.equal(await page.evaluate(() => (globalThis as unknown as InPage).echo("again")), "again");
    assert.equal(server.sockets.length, before + 1);
  } finally {
    await server.endpoint.close();
    await relay?.close();
    await rm(folder, { recursive: true });
  }
});

/** The same, with the WebSocket that Node has. */
async function talksFromNode(server: Server, address: string): Promise<void> {
  const identity = createIdentity();
  server.peers.set(identity.peerId, []);
  await using endpoint = new BareEndpoint({ identity, peers: new Map([[server.endpoint.id, [address]]]) });
  const session = await endpoint.connect(server.endpoint.id);
  const channel = await session.open("echo/1");
  const large = new Uint8Array(500_000).map((_, index) => index % 251);
  await channel.send(large);
  for await (const message of channel.messages) {
    assert.deepEqual(message, large);
    break;
  }
}
