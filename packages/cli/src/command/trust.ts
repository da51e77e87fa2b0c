/** `kith trust`: the contacts, and what each may do. */

import type { PeerId } from "@kith/core";
import type { Contact, Role } from "@kith/sdk";
import { type Command, Option } from "commander";
import { confirm } from "../dialog.ts";
import { CliError, EXIT, type ExitCode } from "../exit-code.ts";
import type { OpenKith } from "../kith.ts";
import { durationOf, sizeOf, wholeOf } from "../option-values.ts";
import { readPeerId } from "../peer-id.ts";
import { contactLines, contactTable, grantLine } from "../render/contact-view.ts";
import { safeText } from "../render/terminal-text.ts";
import { count } from "../render/units.ts";
import { resolveContact, resolvePeer } from "../resolve-peer.ts";
import type { Shell } from "../shell.ts";
import { examples, type Run } from "./command-shape.ts";

const ROLES = ["owner", "admin", "member", "guest"] as const;
const withPeer = (command: Command): Command => command.argument("<peer>", "name, number, fingerprint or PeerId");

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
  withPeer(command.command("grant"))
    .argument("<operation>", "a protocol's name, or chat, file.send, …")
    .description("Permit one operation beyond the role, within limits.")
    .option("--for <time>", "ends after so long: 30min, 12h, 7d", durationOf)
    .option("--count <uses>", "so often at most", wholeOf)
    .option("--bytes <size>", "so much at most: 500MB, 2GB", sizeOf)
    .option("--per-minute <uses>", "so often a minute at most", wholeOf)
    .action((peer: string, operation: string, options: GrantOptions) =>
      run((shell) => grant(shell, peer, operation, options)),
    )
    .addHelpText("after", examples("kith trust grant Bob file.send --for 2h --bytes 1GB"));
  withPeer(command.command("revoke-grant"))
    .argument("<grant>", "its id, as `kith trust show` lists it")
    .description("Take one grant back.")
    .action((peer: string, id: string) => run((shell) => revokeGrant(shell, peer, id)))
    .addHelpText("after", examples("kith trust revoke-grant Bob 4c1d"));
}

const HELP = examples("kith trust list", "kith trust show Bob", "kith trust revoke Bob", "kith trust block 3F2A91C0");

async function list(shell: Shell): Promise<ExitCode> {
  await using open = await shell.open();
  const { contacts, blocked } = open.kith.trust;
  const all = contacts.get();
  const others = blocked.get().filter((peer) => !all.some((contact) => contact.peer === peer));
  for (const contact of all) shell.record({ type: "contact", ...contact });
  for (const peer of others) shell.record({ type: "blocked", peer });
  for (const line of contactTable(all, shell.style, shell.columns, shell.terminal.now())) shell.print(line);
  if (others.length > 0) shell.print(`Blocked: ${others.map((peer) => peer.slice(0, 16)).join(", ")}`);
  if (all.length === 0) shell.note("No contacts yet. `kith pair PEER` makes one.");
  return EXIT.done;
}

async function show(shell: Shell, text: string): Promise<ExitCode> {
  await using open = await shell.open();
  const contact = await resolveContact(shell, open, text);
  shell.tell({ type: "contact", ...contact }, contactLines(contact, shell.style, shell.terminal.now()));
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

/** A blocked key has no name any more: the first digits of its PeerId will do. */
function blockedPeer({ kith }: OpenKith, text: string): PeerId | undefined {
  const digits = text.toLowerCase().replace(/[\s…]/g, "");
  if (!/^[0-9a-f]{8,64}$/.test(digits)) return undefined;
  const found = kith.trust.blocked.get().filter((peer) => peer.startsWith(digits));
  return found.length === 1 ? found[0] : undefined;
}

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
  shell.tell({ type: "contact", ...contact }, contactLines(contact, shell.style, shell.terminal.now()));
  return EXIT.done;
}

interface GrantOptions {
  readonly for?: number;
  readonly count?: number;
  readonly bytes?: number;
  readonly perMinute?: number;
}

async function grant(shell: Shell, text: string, operation: string, options: GrantOptions): Promise<ExitCode> {
  await using open = await shell.open();
  const contact = await resolveContact(shell, open, text);
  const { for: time, ...limits } = options;
  const notAfter = time === undefined ? {} : { notAfter: shell.terminal.now() + time };
  const given = await open.kith.trust.grant(contact.peer, { operation, limits, ...notAfter });
  shell.tell({ type: "grant", peer: contact.peer, ...given }, `${safeText(contact.name, 40)} may: ${grantLine(given)}`);
  return EXIT.done;
}

async function revokeGrant(shell: Shell, text: string, id: string): Promise<ExitCode> {
  await using open = await shell.open();
  const contact = await resolveContact(shell, open, text);
  const meant = contact.grants.filter((one) => one.id.startsWith(id));
  const [only] = meant;
  if (only === undefined || meant.length > 1) {
    throw new CliError(
      EXIT.unknown,
      "ERR_GRANT_UNKNOWN",
      `Cannot tell which grant ${safeText(id, 40)} is: ${count(meant.length, "grant")} begin like that`,
    );
  }
  await open.kith.trust.revokeGrant(contact.peer, only.id);
  done(shell, "grant-revoked", contact, `lost the grant for ${safeText(only.operation, 40)}`, { grant: only.id });
  return EXIT.done;
}

function done(shell: Shell, did: string, contact: Contact, words: string, more: object = {}): void {
  shell.tell({ type: "trust", did, peer: contact.peer, ...more }, `${safeText(contact.name, 40)} ${words}.`);
}
