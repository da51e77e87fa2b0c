// A real relay in a process of its own: what a page and a node do to have a pass signed.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { textToBytes } from "@kith/core";
import { createEndpoint } from "./create-endpoint.ts";
import { nodeProvider } from "./node/node-crypto.ts";
import { passIssuer, signPass } from "./relay-passes.ts";
import { RelayProcess } from "./testing/relay-process.ts";
import { until } from "./testing/until.ts";

const HASH = "0123456789abcdef0123456789abcdef01234567";
const MANIFEST = textToBytes(`{"pass.json":"${HASH}","icon.png":"${HASH}"}`);

test("a manifest is signed by a relay that one is logged in to, which says that its certificate is a test's", {
  timeout: 60_000,
}, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "kith-passes-"));
  t.after(() => rm(folder, { recursive: true }));
  await using relay = await RelayProcess.start(folder);
  const { address } = relay;
  await using ada = await createEndpoint({ name: "Ada", transports: [], provider: nodeProvider, relays: [address] });
  await until(ada.relays, ([view]) => (view?.state === "ready" ? true : undefined));
  assert.deepEqual(await passIssuer(address), {
    ...{ passTypeIdentifier: "pass.example.kith.test", teamIdentifier: "KITHTEST00" },
    ...{ organizationName: "Kith test", certificate: "test" },
  });
  const { signature, certificate } = await signPass(ada.relays, address, MANIFEST);
  assert.equal(certificate, "test");
  assert.ok(signature[0] === 0x30 && signature.length > 1_000, "DER");
  await assert.rejects(signPass(ada.relays, address, textToBytes("{}")), { code: "ERR_ARGUMENT", message: /manifest/ });
});

test("a relay that does not say whether its certificate is a test's is not believed", async (t) => {
  const server = createServer((_request, response) => response.writeHead(200).end('{"certificate":"real"}'));
  t.after(() => server.close());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  await assert.rejects(passIssuer(host), { code: "ERR_RELAY" });
  const relays = { manage: async () => ({ ticket: "x", until: 0 }) as never };
  await assert.rejects(signPass(relays, host, MANIFEST), { code: "ERR_RELAY" });
});
