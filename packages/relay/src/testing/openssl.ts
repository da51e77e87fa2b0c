/** openssl as an independent reader of what was signed. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What it wrote, on either output; files by name are in the folder where it runs. */
export function openssl(
  args: readonly string[],
  files: Readonly<Record<string, string | Uint8Array>> = {},
): { readonly isWell: boolean; readonly said: string; readonly out: string } {
  const folder = mkdtempSync(join(tmpdir(), "kith-openssl-"));
  try {
    for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
    const { status, stdout, stderr } = spawnSync("openssl", [...args], { cwd: folder, encoding: "utf8" });
    return { isWell: status === 0, said: `${stderr}${stdout}`, out: stdout };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Whether a detached signature is over exactly that manifest, by a certificate whose chain ends at `root` (PEM). */
export function isSignedPass(signature: Uint8Array, manifest: Uint8Array, root: string): boolean {
  const files = { signature, manifest, root };
  const args = ["cms", "-verify", "-binary", "-inform", "DER", "-in", "signature", "-content", "manifest"];
  return openssl([...args, "-CAfile", "root", "-purpose", "any"], files).isWell;
}

/** As openssl prints it. */
export const signatureText = (signature: Uint8Array): string =>
  openssl(["cms", "-cmsout", "-print", "-inform", "DER", "-in", "signature"], { signature }).out;
