import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { checkConfig } from "./check-config.ts";
import { flagOf, readConfig, SETTING_NAMES, variableOf } from "./config.ts";
import { ConfigError } from "./relay-error.ts";
import { selfSigned } from "./testing/self-signed.ts";

const folder = mkdtempSync(join(tmpdir(), "kith-relay-config-"));
after(() => rmSync(folder, { recursive: true }));

function fileOf(value: unknown): string {
  const path = join(folder, "relay.json");
  writeFileSync(path, typeof value === "string" ? value : JSON.stringify(value));
  return path;
}

function problemsOf(sources: Parameters<typeof readConfig>[0]): string[] {
  try {
    readConfig(sources);
    return [];
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    assert.equal(error.code, "ERR_CONFIG");
    return error.problems.map(({ where, problem }) => `${where} ${problem}`);
  }
}

test("readConfig lets a flag win over the environment, that over the file, that over the default", () => {
  const file = fileOf({ port: 1, host: "127.0.0.1", policy: "invited", trustedProxies: ["10.0.0.0/8"] });
  const env = { KITH_RELAY_PORT: "2", KITH_RELAY_HOST: "::1", KITH_RELAY_TRUSTED_PROXIES: "10.0.0.1, fd00::/8" };
  const config = readConfig({ file, env, flags: { port: "3" } });
  assert.deepEqual([config.port, config.host, config.policy, config.log], [3, "::1", "invited", "auto"]);
  assert.deepEqual(config.trustedProxies, ["10.0.0.1", "fd00::/8"]);
  assert.equal(readConfig({ env: { KITH_RELAY_CONFIG: file } }).port, 1);
  assert.equal(readConfig({ env: { XDG_DATA_HOME: "/data" } }).data, join("/data", "kith-relay"));
});

test("readConfig tells everything that is wrong, and where", () => {
  const file = fileOf({
    Port: 1,
    tls_cert: "x",
    host: "no host!",
    drainSeconds: -1,
    publicUrl: "https://relay.example",
  });
  const env = { KITH_RELAY_PORTS: "1", KITH_RELAY_METRICS: "some", KITH_RELAY_TRUSTED_PROXIES: "10.0.0.0/33" };
  const flags = { port: "65536", tlsCert: "cert.pem", turnUrls: ["http://turn.example"] };
  assert.deepEqual(problemsOf({ file, env, flags }), [
    `Port in ${file} is no setting: is it port?`,
    `tls_cert in ${file} is no setting: is it tlsCert?`,
    "KITH_RELAY_PORTS is no setting",
    `host in ${file} must be an IP address or a host name`,
    "--port must be a port from 0 to 65535",
    `publicUrl in ${file} must be a URL as wss://relay.example`,
    "KITH_RELAY_TRUSTED_PROXIES must be IP addresses or prefixes as 10.0.0.0/8",
    "KITH_RELAY_METRICS must be open or local".replace("open or local", "local, open or off"),
    "--turn-urls must be URLs as turn:turn.example:3478",
    `drainSeconds in ${file} must be a number from 0 to 3600`,
    "tlsCert and tlsKey must be given both or not at all",
  ]);
});

test("readConfig says of a file what it is not", () => {
  assert.match(problemsOf({ file: join(folder, "none.json") })[0] ?? "", /none\.json cannot be read/);
  assert.match(problemsOf({ file: fileOf("{") })[0] ?? "", /is no JSON/);
  assert.match(problemsOf({ file: fileOf([1]) })[0] ?? "", /must be one object/);
  assert.deepEqual(problemsOf({ env: { KITH_RELAY_TURN_URLS: "turn:turn.example" } }), ["turnUrls need a turnSecret"]);
});

test("settings have one name in three spellings", () => {
  assert.equal(variableOf("connectionsPerSource"), "KITH_RELAY_CONNECTIONS_PER_SOURCE");
  assert.equal(flagOf("connectionsPerSource"), "--connections-per-source");
  assert.ok(SETTING_NAMES.includes("storageMegabytes"));
});

test("checkConfig tells of files and folders that cannot be used, and of a certificate that ends", () => {
  const [tlsCert, tlsKey] = [join(folder, "cert.pem"), join(folder, "key.pem")];
  const { cert, key } = selfSigned("relay", 1);
  writeFileSync(tlsCert, cert);
  writeFileSync(tlsKey, key);
  const config = readConfig({ flags: { data: join(folder, "not", "there", "yet"), tlsCert, tlsKey } });
  const told = (changes: object, wall?: number): string[] =>
    checkConfig({ ...config, ...changes }, wall).map(({ where, problem }) => `${where} ${problem}`);
  assert.deepEqual(told({}), []);
  assert.deepEqual(told({}, Date.UTC(2044, 11, 30)), ["tlsCert expires in 2 days"]);
  assert.deepEqual(told({}, Date.UTC(2045, 0, 2)), ["tlsCert has expired"]);
  assert.match(told({ tlsKey: join(folder, "none") })[0] ?? "", /^tlsCert and tlsKey cannot be used: Cannot read key/);
  assert.match(told({ data: join(tlsCert, "x") })[0] ?? "", /^data cannot be used: /);
});
