/** `kith trust`: the contacts, and what each may do. */

import { fingerprint, type PeerId } from "@kith/core";
import type { Role } from "@kith/sdk";
import { nodeProvider } from "@kith/sdk/node";
import { type Command, Option } from "commander";
import { confirm } from "../dialog.ts";
import { CliError, EXIT, type ExitCode } from "../exit-code.ts";
import type { OpenKith } from "../kith.ts";
import { readPeerId } from "../peer-id.ts";
import { contactLines, contactTable, grantLines, grantsOf } from "../render/contact-view.ts";
import { safeText } from "../render/terminal-text.ts";
import { count, dateInWords, shortFingerprint } from "../render/units.ts";
import { isFingerprint, resolveContact, resolvePeer } from "../resolve-peer.ts";
import type { Shell } from "../shell.ts";
import { examples, type Run } from "./command-shape.ts";
import { done, setUpGrants, withPeer } from "./trust-grants.ts";

const ROLES = ["owner", "admin", "member", "guest"] as const;

export function setUp(command: Command, run: Run): void {
  command.action(() => run(list)).addHelpText("after", HELP);
  command
    .command("list")
    .description("All contacts, and who is blocked.")
    .action(() => run(list))
    .addHelpText("after", examples("kith trust list", "kith trust list --json"));
  withPeer(command.command("show"))
    .description("Everything known about a contact.")
    .action((peer: string) => run((shell) => show(shell, peer)))
    .addHelpText("after", examples("kith trust show Bob"));
  withPeer(command.command("revoke"))
    .description("Forget a contact; ends its sessions and grants.")
    .option("-y, --yes", "without asking")
    .action((peer: string, options: { yes?: boolean }) => run((shell) => revoke(shell, peer, options.yes === true)))
    .addHelpText("after", examples("kith trust revoke Bob", "kith trust revoke 3F2A91C0 --yes"));
  withPeer(command.command("block"))
    .description("Forget a peer and refuse its key from now on.")
    .action((peer: string) => run((shell) => block(shell, peer)))
    .addHelpText("after", examples("kith trust block Mallory"));
  withPeer(command.command("unblock"))
    .description("Lift a block. The peer is a stranger then.")
    .action((peer: string) => run((shell) => unblock(shell, peer)))
    .addHelpText("after", examples("kith trust unblock Mallory"));
  withPeer(command.command("role"))
    .argument("<role>", ROLES.join(", "))
    .description("Set what a contact may do as a rule.")
    .action((peer: string, role: string) => run((shell) => setRole(shell, peer, role)))
    .addHelpText("after", examples("kith trust role Bob guest"));
  withPeer(command.command("rename"))
    .argument("<name>", "your own name for it")
    .description("Give a contact another name.")
    .action((peer: string, name: string) => run((shell) => rename(shell, peer, name)))
    .addHelpText("after", examples('kith trust rename Bob "Bob from work"'));
  command
    .command("add")
    .argument("<peer-id>", "64 hexadecimal digits, from a source you trust")
    .argument("<name>", "your name for it")
    .description("Pin a key that you know by other means.")
    .addOption(new Option("--role <role>", "what it may do").choices(ROLES))
    .action((peer: string, name: string, options: { role?: Role }) =>
      run((shell) => add(shell, peer, name, options.role)),
    )
    .addHelpText("after", examples("kith trust add 9f86d081…0a08 Carol"));
  setUpGrants(command, run);
  command
    .command("accept-clock")
    .description("Say that the clock of this device is right, whatever it showed before.")
    .action(() => run(acceptClock))
    .addHelpText("after", examples("kith trust accept-clock"));
}

const HELP = examples("kith trust list", "kith trust show Bob", "kith trust revoke Bob", "kith trust block 3F2A91C0");

async function list(shell: Shell): Promise<ExitCode> {
  await using open = await shell.open();
  const { contacts, blocked, received, passedOn } = open.kith.trust;
  const all = contacts.get();
  const others = blocked.get().filter((peer) => !all.some((contact) => contact.peer === peer));
  for (const contact of all) shell.record({ type: "contact", ...contact });
  for (const grant of received.get()) shell.record({ type: "received-grant", ...grant });
  for (const grant of passedOn.get()) shell.record({ type: "passed-grant", ...grant });
  for (const peer of others) shell.record({ type: "blocked", peer, fingerprint: fingerprintOf(peer) });
  for (const line of contactTable(all, shell.style, shell.columns, shell.terminal.now())) shell.print(line);
  const grants = all.flatMap((contact) => grantLines(contact.name, grantsOf(contact, open.kith.trust)));
  if (grants.length > 0) shell.print();
  for (const line of grants) shell.print(line);
  if (others.length > 0)
    shell.print(`Blocked: ${others.map((peer) => shortFingerprint(fingerprintOf(peer))).join(", ")}`);
  if (all.length === 0) shell.note("No contacts yet. `kith pair PEER` makes one.");
  return EXIT.done;
}

