// A real relay, real sockets and openssl: manifests of Wallet passes that are signed.
import assert from "node:assert/strict";
import { execSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { RelayConfig } from "../config.ts";
import { readConfig } from "../config.ts";
import { type Relay, startRelay } from "../relay.ts";
import { testConfig } from "../testing/echo-server.ts";
import { isSignedPass, openssl } from "../testing/openssl.ts";
import { RelayGuest } from "../testing/relay-guest.ts";
import { MANIFEST, signPassSuite } from "../testing/sign-pass-suite.ts";
import { ticketOf } from "../testing/ticket-of.ts";
import { PassSigner } from "./pass-signer.ts";
import { PassSecretError } from "./pem.ts";
import { makeTestAuthority } from "./test-authority.ts";

const folder = mkdtempSync(join(tmpdir(), "kith-relay-passes-"));
after(() => rmSync(folder, { recursive: true }));
let folders = 0;
const TIMES = { timeout: 60_000 };
const authority = await makeTestAuthority(Date.now());

const start = (changes: Partial<RelayConfig>, write: (line: string) => void = () => {}): Promise<Relay> =>
  startRelay(testConfig({ data: join(folder, String(++folders)), ...changes }), {
    write,
    bounds: { toll: { quiet: 1, busy: 1 } },
  });

const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text, { mode: 0o600 });
  return path;
};

/** One as a file, one as PEM, one as base64: as secrets come. */
const secrets = (): Partial<RelayConfig> => ({
  passCert: file("cert.pem", authority.certificate),
  passKey: authority.key,
  passWwdr: Buffer.from(authority.chain).toString("base64"),
});

signPassSuite("a relay in Node", async () => {
  const relay = await start({ ...secrets(), trustedProxies: ["127.0.0.1"] });
  const guests: RelayGuest[] = [];
  return {
    url: `http://127.0.0.1:${relay.port}/sign-pass`,
    root: authority.root,
    async ticket() {
      const guest = await RelayGuest.login(relay.port);
      guests.push(guest);
      return (await ticketOf(guest)).Authorization.slice(7);
    },
    from: (address) => ({ "X-Forwarded-For": address }),
    async [Symbol.asyncDispose]() {
      for (const guest of guests) await guest.close();
      await relay.close();
    },
  };
});

test("[RHT-10] without a certificate a test CA signs, and the answers say so", TIMES, async () => {
  await using relay = await start({ metrics: "open" });
  const base = `http://127.0.0.1:${relay.port}`;
  const headers = { ...(await ticketOf(await RelayGuest.login(relay.port))), "Content-Type": "application/json" };
  const answer = await fetch(`${base}/sign-pass`, { method: "POST", body: MANIFEST, headers });
  assert.deepEqual([answer.status, answer.headers.get("kith-pass-certificate")], [200, "test"]);
  assert.ok(
    !isSignedPass(new Uint8Array(await answer.arrayBuffer()), new Uint8Array(Buffer.from(MANIFEST)), authority.root),
  );
  assert.equal(((await (await fetch(`${base}/sign-pass`)).json()) as { certificate: string }).certificate, "test");
  assert.deepEqual(await (await fetch(`${base}/health`)).json(), { status: "ok", passes: { certificate: "test" } });
  const numbers = await (await fetch(`${base}/metrics`)).text();
  assert.match(numbers, /^kith_relay_calls_total\{outcome="signPass.signed"\} 1$/m);
  assert.match(numbers, /^kith_relay_pass_certificate_expiry_seconds 0$/m);
});

test(
  "[RHT-13] when the certificate ends is in /health and in the metrics; nothing of the secrets is anywhere",
  TIMES,
  async () => {
    const lines: string[] = [];
    await using relay = await start({ ...secrets(), metrics: "open", log: "info" }, (line) => void lines.push(line));
    const base = `http://127.0.0.1:${relay.port}`;
    const until = (await PassSigner.open(authority)).until;
    const health = await (await fetch(`${base}/health`)).text();
    assert.deepEqual(JSON.parse(health), {
      ...{ status: "ok", passes: { certificate: "given", until: new Date(until).toISOString() } },
    });
    const numbers = await (await fetch(`${base}/metrics`)).text();
    assert.ok(numbers.includes(`kith_relay_pass_certificate_expiry_seconds ${Math.floor(until / 1_000)}\n`));
    const body = authority.key.split("\n")[1] ?? "";
    assert.ok(body.length > 40 && ![...lines, health, numbers].some((text) => text.includes(body)));
  },
);

