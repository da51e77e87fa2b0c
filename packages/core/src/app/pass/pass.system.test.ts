// Passes as other programs see them: `unzip` opens them, `openssl` verifies them.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { nobleProvider as provider } from "../../crypto/noble-provider.ts";
import { CARD_LEVELS, cutCard } from "../card/card.ts";
import { ADA, ADA_CARD, ENDS_AT, SIGNED_AT } from "../card/card-world.test.ts";
import { signCard } from "../card/signed-card.ts";
import { draftPass, finishPass } from "./pass.ts";
import { SIGNER, sha1Of, WORDS } from "./pass-world.test.ts";

const folder = mkdtempSync(join(tmpdir(), "kith-pass-"));
after(() => rmSync(folder, { recursive: true }));

const run = (program: string, ...args: readonly string[]): string =>
  execFileSync(program, args, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
const missing = ["openssl", "unzip"].filter((name) => spawnSync(name, ["-v"]).error !== undefined);

test("[CARD-23] [CARD-25] unzip finds a pass whole, and openssl finds it signed by the certificate of its signer", {
  skip: missing.length > 0 && `${missing.join(" and ")} is not on this machine`,
}, () => {
  const ca = ["-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=Test CA"];
  run("openssl", "req", ...ca, "-days", "2");
  const subject = `/CN=Pass/OU=${SIGNER.team}/UID=${SIGNER.passType}`;
  run("openssl", "req", "-newkey", "rsa:2048", "-nodes", "-keyout", "pass.key", "-out", "pass.csr", "-subj", subject);
  const issue = ["-in", "pass.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-out", "pass.pem"];
  run("openssl", "x509", "-req", ...issue, "-days", "2");
  for (const level of CARD_LEVELS) {
    const dates = { signedAt: SIGNED_AT, endsAt: ENDS_AT, isPrivate: false };
    const { id, revisions } = ADA_CARD;
    const fields = cutCard(ADA_CARD, level);
    const card = signCard(provider, ADA, { id, level, revision: revisions[level], ...dates, fields });
    const draft = draftPass(provider, card, { signer: SIGNER, words: WORDS });
    assert.ok(typeof draft !== "string");
    writeFileSync(join(folder, "asked"), draft.manifest);
    const sign = [
      "-sign",
      "-binary",
      "-md",
      "sha256",
      "-signer",
      "pass.pem",
      "-inkey",
      "pass.key",
      "-certfile",
      "ca.pem",
    ];
    run("openssl", "cms", ...sign, "-in", "asked", "-outform", "DER", "-out", "answered");
    writeFileSync(join(folder, "card.pkpass"), finishPass(provider, draft, readFileSync(join(folder, "answered"))));

    assert.match(run("unzip", "-t", "card.pkpass"), /No errors detected/);
    run("unzip", "-o", "card.pkpass", "-d", level);
    const inPass = (name: string): Buffer => readFileSync(join(folder, level, name));
    const manifest: Readonly<Record<string, string>> = JSON.parse(inPass("manifest.json").toString());
    for (const [name, hash] of Object.entries(manifest)) assert.equal(sha1Of(inPass(name)), hash);
    const verify = ["-verify", "-binary", "-inform", "DER", "-purpose", "any", "-CAfile", "ca.pem", "-out", "checked"];
    const files = ["-in", `${level}/signature`, "-content", `${level}/manifest.json`];
    run("openssl", "cms", ...verify, ...files);
    assert.deepEqual(readFileSync(join(folder, "checked")), inPass("manifest.json"));
    writeFileSync(
      join(folder, level, "manifest.json"),
      inPass("manifest.json").toString().replace("icon.png", "icon.gif"),
    );
    assert.throws(() => run("openssl", "cms", ...verify, ...files), "a manifest that was changed since");
  }
});
