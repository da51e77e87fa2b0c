import assert from "node:assert/strict";
import { test } from "node:test";
import { CALLS, STREAMS, WATCHED } from "./control-methods.ts";

test("every method of a remote node exists at the node", () => {
  const asked = new Set([...CALLS.keys(), ...STREAMS.keys(), ...WATCHED.keys()]);
  const remote = [
    "setPrivacy",
    "connect",
    "exportIdentity",
    "trust.add",
    "trust.rename",
    "trust.setRole",
    "trust.revoke",
    "trust.block",
    "trust.unblock",
    "trust.grant",
    "trust.revokeGrant",
    "trust.passOn",
    "trust.showGrant",
    "trust.checkClock",
    "trust.acceptClock",
    "trust.received",
    "trust.passedOn",
    "pairing.offer",
    "pairing.start",
    "pairing.answer",
    "chat.send",
    "chat.history",
    "chat.markRead",
    "chat.typing",
    "chat.watch",
    "files.send",
    "files.accept",
    "files.decline",
    "files.cancel",
    "audit.entries",
    "audit.verify",
    "audit.export",
    "addresses",
    "privacy",
    "nearby",
    "openSessions",
    "alarms",
    "dismissAlarm",
    "lookAround",
    "trust.contacts",
    "trust.blocked",
    "pairing.all",
    "chat.unread",
    "files.transfers",
  ];
  assert.deepEqual([...asked].sort(), remote.sort());
});
