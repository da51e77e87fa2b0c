import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { bytesToHex, hexToBytes } from "../lib/hex.ts";
import {
  CPACE_ISK_BYTES,
  CPACE_SHARE_BYTES,
  cpaceFinish,
  cpaceGenerator,
  cpaceSharedPoint,
  cpaceStart,
} from "./cpace.ts";
import { nobleProvider as provider } from "./noble-provider.ts";
import { Secret } from "./secret.ts";

const ROOT = join(import.meta.dirname, "../../../..");
const PUBLISHED = join(process.env["KITH_VECTORS"] ?? join(ROOT, "../shared/vectors"), "cpace/testvectors.json");

type Run = Record<
  "prs" | "ci" | "sid" | "generator" | "ya" | "ada" | "shareA" | "yb" | "adb" | "shareB" | "k" | "isk",
  string
>;
type Point = { scalar: string; share: string; k?: string };

/** Everything the run fixes, from both sides. */
function checkRun(run: Run): void {
  const [prs, ci, sid] = [hexToBytes(run.prs), hexToBytes(run.ci), hexToBytes(run.sid)];
  assert.equal(bytesToHex(cpaceGenerator(provider, prs, ci, sid).toBytes()), run.generator);
  const a = cpaceStart({ provider, random: () => hexToBytes(run.ya), prs, ci, sid });
  const b = cpaceStart({ provider, random: () => hexToBytes(run.yb), prs, ci, sid });
  assert.equal(bytesToHex(a.share), run.shareA);
  assert.equal(bytesToHex(b.share), run.shareB);
  assert.equal(bytesToHex(cpaceSharedPoint(hexToBytes(run.ya), b.share)!), run.k);
  assert.equal(bytesToHex(cpaceSharedPoint(hexToBytes(run.yb), a.share)!), run.k);
  const [ada, adb] = [hexToBytes(run.ada), hexToBytes(run.adb)];
  const iskA = cpaceFinish({ provider, role: "initiator", sid, ...a, ad: ada, remoteShare: b.share, remoteAd: adb });
  const iskB = cpaceFinish({ provider, role: "responder", sid, ...b, ad: adb, remoteShare: a.share, remoteAd: ada });
  assert.equal(bytesToHex(iskA!.reveal()), run.isk);
  assert.equal(bytesToHex(iskB!.reveal()), run.isk);
}

const checkPoint = ({ scalar, share, k }: Point): void => {
  const shared = cpaceSharedPoint(hexToBytes(scalar), hexToBytes(share));
  assert.equal(shared && bytesToHex(shared), k);
};

// [ID-15]
test("CPace gives the frozen figures of the draft, and refuses the frozen bad shares", () => {
  const { cases }: { cases: (Run | Point)[] } = JSON.parse(readFileSync(join(ROOT, "spec/vectors/cpace.json"), "utf8"));
  for (const each of cases) "isk" in each ? checkRun(each) : checkPoint(each);
  assert.equal(cases.length, 8);
});

test("CPace gives the figures of the draft's repository", (t) => {
  if (!existsSync(PUBLISHED)) return t.skip(`no published vectors at ${PUBLISHED}`);
  const all = JSON.parse(readFileSync(PUBLISHED, "utf8"));
  const lower = (record: Record<string, string>): Record<string, string> =>
    Object.fromEntries(Object.entries(record).map(([name, hex]) => [name, hex.toLowerCase()]));
  const g = lower(all.G_Coffee25519) as Record<string, string> & { [name: string]: string };
  const { PRS, CI, sid, ya, yb, Ya, Yb, K, ISK_IR } = g;
  checkRun({
    prs: PRS!,
    ci: CI!,
    sid: sid!,
    generator: g["g"]!,
    ya: ya!,
    ada: g["ADa"]!,
    shareA: Ya!,
    yb: yb!,
    adb: g["ADb"]!,
    shareB: Yb!,
    k: K!,
    isk: ISK_IR!,
  });
  const { Valid, ...invalid } = all.G_Coffee25519_points;
  const valid = lower(Valid);
  checkPoint({ scalar: valid["s"]!, share: valid["X"]!, k: valid["G.scalar_mult_vfy(s,X)"]! });
  for (const share of Object.values<string>(invalid)) checkPoint({ scalar: valid["s"]!, share });
  t.diagnostic(`${2 + Object.keys(invalid).length} published CPace vectors ran`);
});

