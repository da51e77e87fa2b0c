/**
 * Ten minutes of sleep in the middle of a stream, both ways: on waking, one round trip over the new
 * link brings the session back, and nothing is lost or comes twice.
 *
 * @module
 */
import { Violation } from "./ledger.ts";
import { CALM_PLAN, type Plan } from "./plan.ts";
import { SimRandom } from "./sim-random.ts";
import type { Trace } from "./trace.ts";
import { World, type WorldReport } from "./world.ts";

const SLEEP_MS = 600_000;
const MESSAGES = 40;
/** First bytes of packets (core `PACKET`): a request to resume, its answer, a record. */
const [RESUME, RESUMED, RECORD] = [0x05, 0x06, 0x10];

export const RESUME_PLAN: Plan = { ...CALM_PLAN, name: "resume", hosts: [2, 2], orderedShares: [1] };

export function tellResume(seed: string, trace: Trace): WorldReport {
  const world = new World(RESUME_PLAN, seed, trace);
  const { net, people } = world;
  const random = new SimRandom(`resume ${seed}`);
  const [one, two] = people;
  if (one === undefined || two === undefined) throw new Error("two people");
  world.begin();
  net.run(2_000);
  one.stream(two, MESSAGES, random.pick([10, 3_000, 60_000]));
  two.stream(one, MESSAGES, random.pick([10, 3_000]));
  net.run(net.now + random.float() * 100); // somewhere in the middle
  const sleeper = random.chance(0.5) ? one : two;
  sleeper.host.sleep();
  net.run(net.now + SLEEP_MS);
  const packets: { readonly at: number; readonly from: string; readonly kind: number | undefined }[] = [];
  world.watch.onPacket.push((bytes, from) => packets.push({ at: net.now, from, kind: bytes[0] }));
  sleeper.host.wake(true);
  const left = (): boolean => world.ledger.openStreams.length === 0 && packets.length > 4;
  if (!net.run(net.now + 60_000, left)) throw new Violation("the streams did not go on");
  // On the link before, the one that did not sleep may just say that it is there, and get a last word.
  const [request, answer, more] = packets.filter(({ kind }) => kind !== RECORD);
  const isOneRoundTrip = request?.kind === RESUME && answer?.kind === RESUMED && more === undefined;
  if (!isOneRoundTrip || answer.from === request.from) {
    throw new Violation(`woke up with packets ${packets.slice(0, 8).map(({ kind, from }) => `${from}:${kind}`)}`);
  }
  for (const { heard, count } of world.ledger.streams.values()) {
    if (heard !== count) throw new Violation(`${heard} of ${count} messages`); // a repeat would have been one already
  }
  return world.report();
}
