// A pass made by an endpoint and signed by a real relay, as unzip and openssl see it.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { createEndpoint } from "../create-endpoint.ts";
import { nodeProvider } from "../node/node-crypto.ts";
import { openPass, whyNoPassTools } from "../testing/opened-pass.ts";
import { RelayProcess } from "../testing/relay-process.ts";
import { until } from "../testing/until.ts";

const folder = mkdtempSync(join(tmpdir(), "kith-wallet-"));
after(() => rmSync(folder, { recursive: true }));

const kinds = "name title company email phone address link skill note level until description".split(" ");
const words = {
  ...Object.fromEntries(kinds.map((kind) => [kind, kind])),
  levels: { public: "public", professional: "professional", personal: "personal" },
} as Parameters<Awaited<ReturnType<typeof createEndpoint>>["cards"]["pass"]>[2]["words"];

test("[CARD-25] openssl verifies a pass that an endpoint made and a relay signed", {
  timeout: 60_000,
  skip: whyNoPassTools() ?? false,
}, async () => {
  await using relay = await RelayProcess.start(folder);
  const options = { name: "Ada", transports: [], provider: nodeProvider, relays: [relay.address] };
  await using endpoint = await createEndpoint(options);
  await until(endpoint.relays, ([view]) => (view?.state === "ready" ? true : undefined));
  const fields = [{ field: { kind: "name", text: "Ada Lovelace" } as const }];
  const { id } = await endpoint.cards.create({ label: "Ada", fields });
  const pass = await endpoint.cards.pass(id, "public", { relay: relay.host, words });
  assert.equal(pass.isTest, true, "without a certificate the relay's own signs");
  const opened = openPass(pass.bytes);
  assert.match(opened.texts, /Ada Lovelace/);
  // What is looked at here does see a pass that was changed on its way.
  const at = Buffer.from(pass.bytes).indexOf("Ada Lovelace");
  const changed = pass.bytes.slice().fill(0x42, at, at + 1);
  assert.throws(() => openPass(changed));
});