/** A run between two sides with what each believes; whether both got a key and the same one. */
function agree(a: { prs: Uint8Array; ci: Uint8Array; sid: Uint8Array; ad: Uint8Array }, b: typeof a): boolean {
  const random = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));
  const left = cpaceStart({ provider, random, ...a });
  const right = cpaceStart({ provider, random, ...b });
  const one = cpaceFinish({
    provider,
    role: "initiator",
    sid: a.sid,
    ...left,
    ad: a.ad,
    remoteShare: right.share,
    remoteAd: b.ad,
  });
  const two = cpaceFinish({
    provider,
    role: "responder",
    sid: b.sid,
    ...right,
    ad: b.ad,
    remoteShare: left.share,
    remoteAd: a.ad,
  });
  assert.ok(one !== undefined && two !== undefined);
  assert.equal(one.reveal().length, CPACE_ISK_BYTES);
  return bytesToHex(one.reveal()) === bytesToHex(two.reveal());
}

test("both sides of CPace agree exactly when code, channel and run are the same", () => {
  const input = fc.uint8Array({ maxLength: 200 });
  fc.assert(
    fc.property(input, input, input, input, input, (prs, ci, sid, ada, adb) => {
      const [a, b] = [
        { prs, ci, sid, ad: ada },
        { prs, ci, sid, ad: adb },
      ];
      const other = (bytes: Uint8Array): Uint8Array => Uint8Array.of(...bytes, 1);
      assert.ok(agree(a, b));
      assert.ok(!agree(a, { ...b, prs: other(prs) }));
      assert.ok(!agree(a, { ...b, ci: other(ci) }));
      assert.ok(!agree(a, { ...b, sid: other(sid) }));
      // What moves from one field to its neighbour is not the same input.
      assert.ok(!agree(a, { ...b, ci: Uint8Array.of(...ci, ...sid, 7), sid: new Uint8Array(0) }));
    }),
    { numRuns: 12 },
  );
});

test("cpaceFinish binds associated data and roles: a reflected share gives no common key", () => {
  const random = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));
  const base = { provider, prs: Uint8Array.of(1, 2, 3), ci: new Uint8Array(0), sid: Uint8Array.of(9) };
  const [a, b] = [cpaceStart({ ...base, random }), cpaceStart({ ...base, random })];
  const finish = (
    role: "initiator" | "responder",
    own: typeof a,
    ad: number,
    remote: typeof a,
    remoteAd: number,
  ): string =>
    bytesToHex(
      cpaceFinish({
        ...base,
        role,
        ...own,
        ad: Uint8Array.of(ad),
        remoteShare: remote.share,
        remoteAd: Uint8Array.of(remoteAd),
      })!.reveal(),
    );
  const good = finish("initiator", a, 1, b, 2);
  assert.equal(finish("responder", b, 2, a, 1), good);
  assert.notEqual(finish("responder", b, 2, a, 3), good);
  assert.notEqual(finish("initiator", b, 2, a, 1), good);
  assert.notEqual(finish("responder", a, 2, a, 1), finish("initiator", a, 1, a, 1));
});

test("cpaceStart keeps its scalar secret, draws zero again, and leaves the random array alone", () => {
  const draws = [new Uint8Array(32), new Uint8Array(32).fill(0xff)];
  const given = draws.slice();
  const start = cpaceStart({
    provider,
    random: () => draws.shift()!,
    prs: new Uint8Array(4),
    ci: new Uint8Array(0),
    sid: new Uint8Array(0),
  });
  assert.equal(draws.length, 0);
  assert.deepEqual(given[1], new Uint8Array(32).fill(0xff));
  assert.equal(start.scalar.reveal()[31], 0x0f);
  assert.equal(`${start.scalar}`, "<secret>");
  assert.equal(start.share.length, CPACE_SHARE_BYTES);
});

test("cpaceSharedPoint is total on what a peer may send", () => {
  const scalar = new Secret(Uint8Array.of(5, ...new Uint8Array(31)));
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (share) => {
      const shared = cpaceSharedPoint(scalar.reveal(), share);
      assert.ok(shared === undefined || (share.length === 32 && shared.length === 32));
    }),
    { numRuns: 200 },
  );
});