async function show(shell: Shell, text: string): Promise<ExitCode> {
  await using open = await shell.open();
  const contact = await resolveContact(shell, open, text);
  const grants = grantsOf(contact, open.kith.trust);
  const { letsUs, passedOn } = grants;
  const lines = contactLines(contact, grants, shell.style, shell.terminal.now());
  shell.tell({ type: "contact", ...contact, received: letsUs, passedOn }, lines);
  return EXIT.done;
}

async function revoke(shell: Shell, text: string, isSure: boolean): Promise<ExitCode> {
  await using open = await shell.open();
  const contact = await resolveContact(shell, open, text);
  if (!isSure) {
    using dialog = shell.dialog();
    const grants = contact.grants.length === 0 ? "" : ` and ${count(contact.grants.length, "grant")}`;
    const question = `Forget ${safeText(contact.name, 40)}${grants}?`;
    if (!(await confirm(dialog, question, { signal: shell.signal }))) {
      throw new CliError(EXIT.refused, "ERR_DENIED", "Nothing was changed");
    }
  }
  await open.kith.trust.revoke(contact.peer);
  done(shell, "revoked", contact, "is no contact any more");
  return EXIT.done;
}

async function block(shell: Shell, text: string): Promise<ExitCode> {
  await using open = await shell.open();
  const meant = await resolvePeer(shell, open, text);
  const peer = meant.peer ?? (await open.kith.connect(meant.target, { signal: shell.signal })).peer;
  await open.kith.trust.block(peer);
  shell.tell({ type: "trust", did: "blocked", peer }, `${meant.label} is blocked.`);
  return EXIT.done;
}

async function unblock(shell: Shell, text: string): Promise<ExitCode> {
  await using open = await shell.open();
  const peer = blockedPeer(open, text) ?? (await resolveContact(shell, open, text)).peer;
  await open.kith.trust.unblock(peer);
  shell.tell({ type: "trust", did: "unblocked", peer }, `${safeText(text, 40)} is not blocked any more.`);
  return EXIT.done;
}

/** A blocked key has no name any more: a PeerId, or the first groups of a fingerprint, will do. */
function blockedPeer({ kith }: OpenKith, text: string): PeerId | undefined {
  const whole = readPeerId(text);
  const found = kith.trust.blocked.get().filter((peer) => peer === whole || isFingerprint(fingerprintOf(peer), text));
  return found.length === 1 ? found[0] : undefined;
}

const fingerprintOf = (peer: PeerId): string => fingerprint(nodeProvider, peer);

async function setRole(shell: Shell, text: string, role: string): Promise<ExitCode> {
  const known = ROLES.find((one) => one === role);
  if (known === undefined) throw new CliError(EXIT.usage, "ERR_USAGE", `Cannot set that role: use ${ROLES.join(", ")}`);
  await using open = await shell.open();
  const contact = await resolveContact(shell, open, text);
  await open.kith.trust.setRole(contact.peer, known);
  done(shell, "role", contact, `is ${known} now`, { role: known });
  return EXIT.done;
}

async function rename(shell: Shell, text: string, name: string): Promise<ExitCode> {
  await using open = await shell.open();
  const contact = await resolveContact(shell, open, text);
  await open.kith.trust.rename(contact.peer, name);
  done(shell, "renamed", contact, `is ${safeText(name, 40)} now`, { name });
  return EXIT.done;
}

async function add(shell: Shell, text: string, name: string, role: Role | undefined): Promise<ExitCode> {
  const peer = readPeerId(text);
  if (peer === undefined)
    throw new CliError(EXIT.usage, "ERR_USAGE", "Cannot pin that: a PeerId has 64 hexadecimal digits");
  await using open = await shell.open();
  const contact = await open.kith.trust.add(peer, { name, ...(role === undefined ? {} : { role }) });
  shell.tell(
    { type: "contact", ...contact },
    contactLines(contact, grantsOf(contact, open.kith.trust), shell.style, shell.terminal.now()),
  );
  return EXIT.done;
}

async function acceptClock(shell: Shell): Promise<ExitCode> {
  await using open = await shell.open();
  await open.kith.trust.acceptClock();
  const now = dateInWords(shell.terminal.now());
  shell.tell({ type: "trust", did: "clock-accepted" }, `The clock counts as right: it shows ${now}.`);
  return EXIT.done;
}
