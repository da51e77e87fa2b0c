/**
 * What a traitor may do next, from a seed: everything that a member can say with its own key, and a few things that
 * it cannot.
 *
 * @module
 */
import { encodeMeshMessage, MESH_MESSAGE, type OperationBody, type PeerId, peerIdToBytes } from "@kith/core";
import type { RoomTraitor } from "./room-traitor.ts";
import type { SimRandom } from "./sim-random.ts";

/** Where an envelope names its origin. */
const ORIGIN_AT = 22;

export function misdeed(traitor: RoomTraitor, others: readonly PeerId[], random: SimRandom): void {
  const other = others[random.below(others.length)];
  if (other === undefined || traitor.log.length === 0) return;
  switch (random.below(11)) {
    case 0:
      return traitor.keepBroadcasts();
    case 1:
      return traitor.keepLogFrom(others.filter(() => random.chance(0.5)));
    case 2:
      return traitor.lieInLists((_, neighbours) => ({ neighbours: neighbours.filter((peer) => peer !== other) }));
    case 3: // says to each something else
      return traitor.lieInLists((to, neighbours) => ({ neighbours: to === other ? [] : neighbours }));
    case 4:
      for (const { message } of traitor.records.slice(-200)) if (random.chance(0.3)) traitor.say(message);
      return;
    case 5: {
      const forged = traitor.broadcast(traitor.random(16), 0, traitor.random(60));
      forged.set(peerIdToBytes(other), ORIGIN_AT);
      traitor.say(forged, [other]);
      return;
    }
    case 6:
      traitor.say(Uint8Array.of(MESH_MESSAGE.broadcast + random.below(12), ...traitor.random(random.below(80))));
      return;
    case 7: // two of one number, of which each hears one
      return contradict(traitor, others);
    case 8: {
      // From somewhere long ago.
      const operations = traitor.log;
      const old = operations[random.below(operations.length)];
      const bodies: OperationBody[] = [{ kind: "expel", subject: other }, { kind: "checkpoint" }, { kind: "leave" }];
      const body = bodies[random.below(bodies.length)];
      if (old === undefined || body === undefined) return;
      traitor.sayOperations([traitor.operation(body, { parents: [old.id] }, operations)]);
      return;
    }
    case 9:
      traitor.say(encodeMeshMessage({ type: "prune" }));
      return;
    default:
      return traitor.behave();
  }
}

function contradict(traitor: RoomTraitor, others: readonly PeerId[]): void {
  const incarnation = "ee".repeat(16);
  const sequence = traitor.log.length;
  for (const [recipients, peer] of others.entries()) {
    const body: OperationBody = { kind: "rotate", bundle: traitor.random(32), recipients };
    traitor.sayOperations([traitor.operation(body, { incarnation, sequence })], [peer]);
  }
}
