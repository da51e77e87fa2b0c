import assert from "node:assert/strict";
import { test } from "node:test";
import { createIdentity } from "@kith/core";
import type { Endpoint } from "./api.ts";
import { beginCards } from "./card/cards-part.ts";
import { composeEndpoint, type EndpointOptions } from "./compose-endpoint.ts";
import { beginFacts } from "./fact/facts-part.ts";
import { LatePart } from "./late-part.ts";
import type { RoomsCode } from "./late-rooms.ts";
import { MemoryStore } from "./memory-store.ts";
import { nodeProvider } from "./node/node-crypto.ts";
import { beginRooms } from "./rooms-part.ts";
import { Lab } from "./testing/lab.ts";
import { until } from "./testing/until.ts";

const quick = { provider: nodeProvider, endOfTurn: (run: () => void) => process.nextTick(run) };
const lateCode = (): RoomsCode => new LatePart(async () => beginRooms);

const compose = (lab: Lab, name: string, rooms: RoomsCode, more: Partial<EndpointOptions> = {}): Promise<Endpoint> =>
  composeEndpoint(
    { name, transports: [lab.network.transport(name.toLowerCase())], ...quick, ...more },
    { rooms, cards: new LatePart(async () => beginCards), facts: new LatePart(async () => beginFacts) },
  );

test("LateRooms: the code of rooms comes with the first one, made or joined", async () => {
  const lab = new Lab();
  const [adas, bens] = [lateCode(), lateCode()];
  await using ada = await compose(lab, "Ada", adas);
  await using ben = await compose(lab, "Ben", bens);
  await ada.trust.add(ben.id, { name: "Ben" });
  await ben.trust.add(ada.id, { name: "Ada" });
  const [hint = ""] = ben.addresses.get();
  await ada.connect(hint);
  assert.deepEqual(
    [adas.value, ada.rooms.all.get(), ada.rooms.get("ab".repeat(32) as never)],
    [undefined, [], undefined],
  );

  const garden = await ada.rooms.create("Garden");
  assert.notEqual(adas.value, undefined);
  assert.equal(bens.value, undefined);
  const { links } = await garden.invite();
  const bensGarden = await ben.rooms.join(links[0] ?? "");
  await bensGarden.chat.send("hello");
  const line = await until(garden.chat.history, (lines) => lines[0]);
  assert.deepEqual([line.text, line.name], ["hello", "Ben"]);
  assert.deepEqual(
    ben.rooms.all.get().map(({ name }) => name),
    ["Garden"],
  );
});

test("LateRooms: with rooms that are kept it comes before anybody can meet us", async () => {
  const lab = new Lab();
  const store = new MemoryStore();
  store.close = async () => {}; // what is on a disk outlives the endpoint
  const identity = createIdentity(nodeProvider, (length) => crypto.getRandomValues(new Uint8Array(length)));
  const before = await compose(lab, "Ada", lateCode(), { identity, store });
  const { id } = await before.rooms.create("Garden");
  await before.close();

  const code = lateCode();
  await using after = await compose(lab, "Ada", code, { identity, store });
  assert.notEqual(code.value, undefined);
  assert.equal(after.rooms.get(id)?.view.get().state, "in");
});

test("LateRooms: code that does not come is an error with a name, and asked for again", async () => {
  const lab = new Lab();
  let tries = 0;
  const code: RoomsCode = new LatePart(async () => {
    tries += 1;
    if (tries === 1) throw new TypeError("Failed to fetch dynamically imported module");
    return beginRooms;
  });
  await using ada = await compose(lab, "Ada", code);
  await assert.rejects(ada.rooms.create("Garden"), { code: "ERR_PART" });
  assert.equal((await ada.rooms.create("Garden")).view.get().name, "Garden");
  assert.equal(tries, 2);
});

test("LateRooms: an endpoint that closes meanwhile makes none", async () => {
  const lab = new Lab();
  const gate = Promise.withResolvers<typeof beginRooms>();
  const ada = await compose(lab, "Ada", new LatePart(() => gate.promise));
  const made = assert.rejects(ada.rooms.create("Garden"), { code: "ERR_ENDPOINT_CLOSED" });
  await ada.close();
  gate.resolve(beginRooms);
  await made;
});
