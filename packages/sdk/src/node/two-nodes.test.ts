/** Two endpoints over real TCP on this machine: the thinnest path, whole. */
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { Endpoint, PairingView } from "../api.ts";
import { createEndpoint } from "../create-endpoint.ts";
import { MemoryStore } from "../memory-store.ts";
import { until } from "../testing/until.ts";
import { nodeProvider } from "./node-crypto.ts";
import { nodeFiles } from "./node-files.ts";
import { tcpTransport } from "./tcp.ts";

const random = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));

const node = (name: string, inbox: string): Promise<Endpoint> =>
  createEndpoint({
    name,
    protocols: ["echo/1"],
    provider: nodeProvider,
    endOfTurn: (run) => process.nextTick(run),
    store: new MemoryStore(),
    transports: [tcpTransport({ host: "127.0.0.1" })],
    files: nodeFiles(inbox),
  });

const at = (step: PairingView["step"]["at"]) => (views: readonly PairingView[]) =>
  views.find((view) => view.step.at === step);

test("two nodes pair by PIN, chat, open a channel and send a file over TCP", { timeout: 20_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), "kith-two-"));
  await using ada = await node("Ada", join(folder, "ada"));
  await using ben = await node("Ben", join(folder, "ben"));
  const [address = ""] = ben.addresses.get();
  const session = await ada.connect(address);
  assert.equal(session.peer, ben.id);
  await assert.rejects(session.open("echo/1"), { code: "ERR_NOT_AUTHORIZED" });

  await ben.pairing.offer("pin");
  const shown = await until(ben.pairing.all, at("show-code"));
  assert.ok(shown.step.at === "show-code");
  const id = await ada.pairing.start(address, "pin");
  await until(ada.pairing.all, at("enter-code"));
  await ada.pairing.answer(id, { type: "code", code: shown.step.code });
  const asked = await until(ben.pairing.all, at("consent"));
  assert.equal(asked.name, "Ada");
  await ben.pairing.answer(asked.id, { type: "consent", accept: true });
  await until(ada.pairing.all, at("consent"));
  await ada.pairing.answer(id, { type: "consent", accept: true });
  await until(ada.pairing.all, at("done"));
  await until(ben.pairing.all, at("done"));
  assert.deepEqual(
    ada.trust.contacts.get().map(({ name, peer, verifiedBy }) => ({ name, peer, verifiedBy })),
    [{ name: "Ben", peer: ben.id, verifiedBy: "pin" }],
  );

  assert.ok(ada.trust.contacts.get()[0]?.lastSeenAt !== undefined);

  const heard = ben.chat.watch();
  const first = (async () => {
    for await (const event of heard) if (event.type === "message") return event.message.text;
    return undefined;
  })();
  await ada.chat.send(ben.id, "hello Ben");
  assert.equal(await first, "hello Ben");

  const channel = await session.open("echo/1");
  const [incoming] = await Promise.all([
    (async () => {
      for await (const peerSession of ben.sessions) for await (const each of peerSession.channels) return each;
      return undefined;
    })(),
  ]);
  await channel.send(Uint8Array.of(1, 2, 3));
  assert.ok(incoming !== undefined);
  for await (const message of incoming.messages) {
    assert.deepEqual([...message], [1, 2, 3]);
    break;
  }

  const file = join(folder, "song.bin");
  const content = random(60_000);
  await writeFile(file, Buffer.concat(Array.from({ length: 40 }, () => content)));
  const transfer = await ada.files.send(ben.id, [file]);
  const offer = await until(ben.files.transfers, (all) => all.find(({ state }) => state === "offered"));
  assert.deepEqual(offer.names, ["song.bin"]);
  const elsewhere = join(folder, "elsewhere");
  await ben.files.accept(offer.id, { directory: elsewhere });
  const done = await until(ben.files.transfers, (all) => all.find(({ state }) => state === "done"));
  assert.equal(done.directory, elsewhere);
  assert.ok((await readFile(join(elsewhere, "song.bin"))).equals(await readFile(file)));
  await until(ada.files.transfers, (all) => all.find(({ id: each, state }) => each === transfer && state === "done"));
  await assert.rejects(ada.files.cancel(transfer), { code: "ERR_TRANSFER_STATE" });
  assert.equal((await ada.audit.verify()).isIntact, true);
  await rm(folder, { recursive: true });
});
