/**
 * One process of a run: `worker.ts answer|ask <contender> <scenario> [address]`. Says one line of
 * JSON on its standard output: the address it listens on, or its figures. Ends when its input does.
 */
import { contenderNamed } from "./contenders.ts";
import { messagesOver } from "./contender/contender.ts";
import { SCENARIOS } from "./scenario.ts";

const [role, name = "", scenarioName = "", address = ""] = process.argv.slice(2);
const scenario = SCENARIOS[scenarioName];
if (scenario === undefined) throw new Error(`no scenario ${scenarioName}`);
const contender = await contenderNamed(name);
const say = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value)}\n`);
const cpuSeconds = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

if (role === "answer") {
  say({
    address: await contender.listen((pipe, kind) => {
      const isPlain = scenario.kind === "messages" && kind === "stream";
      scenario.answer(isPlain ? messagesOver(contender, pipe) : pipe, scenario.count);
    }),
  });
  process.stdin.resume().once("end", () => {
    say({ cpuSeconds: cpuSeconds() });
    process.exit(0);
  });
} else {
  const before = cpuSeconds();
  const figures = await scenario.ask(contender, address, scenario.count);
  say({ ...figures, cpuSeconds: cpuSeconds() - before });
  process.exit(0);
}
