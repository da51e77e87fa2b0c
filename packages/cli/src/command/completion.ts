/** `kith completion`: prints the script that a shell loads. */
import { Argument, type Command } from "commander";
import { COMPLETION_SCRIPTS } from "../completion/completion-scripts.ts";
import { EXIT } from "../exit-code.ts";
import { examples, type Run } from "./command-shape.ts";

export function setUp(command: Command, run: Run): void {
  command
    .addArgument(new Argument("<shell>", "which shell").choices([...COMPLETION_SCRIPTS.keys()]))
    .action((name: string) =>
      run((shell) => {
        const script = COMPLETION_SCRIPTS.get(name) ?? "";
        shell.tell({ type: "completion", shell: name, script }, script.trimEnd());
        return Promise.resolve(EXIT.done);
      }),
    )
    .addHelpText(
      "after",
      `${examples(
        'eval "$(kith completion bash)"              in ~/.bashrc',
        'eval "$(kith completion zsh)"               in ~/.zshrc, after compinit',
        "kith completion fish | source               in ~/.config/fish/config.fish",
      )}\n\nNames of contacts and nearby peers complete while a node runs (kith up).`,
    );
}
