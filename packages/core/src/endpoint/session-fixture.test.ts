/** Sessions without a handshake, for what only counts them. */

import assert from "node:assert/strict";
import { Secret } from "../crypto/secret.ts";
import { bytesToHex } from "../lib/hex.ts";
import { instant } from "../lib/time.ts";
import type { Keying } from "../session/keying.ts";
import { peer } from "../trust/trust-fixture.test.ts";
import { person, provider, seeded } from "./endpoint-fixture.test.ts";
import { createPersona } from "./persona.ts";
import { type SessionEntry, SessionTable } from "./session-table.ts";

const sessions = new SessionTable({ provider, random: seeded("sessions") });
const persona = createPersona(provider, seeded("persona"), person("ada"));

/** A session with the peer of that number, made at 1 s; it has no link. One for each number. */
export function sessionWith(number: number): SessionEntry {
  const random = seeded(`guest ${number}`);
  const secret = (): Secret => new Secret(random(32));
  const keying: Keying = {
    ...{ role: "responder", peer: peer(number), remoteContactKey: random(32), version: 1 },
    ...{ localIncarnation: "00".repeat(16), remoteIncarnation: "11".repeat(16), localIndex: number, remoteIndex: 1 },
    ...{ sendSecret: secret(), receiveSecret: secret(), resumeSecret: secret() },
    ...{ resumeId: bytesToHex(random(16)), transcript: random(32) },
  };
  const adoption = sessions.adopt(
    { keying, persona, isByHandshake: true, source: `192.0.2.${number}` },
    instant(1_000),
  );
  assert.ok(adoption.outcome === "opened");
  return adoption.entry;
}