test(
  "[RHT-13] secrets that do not fit together are told in words, none of them shown, and nothing is signed",
  TIMES,
  async () => {
    const other = await makeTestAuthority(Date.now());
    const sealed = openssl(["pkcs8", "-topk8", "-in", "key", "-passout", "pass:x"], { key: authority.key }).out;
    for (const [why, over] of [
      [/key is not that of the certificate/, { key: other.key }],
      [/signed the pass certificate/, { chain: other.chain }],
      [/no certificate of who signed it/, { chain: "" }],
      [/0 certificates/, { certificate: "" }],
      [/2 certificates/, { certificate: authority.certificate + authority.chain }],
      [/not one PEM block/, { key: authority.certificate }],
      [/sealed by a passphrase/, { key: sealed }],
      [/cannot be read/, { key: authority.key.replace(/\n.{20}/, "\nAAAA") }],
      [/a certificate cannot be read/, { certificate: authority.certificate.replace(/\n.{20}/, "\nAAAA") }],
      [/not for an RSA key/, { certificate: authority.root }],
    ] as const) {
      const error: unknown = await PassSigner.open({ ...authority, ...over }).catch((caught: unknown) => caught);
      assert.ok(error instanceof PassSecretError, String(why));
      assert.match(error.message, why);
    }
    const lines: string[] = [];
    const passKey = file("other.pem", other.key);
    await using relay = await start({ ...secrets(), passKey, log: "info" }, (line) => void lines.push(line));
    assert.ok(lines.some((line) => line.includes("pass.unusable") && line.includes("is not that of the certificate")));
    const base = `http://127.0.0.1:${relay.port}`;
    const headers = { ...(await ticketOf(await RelayGuest.login(relay.port))), "Content-Type": "application/json" };
    const answer = await fetch(`${base}/sign-pass`, { method: "POST", body: MANIFEST, headers });
    assert.deepEqual([answer.status, ((await answer.json()) as { code: string }).code], [503, "certificate"]);
    assert.deepEqual(await (await fetch(`${base}/health`)).json(), {
      status: "ok",
      passes: { certificate: "unusable" },
    });
  },
);

test("[RHT-13] a certificate that has ended signs nothing", TIMES, async () => {
  const YEARS_MS = 3 * 365 * 86_400_000;
  const old = await makeTestAuthority(Date.now() - YEARS_MS);
  const lines: string[] = [];
  const settings = { passCert: old.certificate, passKey: old.key, passWwdr: old.chain, log: "info" } as const;
  await using relay = await start(settings, (line) => void lines.push(line));
  assert.ok(lines.some((line) => line.includes("pass.ended")));
  const headers = { ...(await ticketOf(await RelayGuest.login(relay.port))), "Content-Type": "application/json" };
  const answer = await fetch(`http://127.0.0.1:${relay.port}/sign-pass`, { method: "POST", body: MANIFEST, headers });
  assert.equal(answer.status, 503);
});

test("a relay that signs no passes has no /sign-pass; two of three secrets are told at the start", TIMES, async () => {
  await using relay = await start({ passSigning: "off" });
  assert.equal((await fetch(`http://127.0.0.1:${relay.port}/sign-pass`)).status, 404);
  assert.deepEqual(await (await fetch(`http://127.0.0.1:${relay.port}/health`)).json(), { status: "ok" });
  const env = { KITH_RELAY_PASS_CERT: authority.certificate, KITH_RELAY_PASS_KEY: "/a/key.pem" };
  assert.throws(() => readConfig({ env }), /passCert, passKey and passWwdr/);
  const { passCert, passKey } = readConfig({ env: { ...env, KITH_RELAY_PASS_WWDR: "wwdr.pem" } });
  assert.deepEqual([passCert, passKey], [authority.certificate, "/a/key.pem"]);
});

test("[RHT-10] certificates that openssl made, by the commands of docs/pass-signing.md, sign", TIMES, async () => {
  const page = readFileSync(new URL("../../../../docs/pass-signing.md", import.meta.url), "utf8");
  const [, commands = ""] = /<!-- made by the tests -->\n+```sh\n([\s\S]*?)```/.exec(page) ?? [];
  const made = mkdtempSync(join(folder, "made-"));
  for (const command of commands.trim().split("\n")) {
    execSync(command, { cwd: made, stdio: "pipe" });
  }
  const read = (name: string): string => readFileSync(join(made, name), "utf8");
  const signer = await PassSigner.open({
    certificate: read("pass.pem"),
    key: read("pass.key"),
    chain: read("wwdr.pem"),
  });
  assert.deepEqual(signer.names, {
    ...{ passTypeIdentifier: "pass.example.card", teamIdentifier: "ABCDE12345", organizationName: "Example" },
  });
  const manifest = new Uint8Array(Buffer.from(MANIFEST));
  assert.ok(isSignedPass(await signer.sign(manifest, new Date()), manifest, read("root.pem")));
});
