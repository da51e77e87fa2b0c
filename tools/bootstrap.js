/**
 * Makes the clone ready and runs one program of it on the pinned Node.
 *
 *     node tools/bootstrap.js <file> [args…]        runs a file
 *     node tools/bootstrap.js --run <bin> [args…]   runs a program of node_modules/.bin
 *
 * Plain JavaScript, because it must work on whatever Node (20 or later) the machine has, before
 * anything is installed. It installs only when platform or lockfile changed since the last success.
 */
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const NODE_MAJOR = 24;
const LOCK_STALE_MS = 10 * 60_000;

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, "node_modules");
const bin = join(modules, ".bin");
const stamp = join(modules, ".kith-installed");
const lock = join(root, ".git", "kith-install.lock");
const wanted = createHash("sha256")
  .update(`${process.platform} ${process.arch}\n`)
  .update(readFileSync(join(root, "package-lock.json")))
  .digest("hex");

const isInstalled = () => existsSync(stamp) && readFileSync(stamp, "utf8") === wanted;

const sleep = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

/** One install at a time: two terminals may start Kith at once. A lock left by a killed install goes stale. */
function withLock(work) {
  if (!existsSync(dirname(lock))) return work(); // an unpacked archive instead of a clone
  for (;;) {
    try {
      mkdirSync(lock);
      break;
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
      if (Date.now() - statSync(lock, { throwIfNoEntry: false })?.mtimeMs > LOCK_STALE_MS) {
        rmSync(lock, { recursive: true, force: true });
      }
      sleep(200);
    }
  }
  try {
    return work();
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

function install() {
  if (isInstalled()) return;
  process.stderr.write("Kith: installing what this clone needs (once) …\n");
  const npm = process.env.npm_execpath;
  const args = ["ci", "--include=dev", "--include=optional", "--no-audit", "--no-fund", "--loglevel=error"];
  // npm's own node, not the one in node_modules that is about to be replaced.
  const run = npm
    ? spawnSync(process.env.npm_node_execpath ?? process.execPath, [npm, ...args], {
        cwd: root,
        stdio: ["ignore", 2, 2],
      })
    : spawnSync("npm", args, { cwd: root, stdio: ["ignore", 2, 2], shell: process.platform === "win32" });
  if (run.status !== 0) {
    process.stderr.write("Kith: the installation failed; the lines above say why. Is the network up?\n");
    process.exit(1);
  }
  writeFileSync(stamp, wanted);
}

function nodeToUse() {
  const pinned = join(bin, process.platform === "win32" ? "node.exe" : "node");
  if (existsSync(pinned)) return pinned;
  if (Number(process.versions.node.split(".")[0]) >= NODE_MAJOR) return process.execPath;
  process.stderr.write(
    `Kith: no pinned Node for ${process.platform}-${process.arch}; install Node ${NODE_MAJOR} or later.\n`,
  );
  process.exit(1);
}

if (!isInstalled()) withLock(install);
const [first, ...rest] = process.argv.slice(2);
const node = nodeToUse();
const runsBin = first === "--run";
const child = spawn(
  runsBin ? join(bin, rest[0]) : node,
  runsBin ? rest.slice(1) : ["--conditions=@kith/source", first, ...rest],
  {
    stdio: "inherit",
    env: {
      ...process.env,
      PATH: `${bin}${delimiter}${process.env.PATH ?? ""}`,
      NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ""} --conditions=@kith/source`.trim(),
    },
  },
);
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
child.on("exit", (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 1)));
