// Two nodes, each a process of the real program, and a card from one to the other by what people type. Real time: processes.
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { openPass, whyNoPassTools } from "@kith/sdk/testing";
import { freePort, Home, type Line } from "./testing/cli-home.ts";
import { until } from "./testing/tour-guide.ts";

test("a card goes from one node to another after a yes, and what is kept is there after a restart", {
  timeout: 180_000,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), "kith-card-"));
  const [ada, ben] = [new Home(join(folder, "ada"), await freePort()), new Home(join(folder, "ben"), await freePort())];
  try {
    await Promise.all([ada.up("Ada"), ben.up("Ben")]);
    const [[adasId], [bensId]] = await Promise.all([ada.asks("id"), ben.asks("id")]);
    await ada.asks("trust", "add", String(bensId?.["id"]), "Ben");
    await ben.asks("trust", "add", String(adasId?.["id"]), "Ada");
    await ada.asks("connect", `127.0.0.1:${ben.port}`);
    await ada.asks(
      "card",
      "new",
      "Work",
      "-f",
      "name=Ada Lovelace",
      "-f",
      "email=ada@example.org",
      "-f",
      "phone=+442079460958",
    );

    const giving = ada.start("card", "give", "Ben", "Work", "--level", "professional");
    const [offer] = await until(
      () => ben.asks("card", "offers"),
      (offers) => offers.length === 1,
    );
    assert.deepEqual([offer?.["name"], offer?.["level"]], ["Ada", "professional"]);
    const kept = await ben.asks("card", "accept", "--yes");
    assert.deepEqual(
      kept.map(({ type }) => type),
      ["card-read", "card-entry"],
    );
    const [exit, given, said] = await giving.ended;
    assert.deepEqual([exit, given.at(-1)?.["end"]], [0, "kept"], said);

    // What changed is an update, by a link, and nothing of another level came.
    await ada.asks("card", "edit", "Work", "-f", "title=Countess");
    const [link] = await ada.asks("card", "link", "Work", "--level", "professional");
    const [read] = await ben.asks("card", "read", String(link?.["text"]));
    assert.equal((read?.["judgement"] as Line | undefined)?.["relation"], "update");
    await ben.asks("card", "save", String(link?.["text"]), "--yes");
    await ben.down();
    const [entry] = await ben.asks("card", "contacts", "countess");
    assert.deepEqual(
      (entry?.["fields"] as Line[] | undefined)?.map(({ kind }) => kind),
      ["name", "title", "email"],
    );

    const refused = ada.start("card", "give", "Ben", "Work", "--level", "public");
    assert.equal((await refused.ended)[0], 4, "Ben's node is down");
  } finally {
    await Promise.all([ada.down(), ben.down()]);
    await rm(folder, { recursive: true, force: true });
  }
});

test("[CARD-25] a Wallet pass by what people type: openssl verifies it, its code opens at its level, nothing of another is in it", {
  timeout: 180_000,
  skip: whyNoPassTools() ?? false,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), "kith-pass-"));
  const [ada, ben] = [new Home(join(folder, "ada"), await freePort()), new Home(join(folder, "ben"), await freePort())];
  const port = await freePort();
  const relay = new Home(join(folder, "relay"), port);
  try {
    const data = join(folder, "state");
    await relay.serve("relay", "--data", data, "--port", `${port}`, "--host", "127.0.0.1", "--drain-seconds", "1");
    const host = `127.0.0.1:${port}`;
    await ada.serve("--name", "Ada", "--port", `${ada.port}`, "--relay", `ws://${host}`, "up");
    const fields = ["name=Ada Lovelace", "email=ada@example.org", "phone=+442079460958"];
    const photo = join(folder, "me.png");
    await writeFile(photo, Buffer.from(PIXEL, "base64"));
    const photoAt = ["--photo", photo, "--photo-level", "professional"];
    await ada.asks("card", "new", "Work", ...fields.flatMap((field) => ["-f", field]), ...photoAt);
    const file = join(folder, "work.pkpass");
    const [made] = await ada.asks("card", "pass", "Work", "--level", "professional", "--out", file);
    assert.deepEqual([made?.["type"], made?.["level"], made?.["isTest"]], ["card-pass", "professional", true]);
    const pass = openPass(await readFile(file));
    assert.ok(pass.files.has("thumbnail.png"));
    assert.match(pass.texts, /ada@example\.org/);
    assert.doesNotMatch(pass.texts, /2079460958/);
    const [read] = await ben.asks("card", "read", pass.message, "--follow");
    assert.deepEqual(
      [read?.["level"], (read?.["fields"] as Line[] | undefined)?.map(({ kind }) => kind)],
      ["professional", ["name", "email", "photo"]],
    );
    const publicFile = join(folder, "public.pkpass");
    await ada.asks("card", "pass", "Work", "--out", publicFile);
    const less = openPass(await readFile(publicFile));
    assert.ok(!less.files.has("thumbnail.png"), "the photo is of another level");
    assert.doesNotMatch(less.texts, /example\.org|2079460958/);
    await ada.asks("card", "revoke", String(made?.["link"]));
    assert.notEqual((await ben.start("card", "read", pass.message, "--follow").ended)[0], 0);
  } finally {
    await ada.down();
    await relay.down();
    await rm(folder, { recursive: true, force: true });
  }
});

/** A PNG of one pixel. */
const PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";
