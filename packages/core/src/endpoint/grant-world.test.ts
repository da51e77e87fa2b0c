/** Three endpoints that give, pass on, take back, lose links and are killed: in the end all books agree. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { wallTime } from "../lib/time.ts";
import { issueGrant } from "../trust/grant.ts";
import { acquaint, provider, seeded, TestNet, type TestNode } from "./endpoint-fixture.test.ts";

let made = 0;

function give(by: TestNode, to: TestNode): void {
  const { wall } = by.at;
  const terms = { operations: ["game/1"], resource: "", limits: {}, delegations: 2 };
  const times = { notBefore: wallTime(wall - 60_000), notAfter: wallTime(wall + 86_400_000) };
  const random = seeded(`world ${made++}`);
  by.endpoint.grants.give(issueGrant(provider, random, by.endpoint.identity, to.id, { ...terms, ...times }), by.at);
}

/** Passes on the first received grant that may be and was not given by `to`. */
function passOn(by: TestNode, to: TestNode): void {
  const parent = by.endpoint.grants.received.find(({ delegations, issuer }) => delegations > 0 && issuer !== to.id);
  if (parent === undefined) return;
  const terms = { ...parent, delegations: parent.delegations - 1 };
  const random = seeded(`world ${made++}`);
  by.endpoint.grants.passOn(issueGrant(provider, random, by.endpoint.identity, to.id, terms, parent), by.at);
}

/** Takes back the first of all that `by` gave or passed on to `to`. */
function takeBack(by: TestNode, to: TestNode): void {
  const { grants, trust } = by.endpoint;
  const all = [...grants.passedOn, ...trust.grants.grantsOf(to.id).filter(({ issuer }) => issuer === by.id)];
  const first = all.find(({ subject }) => subject === to.id);
  if (first !== undefined) grants.revoke(to.id, first.id, by.at);
}

function connect(from: TestNode, to: TestNode): void {
  from.endpoint.connect({ peer: to.id, hints: [to.hint] }, 1, from.at);
  from.net.run(1_000);
}

function assertAgreement(all: readonly TestNode[]): void {
  for (const by of all) {
    for (const to of all.filter((other) => other !== by)) {
      const { grants, trust } = by.endpoint;
      const received = to.endpoint.grants.received.filter(({ issuer }) => issuer === by.id).map(({ id }) => id);
      const direct = trust.grants.grantsOf(to.id).filter(({ issuer }) => issuer === by.id);
      const passed = grants.passedOn.filter(({ subject }) => subject === to.id);
      assert.deepEqual(received.sort(), [...direct, ...passed].map(({ id }) => id).sort(), `${by.name} to ${to.name}`);
      const held = trust.grants.grantsOf(to.id).filter(({ issuer }) => issuer !== by.id);
      const has = new Set(to.endpoint.grants.received.map(({ id }) => id));
      assert.ok(
        held.every(({ id }) => has.has(id)),
        `${by.name} honours what ${to.name} has no more`,
      );
    }
  }
}

test("[GRA-4] [GRA-7] Endpoint: whatever happens on the way, issuer, subject and root agree in the end", () => {
  const pair = fc.constantFrom([0, 1] as const, [1, 2] as const, [0, 2] as const, [1, 0] as const, [2, 1] as const);
  const act = fc.record({ what: fc.constantFrom("give", "pass", "back", "link", "kill", "wait"), pair });
  fc.assert(
    fc.property(fc.array(act, { minLength: 5, maxLength: 30 }), (acts) => {
      const net = new TestNet();
      const all = ["alice", "bob", "carol"].map((name) => net.node(name));
      const [alice, bob, carol] = all;
      assert.ok(alice !== undefined && bob !== undefined && carol !== undefined);
      acquaint(alice, bob, "guest");
      acquaint(bob, carol, "guest");
      acquaint(alice, carol, "guest");
      net.run(1_000); // so that contacts are on the disk
      for (const { what, pair } of acts) {
        const [by, to] = [all[pair[0]] ?? alice, all[pair[1]] ?? bob];
        if (what === "give") give(by, to);
        else if (what === "pass") passOn(by, to);
        else if (what === "back") takeBack(by, to);
        else if (what === "link") connect(by, to);
        else if (what === "kill") by.restart();
        else net.run(10);
      }
      net.run(120_000); // calm: a peer that restarts all the time is not dialled all the time
      for (let round = 0; round < 3; round++) {
        connect(alice, bob);
        connect(bob, carol);
        connect(alice, carol);
      }
      net.run(20_000);
      assertAgreement(all);
    }),
    { numRuns: 15 },
  );
});
