import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock } from "../testing/fake-clock.ts";
import { diagnose, type Finding } from "./doctor.ts";
import { checkFirewall } from "./doctor-firewall.ts";
import { checkInterfaces, checkMulticast } from "./doctor-network.ts";
import type { LocalAddress } from "./interfaces.ts";
import type { MulticastHandlers, openMulticast } from "./mdns/multicast-socket.ts";
import type { RunProgram } from "./run-program.ts";

const at = (link: string, address: string): LocalAddress => ({
  link,
  address,
  family: address.includes(":") ? "ipv6" : "ipv4",
  cidr: address.includes(":") ? `${address}/64` : `${address}/24`,
  isLoopback: link === "lo",
  scope: 0,
});

for (const [what, addresses, verdict, words] of [
  ["nothing but loopback", [at("lo", "127.0.0.1")], "bad", /No network interface/],
  ["link-local addresses only", [at("eth0", "fe80::1")], "warn", /nobody gave/],
  ["a tunnel only", [at("tun0", "10.8.0.2")], "warn", /tunnels/],
  ["a network", [at("lo", "127.0.0.1"), at("wlan0", "192.168.1.2")], "good", /wlan0 \(192\.168\.1\.2\)/],
  ["a network and a tunnel", [at("wlan0", "192.168.1.2"), at("wg0", "10.0.0.1")], "good", /wg0/],
] as const) {
  test(`doctor, with ${what}, says ${verdict}`, () => {
    const finding = checkInterfaces(addresses);
    assert.equal(finding.verdict, verdict);
    assert.match(finding.words, words);
    assert.equal(finding.fix === undefined, verdict === "good");
  });
}

const eth0 = [at("eth0", "10.0.0.1")];
const hear = (from: readonly string[]) => (handlers: MulticastHandlers) => {
  for (const address of from) handlers.onDatagram(new Uint8Array(12), { address, port: 5_353 });
};

for (const [what, answer, expected] of [
  ["its own question and another's", hear(["10.0.0.1", "10.0.0.9"]), ["multicast good", "neighbours good"]],
  ["only its own question", hear(["10.0.0.1"]), ["multicast good", "neighbours warn"]],
  ["nothing", hear([]), ["multicast bad"]],
  [
    "that the port is taken",
    (handlers: MulticastHandlers) => handlers.onProblem(Object.assign(new Error("taken"), { code: "EADDRINUSE" })),
    ["multicast bad"],
  ],
] as const) {
  test(`doctor that hears ${what} on an interface finds ${expected.join(", ")}`, async () => {
    const open: typeof openMulticast = (_link, handlers) => ({
      send: () => answer(handlers),
      close: async () => {},
    });
    const findings = await whileTimePasses((clock) => checkMulticast(eth0, { clock, open }));
    assert.deepEqual(
      findings.map(({ check, verdict }) => `${check} ${verdict}`),
      expected,
    );
    for (const { verdict, fix } of findings) assert.equal(fix === undefined, verdict === "good");
  });
}

test("doctor names the interface that multicast does not work on, if another does", async () => {
  const open: typeof openMulticast = (link, handlers) => ({
    send: () => link.name === "eth0" && handlers.onDatagram(new Uint8Array(12), { address: "10.0.0.1", port: 5_353 }),
    close: async () => {},
  });
  const addresses = [at("eth0", "10.0.0.1"), at("wlan0", "10.1.0.1")];
  const [finding] = await whileTimePasses((clock) => checkMulticast(addresses, { clock, open }));
  assert.equal(finding?.verdict, "warn");
  assert.match(finding?.words ?? "", /on eth0, not on wlan0/);
});

const NFT_OPEN =
  "table inet filter {\n\tchain input {\n\t\ttype filter hook input priority filter; policy accept;\n\t}\n}\n";
const NFT_SHUT = NFT_OPEN.replace("policy accept;", "policy drop;\n\t\tct state established accept");
const NFT_HALF = NFT_SHUT.replace("established accept", "established accept\n\t\tudp dport 5353 accept");
const NFT_RIGHT = NFT_HALF.replace("5353 accept", "5353 accept\n\t\ttcp dport 4711 accept");
const NFT_END = NFT_OPEN.replace("policy accept;", "policy accept;\n\t\tct state established accept\n\t\tdrop");
const IPTABLES_SHUT = "-P INPUT DROP\n-A INPUT -i lo -j ACCEPT\n";

