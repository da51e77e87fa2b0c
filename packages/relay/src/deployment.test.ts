// What is documented, described and drawn is what there is.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { SETTING_NAMES } from "./config.ts";
import { METRICS } from "./metrics.ts";
import { OPENAPI } from "./openapi.ts";

const read = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8");

test("docs/relay.md names every setting and every metric, with what it is", () => {
  const page = read("docs/relay.md");
  for (const name of SETTING_NAMES) assert.match(page, new RegExp(`^\\| [^|]*\`${name}\``, "m"), name);
  for (const [name, { kind, help, label }] of Object.entries(METRICS)) {
    const line = `| \`${name}\`${label === undefined ? "" : ` by ${label}`} | ${kind} | ${help} |`;
    assert.ok(page.includes(line), line);
  }
  for (const [name = ""] of page.matchAll(/kith_relay_\w+/g)) assert.ok(Object.hasOwn(METRICS, name), name);
});

test("docs/relay-openapi.json is what a relay answers", () => {
  assert.deepEqual(JSON.parse(read("docs/relay-openapi.json")), OPENAPI);
});

test("the dashboard draws metrics that exist, and those that matter", () => {
  const dashboard = read("packages/relay/deploy/grafana.json");
  const panels: { title: string; targets: { expr: string }[] }[] = JSON.parse(dashboard).panels;
  const drawn = new Set(
    panels.flatMap(({ targets }) => targets.flatMap(({ expr }) => expr.match(/kith_relay_\w+/g) ?? [])),
  );
  for (const name of drawn) assert.ok(Object.hasOwn(METRICS, name), name);
  for (const name of ["connections", "done_total", "store_failures_total", "resident_bytes", "loop_delay_seconds"])
    assert.ok(drawn.has(`kith_relay_${name}`), name);
});

test("the Dockerfile has stages, is not root and stops by SIGTERM; the unit gives a drain its time", () => {
  const lines = read("packages/relay/deploy/Dockerfile").split("\n");
  assert.equal(lines.filter((line) => line.startsWith("FROM ")).length, 2);
  const last = lines.slice(lines.findLastIndex((line) => line.startsWith("FROM ")));
  for (const line of ["USER 1000:1000", "STOPSIGNAL SIGTERM", "VOLUME /data"]) assert.ok(last.includes(line), line);
  for (const line of lines)
    assert.match(
      line,
      /^(#|$|FROM |WORKDIR |COPY |RUN |ENV |USER |VOLUME |EXPOSE |STOPSIGNAL |HEALTHCHECK |ENTRYPOINT )/,
      line,
    );
  const unit = read("packages/relay/deploy/kith-relay.service");
  assert.ok(Number(/^TimeoutStopSec=(\d+)$/m.exec(unit)?.[1]) > 20);
  for (const line of unit.split("\n")) assert.match(line, /^(#.*|\[\w+\]|\w+=.+|)$/, line);
});

for (const [linter, file] of [
  ["hadolint", "Dockerfile"],
  ["systemd-analyze", "kith-relay.service"],
] as const) {
  const isThere = spawnSync(linter, ["--version"]).status === 0;
  test(`${linter} finds nothing in ${file}`, { skip: isThere ? false : `no ${linter} here` }, () => {
    const path = fileURLToPath(new URL(`../deploy/${file}`, import.meta.url));
    const { stdout, stderr, status } = spawnSync(linter, linter === "hadolint" ? [path] : ["verify", path]);
    // A unit's program is where it is installed, which is not here.
    const words = `${stdout}${stderr}`
      .split("\n")
      .filter((line) => line !== "" && !/is not executable|Unknown user/.test(line));
    assert.deepEqual(words, [], `ended with ${status}`);
  });
}
