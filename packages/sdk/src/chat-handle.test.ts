import assert from "node:assert/strict";
import { test } from "node:test";
import { createIdentity } from "@kith/core";
import type { ChatAttachment, ChatEvent } from "./chat-api.ts";
import { MemoryStore } from "./memory-store.ts";
import { nodeProvider } from "./node/node-crypto.ts";
import { Lab } from "./testing/lab.ts";
import { until } from "./testing/until.ts";

const random = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));
const quick = { provider: nodeProvider, endOfTurn: (run: () => void) => process.nextTick(run) };
const absent = createIdentity(nodeProvider, random).peerId;

test("a text is durable when send says that it is queued", async () => {
  const [lab, store] = [new Lab(), new SlowStore()];
  await using ada = await lab.endpoint("Ada", { ...quick, store });
  await ada.trust.add(absent, { name: "Ben" });
  store.isSlow = true;
  let isQueued = false;
  const sending = ada.chat.send(absent, "hello").then((message) => {
    isQueued = true;
    return message;
  });
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(isQueued, false);
  store.proceed();
  const { id } = await sending;
  assert.deepEqual(
    (await ada.chat.history(absent)).map((message) => [message.id, message.text, message.state]),
    [[id, "hello", "queued"]],
  );
});

test("a text that is not durable yet is rejected when the endpoint closes, or the contact is no longer one", async () => {
  const [lab, store] = [new Lab(), new SlowStore()];
  const ada = await lab.endpoint("Ada", { ...quick, store });
  await ada.trust.add(absent, { name: "Ben" });
  store.isSlow = true;
  const rejected = assert.rejects(ada.chat.send(absent, "one"), { code: "ERR_NOT_AUTHORIZED" });
  const revoked = assert.rejects(ada.trust.revoke(absent), { code: "ERR_ENDPOINT_CLOSED" });
  await rejected;
  await ada.trust.add(absent, { name: "Ben" });
  const closed = assert.rejects(ada.chat.send(absent, "two"), { code: "ERR_ENDPOINT_CLOSED" });
  await ada.close();
  await Promise.all([closed, revoked]);
});

test("what a contact wrote is not shown as unread once it is none", async () => {
  const lab = new Lab();
  const [ada, ben] = await lab.pair(quick);
  await ada.connect(ben.addresses.get()[0] ?? "");
  await ada.chat.send(ben.id, "hello");
  await until(ben.chat.unread, (all) => all[0]);
  await ben.trust.revoke(ada.id);
  await until(ben.chat.unread, (all) => (all.length === 0 ? true : undefined));
  await Promise.all([ada, ben].map((endpoint) => endpoint.close()));
});

for (const kind of ["in a store", "in memory"] as const) {
  test(`replies and reactions reach the other side and its history, ${kind}`, async () => {
    const lab = new Lab();
    const where = (): object => (kind === "in memory" ? quick : { ...quick, store: new MemoryStore() });
    const [ada, ben] = [await lab.endpoint("Ada", where()), await lab.endpoint("Ben", where())];
    await ada.trust.add(ben.id, { name: "Ben" });
    await ben.trust.add(ada.id, { name: "Ada" });
    await ada.connect(ben.addresses.get()[0] ?? "");
    const changes = (async () => {
      const heard: string[] = [];
      for await (const event of ada.chat.watch({ peer: ben.id })) {
        if (event.type === "message") await ada.chat.react(ben.id, event.message.id, "🎉");
        if (event.type !== "changed") continue;
        heard.push(event.reactions.map(({ isOurs, symbol }) => `${isOurs ? "ours" : "theirs"} ${symbol}`).join());
        if (heard.length === 3) break;
      }
      return heard;
    })();
    const { id } = await ada.chat.send(ben.id, "lunch?");
    await until(ben.chat.unread, (all) => all[0]);
    await ben.chat.react(ada.id, id, "👍");
    const answer = await ben.chat.send(ada.id, "yes", { replyTo: id });
    assert.equal(answer.replyTo, id);
    await until(ada.chat.unread, (all) => all[0]);
    await until(ada.chat.unread, (all) => all.find(({ reactions }) => reactions.length === 1));
    await ben.chat.react(ada.id, id, "");
    assert.deepEqual(await changes, ["theirs 👍", "ours 🎉", ""]);
    const shown = (await ada.chat.history(ben.id)).map(({ text, replyTo, reactions }) => ({
      text,
      replyTo,
      reactions,
    }));
    assert.deepEqual(shown, [
      { text: "lunch?", replyTo: undefined, reactions: [] },
      { text: "yes", replyTo: id, reactions: [{ isOurs: true, symbol: "🎉" }] },
    ]);
    await assert.rejects(ben.chat.react(ada.id, "ab".repeat(16), "x"), { code: "ERR_ARGUMENT" });
    await assert.rejects(ben.chat.react(ada.id, id, "x".repeat(33)), { code: "ERR_ARGUMENT" });
    await Promise.all([ada, ben].map((endpoint) => endpoint.close()));
  });
}