for (const [what, outputs, verdict, fix] of [
  ["no firewall program", {}, "unknown", /sudo kith doctor/],
  ["open nftables", { nft: NFT_OPEN }, "good", undefined],
  ["empty nftables", { nft: "" }, "good", undefined],
  ["nftables that drop", { nft: NFT_SHUT }, "warn", /UDP 5353.*TCP 4711/],
  ["nftables that drop in the end", { nft: NFT_END }, "warn", /UDP 5353/],
  ["nftables without the port", { nft: NFT_HALF }, "warn", /^Let in: TCP 4711/],
  ["nftables that let us in", { nft: NFT_RIGHT }, "good", undefined],
  ["open iptables", { iptables: "-P INPUT ACCEPT\n" }, "good", undefined],
  ["iptables that drop", { iptables: IPTABLES_SHUT }, "warn", /UDP 5353/],
  [
    "iptables that let us in",
    { iptables: `${IPTABLES_SHUT}-A INPUT -p udp --dport 5353\n-A INPUT -p tcp --dport 4711` },
    "good",
    undefined,
  ],
  ["ufw", { ufw: "Status: active\n" }, "warn", /sudo ufw allow 4711\/tcp/],
  ["ufw, read from its settings", { cat: "ENABLED=yes\n" }, "warn", /ufw allow/],
  ["ufw that lets us in", { ufw: "Status: active\n\n4711/tcp   ALLOW   Anywhere\n" }, "good", undefined],
  ["ufw that is off", { ufw: "Status: inactive\n", nft: NFT_OPEN }, "good", undefined],
  ["firewalld", { "firewall-cmd": "running\n  services: ssh\n" }, "warn", /add-service=mdns.*add-port=4711/],
  ["firewalld that lets us in", { "firewall-cmd": "services: mdns ssh\n ports: 4711/tcp\n" }, "good", undefined],
] as const satisfies readonly (readonly [string, Record<string, string>, Finding["verdict"], RegExp | undefined])[]) {
  test(`doctor, with ${what}, says ${verdict}`, async () => {
    const finding = await checkFirewall({ port: 4_711, run: programs(outputs), platform: "linux" });
    assert.equal(finding.verdict, verdict, finding.words);
    if (fix === undefined) assert.equal(finding.fix, undefined);
    else assert.match(finding.fix ?? "", fix);
  });
}

for (const [platform, program, output, verdict] of [
  ["darwin", "/usr/libexec/ApplicationFirewall/socketfilterfw", "Firewall is enabled. (State = 1)", "warn"],
  ["darwin", "/usr/libexec/ApplicationFirewall/socketfilterfw", "Firewall is disabled. (State = 0)", "good"],
  ["win32", "netsh", "State                                 ON", "warn"],
  ["win32", "netsh", "State                                 OFF", "good"],
  ["win32", "nothing", "", "unknown"],
] as const) {
  test(`doctor on ${platform} whose ${program.split("/").at(-1)} says “${output.trim()}” says ${verdict}`, async () => {
    assert.equal(
      (await checkFirewall({ port: undefined, run: programs({ [program]: output }), platform })).verdict,
      verdict,
    );
  });
}

for (const [year, synchronized, verdict] of [
  [2016, "yes", "bad"],
  [2066, "yes", "bad"],
  [2027, "no", "warn"],
  [2027, "yes", "good"],
  [2027, undefined, "good"],
] as const) {
  test(`doctor in ${year}, synchronized: ${synchronized ?? "unknown"}, says ${verdict} of the clock`, async () => {
    const run = programs(synchronized === undefined ? {} : { timedatectl: `${synchronized}\n` });
    const clock = new FakeClock({ wall: Date.UTC(year, 0, 1) });
    const findings = await diagnose({ clock, run, look: () => [] });
    assert.equal(findings.find(({ check }) => check === "clock")?.verdict, verdict);
  });
}

const programs =
  (outputs: Readonly<Record<string, string>>): RunProgram =>
  async (program) => {
    const output = outputs[program];
    return output === undefined ? undefined : { code: 0, output };
  };

/** Runs `work` while a fake clock moves on between its waits. */
async function whileTimePasses<T>(work: (clock: FakeClock) => Promise<T>): Promise<T> {
  const clock = new FakeClock();
  let isDone = false;
  const result = work(clock).finally(() => {
    isDone = true;
  });
  while (!isDone) {
    clock.advance(100);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return await result;
}
