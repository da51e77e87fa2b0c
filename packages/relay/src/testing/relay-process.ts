/** A relay in a process of its own: one that can be killed, and has descriptors of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";

const children = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of children) child.kill("SIGKILL"); // also those of a test that failed
});

const RELAY = `
  import { startRelay } from ${JSON.stringify(new URL("../relay.ts", import.meta.url).href)};
  import { testConfig } from ${JSON.stringify(new URL("./echo-server.ts", import.meta.url).href)};
  const bounds = { toll: { quiet: 1, busy: 1 }, loginsPerMinute: 100000 };
  const relay = await startRelay(testConfig({ data: process.argv[1], ...JSON.parse(process.argv[2]) }), { bounds });
  console.log(relay.port);
`;

/** `changes`: of its settings. */
export async function relayProcess(
  data: string,
  changes: Readonly<Record<string, unknown>> = {},
): Promise<{ readonly child: ChildProcess; readonly port: number }> {
  const child = spawn(
    process.execPath,
    ["--conditions=@kith/source", "--input-type=module", "-e", RELAY, data, JSON.stringify(changes)],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  children.add(child);
  child.unref();
  for await (const line of createInterface(child.stdout)) return { child, port: Number(line) };
  throw new Error("the relay did not start");
}
