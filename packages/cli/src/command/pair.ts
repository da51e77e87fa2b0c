/** `kith pair`: make a peer a contact. */

import type { PairingMethod, Role } from "@kith/sdk";
import { type Command, Option } from "commander";
import { CliError, EXIT, type ExitCode } from "../exit-code.ts";
import type { Kith, OpenKith } from "../kith.ts";
import { abandonPairing, checkCode, leadOffer, leadPairing } from "../pairing-dialog.ts";
import { safeText } from "../render/terminal-text.ts";
import { resolvePeer } from "../resolve-peer.ts";
import type { JsonRecord, Shell } from "../shell.ts";
import { until } from "../waiting.ts";
import { examples, type Run } from "./command-shape.ts";

interface PairOptions {
  readonly pin?: boolean;
  readonly qr?: boolean;
  readonly words?: boolean;
  readonly firstUse?: boolean;
  readonly code?: string;
  readonly yes?: boolean;
  readonly role?: Role;
}

export function setUp(command: Command, run: Run): void {
  command
    .argument("[peer]", "who; or a kith:pair/… text. Without: show a code or QR to whoever comes, or answer who asks")
    .option("--pin", "six digits: one side shows them, the other types them (the usual way)")
    .option("--qr", "a QR code, or the text below it")
    .option("--words", "compare five words on both screens")
    .option("--first-use", "trust whoever answers, this once; both people must agree")
    .option("--code <digits>", "the six digits, where they are known already")
    .option("-y, --yes", "agree without asking, once the proof is done")
    .addOption(new Option("--role <role>", "what the contact may do").choices(["owner", "admin", "member", "guest"]))
    .addHelpText(
      "after",
      examples(
        "kith pair Bob --pin        pair with Bob; one of you types the code of the other",
        "kith pair --pin            show a code to whoever comes",
        "kith pair --qr             show a QR code",
        "kith pair kith:pair/…      what the QR code says",
        "kith pair Bob --code 123456 --yes",
      ),
    )
    .action((peer: string | undefined, options: PairOptions) => run((shell) => pair(shell, peer, options)));
}

async function pair(shell: Shell, text: string | undefined, options: PairOptions): Promise<ExitCode> {
  checkCode(options.code);
  const method = methodOf(text, options);
  await using open = await shell.open();
  const { kith } = open;
  using dialog = shell.dialog();
  const run = {
    kith,
    dialog,
    style: shell.style,
    signal: shell.signal,
    now: (): number => shell.terminal.now(),
    isConsentGiven: options.yes === true,
    ...(options.code === undefined ? {} : { code: options.code }),
    ...(options.role === undefined ? {} : { role: options.role }),
    record: (record: JsonRecord): void => shell.record(record),
  };
  const isOffer = text === undefined && (method === "pin" || method === "qr");
  const id = isOffer ? await kith.pairing.offer(method) : await begin(shell, open, text, method);
  try {
    const end = await (isOffer ? leadOffer(run, id) : leadPairing(run, id));
    const { name, fingerprint, role } = end.contact;
    dialog.print(shell.style.good(`${shell.style.signs.good} ${safeText(name, 40)} is your contact now (${role}).`));
    dialog.print(`  fingerprint  ${fingerprint}`);
    return EXIT.done;
  } catch (error) {
    await abandonPairing(kith, id);
    throw error;
  }
}

function methodOf(text: string | undefined, options: PairOptions): PairingMethod | undefined {
  const given: PairingMethod[] = [];
  if (options.pin === true || options.code !== undefined) given.push("pin");
  if (options.qr === true || text?.startsWith("kith:pair/") === true) given.push("qr");
  if (options.words === true) given.push("words");
  if (options.firstUse === true) given.push("first-use");
  if (given.length > 1) throw usage(`Cannot pair in two ways at once: ${given.join(" and ")}`);
  const [method] = given;
  if (text !== undefined) return method ?? "pin";
  if (method === "words" || method === "first-use") throw usage(`Cannot pair by ${method} without a peer`);
  return method;
}

const usage = (message: string): CliError => new CliError(EXIT.usage, "ERR_USAGE", message);

async function begin(
  shell: Shell,
  open: OpenKith,
  text: string | undefined,
  method: PairingMethod | undefined,
): Promise<string> {
  const { kith } = open;
  if (text !== undefined) {
    const target = text.startsWith("kith:pair/") ? text : (await resolvePeer(shell, open, text)).target;
    return kith.pairing.start(target, method ?? "pin", { signal: shell.signal });
  }
  return takeIncoming(shell, kith);
}

/** Nobody was named: somebody may be asking already, or is about to. */
async function takeIncoming(shell: Shell, kith: Kith): Promise<string> {
  const look = (): string | undefined =>
    kith.pairing.all.get().find(({ isOurs, step }) => !isOurs && step.at !== "done" && step.at !== "failed")?.id;
  const now = look();
  if (now !== undefined) return now;
  shell.note("Waiting for somebody who wants to pair … (--pin or --qr shows a code)");
  const id = await until(kith.pairing.all, look, { signal: shell.signal, timeoutMs: 120_000 });
  if (id !== undefined) return id;
  throw new CliError(EXIT.unfinished, "ERR_PAIRING_EXPIRED", "Cannot pair: nobody asked within two minutes");
}
