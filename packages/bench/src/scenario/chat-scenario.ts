/** Chat while a file runs: what a person feels who writes a line during a transfer. */
import { benchIdentity } from "../contender/kith-endpoint.ts";
import { RECEIVER, receiveFiles, removeReceived, sendFiles } from "./file-kith.ts";
import { sourceFile } from "./file-pair.ts";
import { percentile, type Scenario } from "./scenario.ts";

export const chat: Scenario = {
  title: "chat line to receipt under a running 1 GiB transfer, 99th percentile",
  unit: "ms",
  isLess: true,
  counts: { kith: 1_024 },
  goal: 50,
  answer: () => receiveFiles(),
  async ask(_name, address, count) {
    const { endpoint, send } = await sendFiles(address);
    const { peerId } = benchIdentity(RECEIVER);
    const waiting = new Map<string, () => void>();
    void (async () => {
      for await (const event of endpoint.chat.watch({ peer: peerId })) {
        if (event.type === "state" && (event.state === "stored" || event.state === "read")) waiting.get(event.id)?.();
      }
    })();
    let isRunning = true;
    const transfer = send(sourceFile(count)).finally(() => {
      isRunning = false;
    });
    const times: number[] = [];
    while (isRunning) {
      const started = performance.now();
      const { id } = await endpoint.chat.send(peerId, `line ${times.length}`);
      await new Promise<void>((resolve) => waiting.set(id, resolve));
      waiting.delete(id);
      times.push(performance.now() - started);
    }
    removeReceived(await transfer);
    times.sort((a, b) => a - b);
    return { value: percentile(times, 0.99), extra: { p50: percentile(times, 0.5), lines: times.length } };
  },
};
