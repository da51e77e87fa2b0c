// Real interfaces and real firewall rules in network namespaces: what a kernel lets through cannot be faked.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type LabHost, NetLab, whyNoLab } from "../testing/net-lab.ts";
import type { Finding } from "./doctor.ts";

const AGENT = new URL("../testing/discovery-agent.ts", import.meta.url).pathname;
const SCRIPT = `
  import { diagnose } from ${JSON.stringify(new URL("./doctor.ts", import.meta.url).href)};
  console.log(JSON.stringify(await diagnose({ port: 4711 })));
  process.exit(0);
`;

const noLab = whyNoLab(["nft"]);
const options = { skip: noLab ?? false, timeout: 60_000 };
if (noLab !== undefined) console.log(`doctor in namespaces: skipped, ${noLab}`);

test("doctor on a machine without network, alone, with a neighbour, and behind a firewall", options, async () => {
  await using lab = new NetLab();
  const [a, b] = [await lab.host("a"), await lab.host("b")];
  assert.equal((await diagnoseOn(a)).get("interfaces"), "bad");

  await lab.cable(a, b, "eth0", ["10.9.1.1/24", "10.9.1.2/24"]);
  const alone = await diagnoseOn(a);
  assert.deepEqual(
    [...alone].filter(([check]) => check !== "clock"),
    [
      ["interfaces", "good"],
      ["multicast", "good"],
      ["neighbours", "warn"],
      ["port", "good"],
      ["firewall", "good"],
    ],
  );

  const agent = b.node(AGENT, []);
  await new Promise((resolve) => agent.stdout?.once("data", resolve));
  agent.stdin?.write(`${JSON.stringify({ advertise: { instance: "b", host: "kith-b", port: 1, txt: { v: "1" } } })}\n`);
  assert.equal((await diagnoseOn(a)).get("neighbours"), "good");

  await a.run("nft", ["add table inet f; add chain inet f in { type filter hook input priority 0; policy drop; }"]);
  const shut = await diagnoseOn(a);
  assert.equal(shut.get("firewall"), "warn");
  assert.equal(shut.get("multicast"), "bad");
  assert.equal(shut.get("neighbours"), undefined);
  await a.run("nft", [
    "add rule inet f in udp dport 5353 accept; add rule inet f in tcp dport 4711 accept; add rule inet f in iif lo accept",
  ]);
  const opened = await diagnoseOn(a);
  assert.deepEqual([opened.get("firewall"), opened.get("multicast"), opened.get("port")], ["good", "good", "good"]);
});

async function diagnoseOn(host: LabHost): Promise<Map<Finding["check"], Finding["verdict"]>> {
  const output = await host.run(process.execPath, ["--input-type=module", "-e", SCRIPT]);
  const findings = JSON.parse(output) as Finding[]; // of our own process
  return new Map(findings.map(({ check, verdict }) => [check, verdict]));
}
