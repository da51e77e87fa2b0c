// A real workerd, which is installed for this test alone: /sign-pass there does what it does in Node.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { bytesToBase64url, bytesToHex, nobleProvider, Secret } from "@kith/core";
import { build } from "vite";
import { signPassSuite } from "../testing/sign-pass-suite.ts";
import { signTicket } from "../testing/sign-ticket.ts";
import { makeTestAuthority } from "./test-authority.ts";

const HOME = fileURLToPath(new URL("../../workerd/", import.meta.url));
const BINARY = join(HOME, "node_modules", "@cloudflare", "workerd-linux-64", "bin", "workerd");

const folder = mkdtempSync(join(tmpdir(), "kith-workerd-"));
after(() => rmSync(folder, { recursive: true }));

/** Why there is none here. */
function whyNoWorkerd(): string | undefined {
  if (process.platform !== "linux" || process.arch !== "x64") return "the test knows workerd for Linux on x64 alone";
  if (existsSync(BINARY)) return undefined;
  const { status } = spawnSync("npm", ["ci", "--ignore-scripts"], { cwd: HOME, stdio: "ignore", timeout: 240_000 });
  return status === 0 && existsSync(BINARY)
    ? undefined
    : "workerd could not be installed (npm ci in packages/relay/workerd)";
}

const noWorkerd = whyNoWorkerd();
if (noWorkerd !== undefined) {
  console.log(`sign-pass on workerd: skipped, ${noWorkerd}`);
  test("/sign-pass on workerd", { skip: noWorkerd }, () => {});
} else signPassSuite("a worker on workerd", startWorker);

const quoted = (text: string): string => JSON.stringify(text);

async function startWorker() {
  const authority = await makeTestAuthority(Date.now());
  const seed = new Secret(crypto.getRandomValues(new Uint8Array(32)));
  const bindings = {
    RELAY_KEY: bytesToHex(nobleProvider.ed25519PublicKey(seed.reveal())),
    ...{ PASS_CERT: authority.certificate, PASS_KEY: btoa(authority.key), PASS_WWDR: authority.chain },
  };
  writeFileSync(join(folder, "worker.js"), await bundle());
  const list = Object.entries(bindings).map(([name, text]) => `(name = ${quoted(name)}, text = ${quoted(text)})`);
  writeFileSync(
    join(folder, "config.capnp"),
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .worker)],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")]
);
const worker :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed "worker.js")],
  bindings = [${list.join(", ")}],
  compatibilityDate = "2026-11-01"
);
`,
  );
  const args = ["serve", join(folder, "config.capnp"), "--control-fd=3"];
  const child = spawn(BINARY, args, { stdio: ["ignore", "inherit", "inherit", "pipe"] });
  process.once("exit", () => child.kill("SIGKILL"));
  const port = await portOf(child.stdio[3] as Readable);
  return {
    url: `http://127.0.0.1:${port}/sign-pass`,
    root: authority.root,
    async ticket() {
      const key = nobleProvider.ed25519PublicKey(crypto.getRandomValues(new Uint8Array(32)));
      return bytesToBase64url(signTicket(seed, key, Date.now() + 60_000));
    },
    from: (address: string) => ({ "CF-Connecting-IP": address }),
    async [Symbol.asyncDispose]() {
      const gone = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      await gone;
    },
  };
}

/** {"event": "listen", "socket": "http", "port": 41234} */
async function portOf(control: Readable): Promise<number> {
  for await (const line of createInterface(control)) {
    const { port } = JSON.parse(line) as { port?: number }; // of a program that we started
    if (port !== undefined) return port;
  }
  throw new Error("workerd did not start");
}

/** One module without imports, and without anything of Node. */
async function bundle(): Promise<string> {
  const worker = fileURLToPath(new URL("worker.ts", import.meta.url));
  const entry = join(folder, "entry.ts");
  writeFileSync(entry, `export { passWorker as default } from ${quoted(worker)};\n`); // as docs/pass-signing.md says
  const made = await build({
    ...{ configFile: false, logLevel: "warn", root: folder },
    resolve: { conditions: ["@kith/source", "module", "import", "default"] },
    ssr: { target: "webworker", noExternal: true },
    build: { ssr: entry, write: false, minify: false },
  });
  assert.ok("output" in made);
  const [chunk, ...more] = made.output;
  assert.deepEqual([more.length, chunk.imports], [0, []]);
  return chunk.code;
}
