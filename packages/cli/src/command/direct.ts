/** `kith direct`: become contacts without any server between: a code each way, by camera or copied. */
import type { Direct, DirectCode, Role } from "@kith/sdk";
import { type Command, Option } from "commander";
import type { Dialog } from "../dialog.ts";
import { CliError, EXIT, type ExitCode, verdictOf } from "../exit-code.ts";
import { abandonPairing, leadPairing } from "../pairing-dialog.ts";
import { qrLines } from "../render/qr.ts";
import { safeText } from "../render/terminal-text.ts";
import { durationInWords } from "../render/units.ts";
import type { JsonRecord, Shell } from "../shell.ts";
import { examples, type Run } from "./command-shape.ts";

interface DirectOptions {
  readonly yes?: boolean;
  readonly role?: Role;
}

export function setUp(command: Command, run: Run): void {
  command
    .argument("[offer]", "the kith:rtc/… text that the other one shows. Without: show yours first")
    .option("-y, --yes", "agree without asking, once the codes were right")
    .addOption(new Option("--role <role>", "what the contact may do").choices(["owner", "admin", "member", "guest"]))
    .addHelpText(
      "after",
      `${examples("kith direct                 show a code, then enter the other one's answer", "kith direct kith:rtc/…      answer the code that the other one shows")}

The other one runs this too, or opens the web app: Add, Without any server. Codes can be scanned,
or sent by whatever connects you two. Whoever sees a code sees addresses of this machine.
Both must be in one network, or a STUN server must be set: else no way leads from one to the other.`,
    )
    .action((offer: string | undefined, options: DirectOptions) => run((shell) => meet(shell, offer, options)));
}

async function meet(shell: Shell, offer: string | undefined, options: DirectOptions): Promise<ExitCode> {
  await using open = await shell.open();
  const { kith } = open;
  if (kith.direct === undefined)
    throw new CliError(EXIT.unreachable, "ERR_NO_WEBRTC", "Cannot meet without a server: there is no WebRTC here", {
      hint: "npm install node-datachannel brings it; kith join-code works without",
    });
  using dialog = shell.dialog();
  const id =
    offer === undefined ? await show(shell, kith.direct, dialog) : await answer(shell, kith.direct, dialog, offer);
  const { style, signal } = shell;
  try {
    const end = await leadPairing(
      {
        ...{ kith, dialog, style, signal, now: () => shell.terminal.now(), isConsentGiven: options.yes === true },
        ...(options.role !== undefined && { role: options.role }),
        record: (record: JsonRecord) => shell.record(record),
      },
      id,
    );
    const { name, fingerprint, role } = end.contact;
    dialog.print(style.good(`${style.signs.good} ${safeText(name, 40)} is your contact now (${role}).`));
    dialog.print(`  fingerprint  ${fingerprint}`);
    return EXIT.done;
  } catch (error) {
    await abandonPairing(kith, id);
    throw error;
  }
}

/** Shows an offer and takes the answer to it: a damaged or foreign one can be entered again. */
async function show(shell: Shell, direct: Direct, dialog: Dialog): Promise<string> {
  const { signal, style } = shell;
  const code = await direct.offer({ signal });
  try {
    tell(shell, dialog, "offer", code);
    for (;;) {
      const text = (await dialog.ask("Their answer: ", { signal })).trim();
      if (text === "") continue;
      try {
        return await code.accept(text, { signal });
      } catch (error) {
        const { code: why, message } = verdictOf(error);
        if (why !== "ERR_ARGUMENT") throw error;
        dialog.print(style.bad(message));
      }
    }
  } catch (error) {
    code.cancel();
    throw error;
  }
}

async function answer(shell: Shell, direct: Direct, dialog: Dialog, offer: string): Promise<string> {
  const { signal } = shell;
  const code = await direct.answer(offer.trim(), { signal });
  tell(shell, dialog, "answer", code);
  const stop = (): void => code.cancel(); // the pairing fails then, and says so
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await code.pairing;
  } finally {
    signal.removeEventListener("abort", stop);
    signal.throwIfAborted();
  }
}

function tell(shell: Shell, dialog: Dialog, is: "offer" | "answer", { text, expiresAt }: DirectCode): void {
  const { style } = shell;
  shell.record({ type: "direct", is, text, expiresAt });
  for (const line of qrLines(text, { color: style.strong("x") !== "x" })) dialog.print(line);
  dialog.print(
    is === "offer" ? "The other one scans it, or enters:" : "Your answer, for the other one to scan or enter:",
  );
  dialog.print(style.strong(text));
  const left = durationInWords(Math.max(0, expiresAt - shell.terminal.now()));
  dialog.print(style.dim(`Good for one person, within ${left}. Whoever has it can come first: you see who it is.`));
}
