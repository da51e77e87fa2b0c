/**
 * Whether this machine's own firewall is likely to drop what others send: multicast DNS (UDP 5353)
 * and the node's port. Rules are read, not tried, and often only the administrator may read them:
 * so the verdict is at most a warning.
 *
 * @module
 */
import type { Finding } from "../doctor/finding.ts";
import type { RunProgram } from "./run-program.ts";

export interface FirewallOptions {
  readonly port: number | undefined;
  readonly run: RunProgram;
  /** `process.platform` unless a test says otherwise. */
  readonly platform?: string;
}

export async function checkFirewall({ port, run, platform = process.platform }: FirewallOptions): Promise<Finding> {
  if (platform === "darwin") return await macos(run);
  if (platform === "win32") return await windows(run);
  const tcp = port === undefined || port === 0 ? "the node's port" : `${port}/tcp`;
  return (
    (await ufw(run, tcp)) ??
    (await firewalld(run, tcp)) ??
    (await nftables(run, tcp)) ??
    (await iptables(run, tcp)) ??
    unreadable
  );
}

const good = (words: string): Finding => ({ check: "firewall", verdict: "good", words });
const warn = (words: string, fix: string): Finding => ({ check: "firewall", verdict: "warn", words, fix });

const unreadable: Finding = {
  check: "firewall",
  verdict: "unknown",
  words: "This machine's firewall rules cannot be read from here.",
  fix: "Run `sudo kith doctor` to look at them, or allow UDP 5353 and the node's TCP port.",
};

async function ufw(run: RunProgram, tcp: string): Promise<Finding | undefined> {
  const status = await run("ufw", ["status"]);
  const config = status?.code === 0 ? undefined : await run("cat", ["/etc/ufw/ufw.conf"]);
  const isOn = /^Status: active/m.test(status?.output ?? "") || /^ENABLED=yes/m.test(config?.output ?? "");
  if (!isOn) return undefined; // it is only a face of the rules below: those decide
  const port = /^\d+/.exec(tcp)?.[0];
  if (status?.code === 0 && port !== undefined && new RegExp(`^${port}(/tcp)?\\s+ALLOW`, "m").test(status.output)) {
    return good("The firewall ufw is on and lets the node's port in; it always lets multicast DNS in.");
  }
  return warn(
    "The firewall ufw is on: others may not reach this node.",
    port === undefined
      ? "Give the node a fixed port with --port, and allow it: `sudo ufw allow PORT/tcp`."
      : `\`sudo ufw allow ${tcp}\``,
  );
}

async function firewalld(run: RunProgram, tcp: string): Promise<Finding | undefined> {
  const state = await run("firewall-cmd", ["--state"]);
  if (state?.code !== 0) return undefined;
  const rules = await run("firewall-cmd", ["--list-all"]);
  const hasMdns = /services:.*\bmdns\b/.test(rules?.output ?? "");
  const hasPort = /^\d/.test(tcp) && (rules?.output ?? "").includes(tcp);
  if (hasMdns && hasPort) return good("The firewall firewalld is on and lets multicast DNS and the node's port in.");
  const fixes = [
    hasMdns ? "" : "`sudo firewall-cmd --permanent --add-service=mdns`",
    hasPort
      ? ""
      : `\`sudo firewall-cmd --permanent --add-port=${/^\d/.test(tcp) ? tcp : "PORT/tcp"}\` with a fixed --port`,
  ].filter((fix) => fix !== "");
  return warn(
    "The firewall firewalld is on: others may not reach this node.",
    `${fixes.join(", ")}, then \`sudo firewall-cmd --reload\`.`,
  );
}

async function nftables(run: RunProgram, tcp: string): Promise<Finding | undefined> {
  const rules = await run("nft", ["list", "ruleset"]);
  if (rules?.code !== 0) return undefined;
  const inputs = rules.output.match(/chain [^{]*\{[^}]*hook input[^}]*\}?/g) ?? [];
  const closed = inputs.filter(
    (chain) => /policy drop/.test(chain) || /^\s*(counter [^\n]*)?(drop|reject)\b/m.test(chain),
  );
  if (closed.length === 0) return good("No firewall rule here stops what others send.");
  return verdictOf(closed.join("\n"), tcp, "nftables");
}

async function iptables(run: RunProgram, tcp: string): Promise<Finding | undefined> {
  const rules = await run("iptables", ["-S", "INPUT"]);
  if (rules?.code !== 0) return undefined;
  const isClosed = /^-P INPUT (DROP|REJECT)/m.test(rules.output) || /^-A INPUT -j (DROP|REJECT)/m.test(rules.output);
  return isClosed ? verdictOf(rules.output, tcp, "iptables") : good("No firewall rule here stops what others send.");
}

function verdictOf(rules: string, tcp: string, name: string): Finding {
  const port = /^\d+/.exec(tcp)?.[0];
  const missing = [
    /\b5353\b|\bmdns\b/.test(rules) ? "" : "UDP 5353 (multicast DNS)",
    port !== undefined && new RegExp(`\\b${port}\\b`).test(rules)
      ? ""
      : `TCP ${port ?? "of the node (fix it with --port)"}`,
  ].filter((what) => what !== "");
  if (missing.length === 0) return good(`The firewall (${name}) lets multicast DNS and the node's port in.`);
  return warn(
    `The firewall (${name}) drops what it does not know: others may not see this node.`,
    `Let in: ${missing.join(", ")}.`,
  );
}

async function macos(run: RunProgram): Promise<Finding> {
  const answer = await run("/usr/libexec/ApplicationFirewall/socketfilterfw", ["--getglobalstate"]);
  if (answer === undefined) return unreadable;
  if (/disabled/i.test(answer.output)) return good("The macOS firewall is off.");
  return warn(
    "The macOS firewall is on: it may stop incoming connections to Node.",
    "System Settings → Network → Firewall → Options: allow incoming connections for node; and Privacy & Security → Local Network: allow your terminal.",
  );
}

async function windows(run: RunProgram): Promise<Finding> {
  const answer = await run("netsh", ["advfirewall", "show", "currentprofile", "state"]);
  if (answer?.code !== 0) return unreadable;
  if (/\bOFF\b/i.test(answer.output)) return good("The Windows firewall is off for this network.");
  return warn(
    "The Windows firewall is on: it may stop incoming connections to Node.",
    "Windows Security → Firewall → Allow an app: tick Node.js for private networks; and set this network to private.",
  );
}
