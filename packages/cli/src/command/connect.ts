/** `kith connect`: reach a peer by address, where multicast is blocked. */

import type { Command } from "commander";
import { CliError, EXIT, type ExitCode } from "../exit-code.ts";
import { readPeerId } from "../peer-id.ts";
import { pathWords } from "../render/path-words.ts";
import { safeText } from "../render/terminal-text.ts";
import { resolvePeer } from "../resolve-peer.ts";
import type { Shell } from "../shell.ts";
import { examples, type Run } from "./command-shape.ts";

interface ConnectOptions {
  readonly expect?: string;
}

export function setUp(command: Command, run: Run): void {
  command
    .argument("<peer>", "host:port, or a peer that is near")
    .option("--expect <peer-id>", "fail unless it is this very key")
    .addHelpText("after", examples("kith connect 192.168.1.7:41641", "kith connect [fe80::1%eth0]:41641"))
    .action((text: string, options: ConnectOptions) => run((shell) => connect(shell, text, options)));
}

async function connect(shell: Shell, text: string, options: ConnectOptions): Promise<ExitCode> {
  const expect = options.expect === undefined ? undefined : readPeerId(options.expect);
  if (options.expect !== undefined && expect === undefined) {
    throw new CliError(EXIT.usage, "ERR_USAGE", "Cannot use --expect: a PeerId has 64 hexadecimal digits");
  }
  await using open = await shell.open();
  const { kith } = open;
  const meant = await resolvePeer(shell, open, text);
  const options2 = { signal: shell.signal, ...(expect === undefined ? {} : { expect }) };
  const { peer } = await kith.connect(meant.target, options2);
  const session = kith.openSessions.get().find((one) => one.peer === peer);
  const isContact = kith.trust.contacts.get().some((contact) => contact.peer === peer);
  const name = safeText(session?.name ?? "a stranger", 40);
  shell.tell({ type: "connected", ...session, peer, isContact }, [
    `Connected with ${shell.style.strong(name)}${isContact ? ", your contact" : ""}.`,
    ...(session === undefined ? [] : [`  fingerprint  ${session.fingerprint}`]),
    ...(session?.path === undefined
      ? []
      : [
          `  path         ${pathWords(session.path)}${session.path.kind === "relayed" ? "" : `, ${safeText(session.path.remote, 60)}`}`,
        ]),
  ]);
  if (!isContact) shell.note(`Not a contact yet. To pair: kith pair ${safeText(text)}`);
  return EXIT.done;
}
