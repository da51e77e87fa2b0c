// Endpoints and a real relay: real sockets, a real database, nothing of it made for tests but a straight way that can be cut.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { type Relay, readConfig, startRelay } from "@kith/relay";
import { createEndpoint, type Endpoint, type Link, type Transport } from "@kith/sdk";
import { nodeFiles, nodeProvider, tcpTransport } from "@kith/sdk/node";
import { until } from "@kith/sdk/testing";

const folder = mkdtempSync(join(tmpdir(), "kith-relayed-"));
after(() => rmSync(folder, { recursive: true }));
const TIMES = { timeout: 60_000 };

/** The same relay each time: its key and database stay in its folder. */
const relayAt = (port: number, data: string): Promise<Relay> =>
  startRelay(
    { ...readConfig({ env: {} }), host: "127.0.0.1", port, data: join(folder, data), log: "off" },
    { write: () => {}, bounds: { toll: { quiet: 8, busy: 12 } } },
  );

/** TCP that can be cut as if the network were. */
class Cable {
  isCut = false;
  readonly #links = new Set<Link>();

  transport(): Transport {
    const tcp = tcpTransport({ host: "127.0.0.1" });
    return {
      kind: "tcp",
      dial: async (hints, options) => {
        if (this.isCut) throw new Error("cut");
        return this.#took(await tcp.dial(hints, options));
      },
      listen: (onLink) => tcp.listen((link) => (this.isCut ? link.close() : onLink(this.#took(link)))),
    };
  }

  cut(): void {
    this.isCut = true;
    for (const link of this.#links) link.close();
    this.#links.clear();
  }

  #took(link: Link): Link {
    this.#links.add(link);
    return link;
  }
}

const onPath = (endpoint: Endpoint, kind: string | undefined): Promise<true> =>
  until(endpoint.openSessions, ([session]) => (session?.path?.kind === kind ? true : undefined));

/** Two who are contacts and have met once; then the cable between them was cut. */
async function apart(relays: readonly string[], name: string): Promise<{ cable: Cable; ada: Endpoint; ben: Endpoint }> {
  const cable = new Cable();
  const one = (who: string): Promise<Endpoint> =>
    createEndpoint({
      ...{ name: who, relays, transports: [cable.transport()], provider: nodeProvider, protocols: ["count/1"] },
      endOfTurn: (run) => process.nextTick(run),
      files: nodeFiles(join(folder, name, who)),
    });
  const [ada, ben] = await Promise.all([one("Ada"), one("Ben")]);
  await ada.trust.add(ben.id, { name: "Ben" });
  await ben.trust.add(ada.id, { name: "Ada" });
  await ada.connect(ben.addresses.get()[0] ?? "");
  await onPath(ben, "tcp");
  cable.cut();
  return { cable, ada, ben };
}

test("two endpoints with no straight way chat and send a file over a real relay", TIMES, async () => {
  await using relay = await relayAt(0, "plain");
  await using pair = disposing(await apart([relay.address], "plain"));
  const { ada, ben } = pair;
  await Promise.all([onPath(ada, "relayed"), onPath(ben, "relayed")]);
  await ada.chat.send(ben.id, "over the relay");
  assert.equal(await until(ben.chat.unread, ([message]) => message?.text), "over the relay");
  const content = randomBytes(20_000_000);
  const path = join(folder, "photo.bin");
  writeFileSync(path, content);
  const [transfer] = await Promise.all([
    ada.files.send(ben.id, [path]),
    until(ben.files.transfers, ([offer]) => (offer?.state === "offered" ? offer : undefined)).then(({ id }) =>
      ben.files.accept(id),
    ),
  ]);
  await until(ada.files.transfers, (all) =>
    all.find(({ id }) => id === transfer)?.state === "done" ? true : undefined,
  );
  assert.ok(readFileSync(join(folder, "plain", "Ben", "photo.bin")).equals(content));
});

test(
  "a relay that restarts, a straight way that comes and one that goes: the same channel goes on",
  TIMES,
  async () => {
    let relay = await relayAt(0, "restarts");
    const { port } = relay;
    await using pair = disposing(await apart([relay.address], "restarts"));
    const { cable, ada, ben } = pair;
    await Promise.all([onPath(ada, "relayed"), onPath(ben, "relayed")]);
    const session = await ada.connect(ben.id);
    const there = (await ben.connect(ada.id)).channels;
    const channel = await session.open("count/1", { class: "bulk" });
    const incoming = await first(there);
    const seen: number[] = [];
    const reading = (async () => {
      for await (const message of incoming.messages)
        seen.push(new DataView(message.buffer, message.byteOffset).getUint32(0));
    })();
    let sent = 0;
    let isOver = false;
    const writing = (async () => {
      while (!isOver) {
        const message = new Uint8Array(10_000);
        new DataView(message.buffer).setUint32(0, sent++);
        await channel.send(message);
        await new Promise((done) => setTimeout(done, 2));
      }
      await channel.finish();
    })();
    const more = async (count: number): Promise<void> => {
      for (const goal = seen.length + count; seen.length < goal; ) await new Promise((done) => setTimeout(done, 10));
    };
    await more(100);
    await relay.close();
    await onPath(ada, undefined);
    relay = await relayAt(port, "restarts");
    await more(100);
    await onPath(ada, "relayed");
    cable.isCut = false;
    await Promise.all([onPath(ada, "tcp"), onPath(ben, "tcp")]);
    await more(100);
    cable.cut();
    await more(100);
    assert.equal(ben.openSessions.get()[0]?.path?.kind, "relayed");
    isOver = true;
    await writing;
    await incoming.finish();
    await reading;
    assert.deepEqual(
      seen,
      Array.from({ length: sent }, (_, index) => index),
    );
    await relay.close();
  },
);

function disposing<Pair extends { ada: Endpoint; ben: Endpoint }>(pair: Pair): Pair & AsyncDisposable {
  return {
    ...pair,
    [Symbol.asyncDispose]: async () => {
      await Promise.all([pair.ada.close(), pair.ben.close()]);
    },
  };
}

async function first<T>(things: AsyncIterable<T>): Promise<T> {
  for await (const thing of things) return thing;
  throw new Error("nothing came");
}
