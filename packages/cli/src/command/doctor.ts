/** `kith doctor`: why can I not see the other one? */
import { type Command, Option } from "commander";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { safeText } from "../render/terminal-text.ts";
import type { Finding, Shell } from "../shell.ts";
import { examples, type Run } from "./command-shape.ts";

export function setUp(command: Command, run: Run): void {
  command
    .addOption(
      new Option("--stun <hosts>", "ask two STUN servers, as host:port,host:port, what the router does").argParser(
        (text: string) => text.split(",").filter((host) => host.trim() !== ""),
      ),
    )
    .action(({ stun = [] }: { stun?: readonly string[] }) => run((shell) => doctor(shell, stun)))
    .addHelpText(
      "after",
      `${examples("kith doctor", "kith doctor --json", "kith doctor --stun stun.example,stun.example.net:19302")}

Looks at interfaces, multicast, the port, the firewall, isolation by the access point, the clock,
and the relays that are used: whether each can be reached, through proxies too, and has its key.
With a node that runs it says which way leads to each contact, and why not a better one. STUN
servers learn this machine's address, so it asks none that you do not name.
Ends with 10 if something must be repaired. The report names no keys and no addresses of others.`,
    );
}

async function doctor(shell: Shell, stun: readonly string[]): Promise<ExitCode> {
  shell.note(shell.style.dim("Looking, this takes a few seconds …"));
  const findings = await shell.door.diagnose(shell, { stun });
  for (const finding of findings) shell.tell({ type: "finding", ...finding }, lines(shell, finding));
  const bad = findings.filter(({ verdict }) => verdict === "bad").length;
  const doubtful = findings.filter(({ verdict }) => verdict === "warn").length;
  shell.print();
  if (bad > 0) shell.print(`${shell.style.bad("Something is in the way.")} Start with the first fix above.`);
  else if (doubtful > 0) shell.print("Nothing is broken here, but look at what is marked.");
  else shell.print("All is well here. If you still do not see the other device, run `kith doctor` there.");
  return bad > 0 ? EXIT.ailing : EXIT.done;
}

function lines({ style }: Shell, { check, verdict, words, fix }: Finding): readonly string[] {
  const sign = {
    good: style.good(style.signs.good),
    warn: style.warn(style.signs.warn),
    bad: style.bad(style.signs.bad),
    unknown: "?",
  };
  const head = `${sign[verdict]} ${style.strong(safeText(check).padEnd(12))} ${safeText(words)}`;
  return fix === undefined ? [head] : [head, `  ${" ".repeat(12)} ${style.accent("fix")}  ${safeText(fix)}`];
}
