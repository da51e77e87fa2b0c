/** `kith trust grant` and its kin: what goes beyond roles, given, passed on, shown and taken back. */
import type { Contact, GrantView } from "@kith/sdk";
import type { Command } from "commander";
import { CliError, EXIT, type ExitCode } from "../exit-code.ts";
import { durationOf, sizeOf, wholeOf } from "../option-values.ts";
import { grantLine, grantsOf } from "../render/contact-view.ts";
import { safeText } from "../render/terminal-text.ts";
import { count } from "../render/units.ts";
import { resolveContact } from "../resolve-peer.ts";
import type { Shell } from "../shell.ts";
import { examples, type Run } from "./command-shape.ts";

export const withPeer = (command: Command): Command =>
  command.argument("<peer>", "name, number, fingerprint or PeerId");

const withLimits = (command: Command): Command =>
  command
    .option("--for <time>", "ends after so long: 30min, 12h, 7d", durationOf)
    .option("--count <uses>", "so often at most", wholeOf)
    .option("--bytes <size>", "so much at most: 500MB, 2GB", sizeOf)
    .option("--per-minute <uses>", "so often a minute at most", wholeOf)
    .option("--delegations <links>", "may be passed on, so many times in a row: 1 or 2", wholeOf);

interface GrantOptions {
  readonly for?: number;
  readonly count?: number;
  readonly bytes?: number;
  readonly perMinute?: number;
  readonly delegations?: number;
}

export function setUpGrants(command: Command, run: Run): void {
  withLimits(
    withPeer(command.command("grant"))
      .argument("<operation>", "a protocol's name, or chat, file.send, …")
      .description("Permit one operation beyond the role, within limits; the contact is told."),
  )
    .action((peer: string, operation: string, options: GrantOptions) =>
      run((shell) => grant(shell, peer, operation, options)),
    )
    .addHelpText("after", examples("kith trust grant Bob file.send --for 2h --bytes 1GB"));
  withPeer(command.command("revoke-grant"))
    .argument("<grant>", "its id, as `kith trust show` lists it")
    .description("Take one grant back; the contact is told.")
    .action((peer: string, id: string) => run((shell) => revokeGrant(shell, peer, id)))
    .addHelpText("after", examples("kith trust revoke-grant Bob 4c1d"));
  withLimits(
    withPeer(command.command("pass-on"))
      .argument("<grant>", "id of one that somebody gave you, as `kith trust list` shows it")
      .description("Let a contact use a grant of yours, in part, where it counts.")
      .option("--only <operation>", "of several operations, this one"),
  )
    .action((peer: string, id: string, options: GrantOptions & { only?: string }) =>
      run((shell) => passOn(shell, peer, id, options)),
    )
    .addHelpText("after", examples("kith trust pass-on Carol 7a31 --for 1h --count 2"));
  withPeer(command.command("show-grant"))
    .argument("<grant>", "id of one that somebody gave you")
    .description("Show a grant of yours to a contact that obeys who issued it.")
    .action((peer: string, id: string) => run((shell) => showGrant(shell, peer, id)))
    .addHelpText("after", examples("kith trust show-grant Server 7a31"));
}

/** What one command on a contact did. */
export function done(shell: Shell, did: string, contact: Contact, words: string, more: object = {}): void {
  shell.tell({ type: "trust", did, peer: contact.peer, ...more }, `${safeText(contact.name, 40)} ${words}.`);
}

/** The options in the SDK's words. */
function termsOf(shell: Shell, options: GrantOptions): Pick<GrantView, "limits" | "notAfter" | "delegations"> {
  const { for: time, delegations, count: uses, bytes, perMinute } = options;
  return {
    limits: {
      ...(uses !== undefined && { count: uses }),
      ...(bytes !== undefined && { bytes }),
      ...(perMinute !== undefined && { perMinute }),
    },
    ...(time !== undefined && { notAfter: shell.terminal.now() + time }),
    ...(delegations !== undefined && { delegations }),
  };
}

async function grant(shell: Shell, text: string, operation: string, options: GrantOptions): Promise<ExitCode> {
  await using open = await shell.open();
  const contact = await resolveContact(shell, open, text);
  const given = await open.kith.trust.grant(contact.peer, { operation, ...termsOf(shell, options) });
  shell.tell({ type: "grant", peer: contact.peer, ...given }, `${safeText(contact.name, 40)} may: ${grantLine(given)}`);
  return EXIT.done;
}

async function revokeGrant(shell: Shell, text: string, id: string): Promise<ExitCode> {
  await using open = await shell.open();
  const contact = await resolveContact(shell, open, text);
  const { passedOn } = grantsOf(contact, open.kith.trust);
  const only = theGrant([...contact.grants, ...passedOn], id);
  await open.kith.trust.revokeGrant(contact.peer, only.id);
  done(shell, "grant-revoked", contact, `lost the grant for ${safeText(only.operation, 40)}`, { grant: only.id });
  return EXIT.done;
}

async function passOn(
  shell: Shell,
  text: string,
  id: string,
  { only, ...options }: GrantOptions & { only?: string },
): Promise<ExitCode> {
  await using open = await shell.open();
  const contact = await resolveContact(shell, open, text);
  const { trust } = open.kith;
  const narrower = { ...termsOf(shell, options), ...(only !== undefined && { operation: only }) };
  const passed = await trust.passOn(contact.peer, theGrant(trust.received.get(), id).id, narrower);
  const words = `${safeText(contact.name, 40)} has from you: ${grantLine(passed)}`;
  shell.tell({ type: "passed-grant", ...passed }, words);
  return EXIT.done;
}

async function showGrant(shell: Shell, text: string, id: string): Promise<ExitCode> {
  await using open = await shell.open();
  const contact = await resolveContact(shell, open, text);
  const { trust } = open.kith;
  const only = theGrant(trust.received.get(), id);
  await trust.showGrant(contact.peer, only.id);
  done(shell, "grant-shown", contact, `is shown the grant for ${safeText(only.operation, 40)}`, { grant: only.id });
  return EXIT.done;
}

/** The one whose id begins like that. @throws {CliError} `ERR_GRANT_UNKNOWN` */
function theGrant(grants: readonly GrantView[], id: string): GrantView {
  const meant = grants.filter((one) => one.id.startsWith(id));
  const [only] = meant;
  if (only !== undefined && meant.length === 1) return only;
  throw new CliError(
    EXIT.unknown,
    "ERR_GRANT_UNKNOWN",
    `Cannot tell which grant ${safeText(id, 40)} is: ${count(meant.length, "grant")} begin like that`,
  );
}
