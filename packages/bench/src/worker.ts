/**
 * One process of a cell: `worker.ts answer|ask <contender> <scenario> <count> [address]`. Says one
 * line of JSON on its standard output: where it listens, or its figures. The answering half ends
 * when its input does, and then says its own figures. Either says `missing` instead, and what, if it cannot take part.
 */
import { Missing } from "./scenario/scenario.ts";
import { SCENARIOS } from "./scenarios.ts";

const [role, contender = "", name = "", count = "", address = ""] = process.argv.slice(2);
const scenario = SCENARIOS[name];
if (scenario === undefined) throw new Error(`no scenario ${name}`);

function say(value: unknown): Promise<void> {
  return new Promise((resolve) => process.stdout.write(`${JSON.stringify(value)}\n`, () => resolve()));
}

const cpuSeconds = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

try {
  if (role === "answer") {
    const { address: listensAt, finish } = await scenario.answer(contender, Number(count));
    await say({ address: listensAt });
    process.stdin.resume().once("end", async () => {
      const { cpu = 0, ...extra } = (await finish?.()) ?? {};
      await say({ extra: { ...extra, cpu: cpu + cpuSeconds() } });
      process.exit(0);
    });
  } else {
    const { value, extra } = await scenario.ask(contender, address, Number(count));
    await say({ value, extra: { ...extra, cpu: cpuSeconds() } });
    process.exit(0);
  }
} catch (error) {
  if (!(error instanceof Missing)) throw error;
  await say({ missing: error.message });
  process.exit(0);
}