test("an edit, a deletion and what a message says of a file reach the other side", async () => {
  const lab = new Lab();
  const [ada, ben] = await lab.pair(quick);
  await ada.connect(ben.addresses.get()[0] ?? "");
  const attachment: ChatAttachment = {
    ...{ kind: "image", source: "transfer", reference: "ab".repeat(16), size: 5, name: "a.png" },
    ...{ mediaType: "image/png", width: 2, height: 3, duration: 0 },
  };
  const { id } = await ada.chat.send(ben.id, "frist");
  const picture = await ada.chat.send(ben.id, "", { attachment });
  const regret = await ada.chat.send(ben.id, "regret");
  assert.deepEqual(picture.attachment, attachment);
  await until(ben.chat.unread, (all) => all[2]);
  await ada.chat.edit(ben.id, id, "first");
  await ada.chat.delete(ben.id, regret.id);
  const unread = await until(ben.chat.unread, (all) => (all[2]?.isDeleted === true ? all : undefined));
  const shown = unread.map(({ text, isEdited, isDeleted }) => [text, isEdited, isDeleted]);
  const expected = [
    ["first", true, false],
    ["", false, false],
    ["", false, true],
  ];
  assert.deepEqual(shown, expected);
  for (const history of [await ada.chat.history(ben.id), await ben.chat.history(ada.id)]) {
    assert.deepEqual(
      history.map(({ text, isEdited, isDeleted }) => [text, isEdited, isDeleted]),
      expected,
    );
    assert.deepEqual(history[1]?.attachment, attachment);
  }
  await assert.rejects(ben.chat.edit(ada.id, id, "mine"), { code: "ERR_ARGUMENT" });
  await assert.rejects(ben.chat.delete(ada.id, id), { code: "ERR_ARGUMENT" });
  await assert.rejects(ada.chat.send(ben.id, "", { attachment: { ...attachment, name: "" } }), {
    code: "ERR_ARGUMENT",
  });
  await assert.rejects(ada.chat.send(ben.id, ""), { code: "ERR_ARGUMENT" });
  await Promise.all([ada, ben].map((endpoint) => endpoint.close()));
});

test("a lifetime is agreed by both, shown on each message, and the message is gone at both ends", async () => {
  const lab = new Lab();
  const stores = [new MemoryStore(), new MemoryStore()] as const;
  const ada = await lab.endpoint("Ada", { ...quick, store: stores[0] });
  const ben = await lab.endpoint("Ben", { ...quick, store: stores[1] });
  await ada.trust.add(ben.id, { name: "Ben" });
  await ben.trust.add(ada.id, { name: "Ada" });
  const heard: ChatEvent[] = [];
  const watching = (async () => {
    for await (const event of ben.chat.watch()) heard.push(event);
  })();
  const agreed = (async () => {
    for await (const event of ada.chat.watch())
      if (event.type === "lifetime" && event.lifetime.agreed !== "off") return;
  })();
  const asked = (async () => {
    for await (const event of ben.chat.watch()) if (event.type === "lifetime") return event.lifetime;
    return undefined;
  })();
  await ada.connect(ben.addresses.get()[0] ?? "");
  await ada.chat.proposeLifetime(ben.id, "until-closed");
  assert.deepEqual(ada.chat.lifetime(ben.id), { agreed: "off", proposed: "until-closed" });
  assert.deepEqual(await asked, { agreed: "off", asked: "until-closed" });
  await ben.chat.answerLifetime(ada.id, true);
  await agreed;
  const message = await ada.chat.send(ben.id, "whisper");
  assert.equal(message.lifetime, "until-closed");
  await until(ben.chat.unread, (all) => all[0]);
  assert.equal((await ben.chat.history(ada.id))[0]?.lifetime, "until-closed");
  const erased = (async () => {
    for await (const event of ada.chat.watch()) if (event.type === "erased") return;
  })();
  await ben.chat.close(ada.id);
  assert.deepEqual(await ben.chat.history(ada.id), []);
  await erased;
  assert.deepEqual(await ada.chat.history(ben.id), []);
  assert.deepEqual(
    heard.find(({ type }) => type === "erased"),
    { type: "erased", peer: ada.id, ids: [message.id] },
  );
  for (const store of stores) assert.deepEqual(await store.list("chat/log"), []);
  await assert.rejects(ada.chat.proposeLifetime(ben.id, 59), { code: "ERR_ARGUMENT" });
  await assert.rejects(ada.chat.answerLifetime(ben.id, true), { code: "ERR_ARGUMENT" });
  await Promise.all([ada, ben].map((endpoint) => endpoint.close()));
  await watching;
});

test("a chat is not kept unless a person chooses, where the endpoint says so", async () => {
  const [lab, store] = [new Lab(), new MemoryStore()];
  await using ada = await lab.endpoint("Ada", { ...quick, store, keepsChats: false });
  await ada.trust.add(absent, { name: "Ben" });
  assert.equal(ada.chat.keeps(absent), false);
  await ada.chat.send(absent, "whisper");
  assert.deepEqual(
    (await ada.chat.history(absent)).map(({ text }) => text),
    ["whisper"],
  );
  const stored = async (): Promise<number> => (await store.list(`chat/${absent}/log/`)).length;
  assert.equal(await stored(), 0);
  await ada.chat.setKeeps(absent, true);
  assert.equal(ada.chat.keeps(absent), true);
  await ada.chat.send(absent, "aloud");
  assert.equal(await stored(), 1);
  assert.deepEqual(
    (await ada.chat.history(absent)).map(({ text }) => text),
    ["whisper", "aloud"],
  );
  await ada.chat.setKeeps(absent, false);
  assert.equal(await stored(), 0);
  assert.equal((await ada.chat.history(absent)).length, 2, "both wait for the contact");
  await using ben = await lab.endpoint("Ben", quick);
  await ben.trust.add(absent, { name: "Cem" });
  await assert.rejects(ben.chat.setKeeps(absent, true), { code: "ERR_ARGUMENT" });
});

class SlowStore extends MemoryStore {
  isSlow = false;
  readonly #waiting: (() => void)[] = [];

  override async batch(...args: Parameters<MemoryStore["batch"]>): Promise<void> {
    if (this.isSlow) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    await super.batch(...args);
  }

  proceed(): void {
    this.isSlow = false;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
