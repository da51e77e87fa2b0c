/** A Wallet pass as programs of others see it: `unzip` takes it apart, and `openssl` says whether its signature holds. */
import { strict as assert } from "node:assert";
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface OpenedPass {
  /** All but the manifest and the signature. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Everything that is written in it, as one text. */
  readonly texts: string;
  /** `pass.json`, as it is. */
  readonly pass: Readonly<Record<string, unknown>>;
  /** Text of its code. */
  readonly message: string;
}

/** Which programs are missing on this machine. */
export function whyNoPassTools(): string | undefined {
  const missing = ["openssl", "unzip"].filter((name) => spawnSync(name, ["-v"]).error !== undefined);
  return missing.length === 0 ? undefined : `${missing.join(" and ")} is not on this machine`;
}

/** @throws {Error} where it is no archive, a hash of the manifest is another, or the signature is not over that manifest */
export function openPass(bytes: Uint8Array): OpenedPass {
  const folder = mkdtempSync(join(tmpdir(), "kith-pass-"));
  const run = (program: string, ...args: readonly string[]): string =>
    execFileSync(program, args, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  try {
    writeFileSync(join(folder, "card.pkpass"), bytes);
    run("unzip", "-q", "card.pkpass", "-d", "inside");
    const inside = join(folder, "inside");
    const all = new Map(readdirSync(inside).map((name) => [name, readFileSync(join(inside, name))] as const));
    const manifest = objectIn(all.get("manifest.json"));
    const files = new Map([...all].filter(([name]) => name !== "manifest.json" && name !== "signature"));
    assert.deepEqual(Object.keys(manifest).sort(), [...files.keys()].sort(), "files of the manifest");
    for (const [name, content] of files)
      assert.equal(manifest[name], createHash("sha1").update(content).digest("hex"), `SHA-1 of ${name}`);
    checkSignature(run);
    const pass = objectIn(all.get("pass.json"));
    const [code] = Array.isArray(pass["barcodes"]) ? (pass["barcodes"] as readonly unknown[]) : [];
    const message: unknown = typeof code === "object" && code !== null && "message" in code ? code.message : undefined;
    assert.ok(typeof message === "string", "a code");
    return { files, pass, message, texts: [...all.values()].map((content) => content.toString("latin1")).join("\n") };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The chain ends below its root, which is in no signature. */
function checkSignature(run: (program: string, ...args: readonly string[]) => string): void {
  const [signature, manifest] = [join("inside", "signature"), join("inside", "manifest.json")];
  run("openssl", "pkcs7", "-inform", "DER", "-in", signature, "-print_certs", "-out", "certs.pem");
  const verify = ["-verify", "-binary", "-inform", "DER", "-in", signature, "-content", manifest];
  run("openssl", "cms", ...verify, "-purpose", "any", "-partial_chain", "-CAfile", "certs.pem", "-out", "checked");
}

function objectIn(content: Buffer | undefined): Readonly<Record<string, unknown>> {
  const value: unknown = JSON.parse(content?.toString("utf8") ?? "");
  assert.ok(typeof value === "object" && value !== null);
  return { ...value };
}
