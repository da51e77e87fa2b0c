// What the relay gives as TURN credentials, against coturn itself.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { readConfig } from "./config.ts";
import { startRelay } from "./relay.ts";
import { whyNoCoturn } from "./testing/coturn.ts";
import { RelayGuest } from "./testing/relay-guest.ts";
import { tryTurn } from "./testing/turn-guest.ts";

const SECRET = "shared with coturn";
const UNAUTHORIZED = 401;

const folder = mkdtempSync(join(tmpdir(), "kith-turn-"));
after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));

const noCoturn = whyNoCoturn();
const skip = noCoturn ?? false;
if (noCoturn !== undefined) console.log(`TURN credentials against coturn: skipped, ${noCoturn}`);

async function freePort(): Promise<number> {
  const socket = createSocket("udp4").bind(0, "127.0.0.1");
  await once(socket, "listening");
  const { port } = socket.address();
  socket.close();
  return port;
}

test("coturn takes the relay's TURN credentials until they end, and no others", { skip, timeout: 30_000 }, async () => {
  const port = await freePort();
  const coturn = spawn(
    "turnserver",
    [
      ...["-n", "--listening-ip=127.0.0.1", "--relay-ip=127.0.0.1", `--listening-port=${port}`, "--realm=kith.test"],
      ...["--use-auth-secret", `--static-auth-secret=${SECRET}`, "--no-tls", "--no-dtls", "--no-cli", "--no-rfc5780"],
      ...[`--pidfile=${join(folder, "pid")}`, `--userdb=${join(folder, "db")}`, "--log-file=stdout", "--simple-log"],
    ],
    { stdio: "ignore", cwd: folder },
  );
  try {
    const turnUrls = [`turn:127.0.0.1:${port}`];
    const config = { ...readConfig({ env: {} }), host: "127.0.0.1", port: 0, data: folder, log: "off" as const };
    await using relay = await startRelay(
      { ...config, turnUrls, turnSecret: SECRET },
      { bounds: { toll: { quiet: 4, busy: 8 } } },
    );
    const guest = await RelayGuest.login(relay.port);
    guest.say({ type: "turn", request: 1 });
    const { answer } = await guest.hear("done");
    const text = Buffer.from(answer).toString("latin1");
    const [user = ""] = /\d{10}:[0-9a-f]{16}/.exec(text) ?? [];
    const [password = ""] = /[A-Za-z0-9+/]{27}=/.exec(text) ?? [];
    assert.ok(text.includes(turnUrls[0] ?? ""));
    assert.equal(await tryTurn(port, user, password), undefined);
    assert.equal(await tryTurn(port, user, `${password}x`), UNAUTHORIZED);
    const later = user.replace(/^\d+/, (end) => String(Number(end) + 3_600));
    assert.equal(await tryTurn(port, later, password), UNAUTHORIZED, "the end cannot be moved");
    const over = user.replace(/^\d+/, String(Math.floor(Date.now() / 1_000) - 1));
    const right = createHmac("sha1", SECRET).update(over).digest("base64");
    assert.equal(await tryTurn(port, over, right), UNAUTHORIZED, "what has ended is over");
    await guest.close();
  } finally {
    coturn.kill("SIGKILL");
    await once(coturn, "exit");
  }
});
