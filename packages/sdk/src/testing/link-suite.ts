/**
 * What every link must do, as tests, wherever its two ends are: in this process, or one or both in a page.
 *
 * @module
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { HANDSHAKE_TIMEOUT, PREAUTH_BYTES_MAX, PREAUTH_PACKET_BYTES_MAX } from "@kith/core";
import { LINK_WRITE_BYTES_MAX } from "../transport.ts";
import { digestOf, type Part, type SuiteEnd } from "./link-end.ts";

/** A link that came up just now, and how to take it down. */
export interface SuiteLink extends AsyncDisposable {
  readonly near: SuiteEnd;
  readonly far: SuiteEnd;
}

export interface LinkTraits {
  /**
   * Whether a reader that pauses is felt by the writer. Where the platform cannot, what comes meanwhile is kept up to
   * a bound at which the link ends. True unless told.
   */
  readonly holdsBack?: boolean;
  readonly timeoutMs?: number;
}

/** `connect`: with `hasFakeClock` the ends have clocks that stand still until they are told. */
export type ConnectLink = (options: { readonly hasFakeClock: boolean }) => Promise<SuiteLink>;

interface Given {
  readonly hasFakeClock?: boolean;
  /** Whether the far end takes the near one for a peer: true unless told. */
  readonly authenticates?: boolean;
  /** False: the test starts it. */
  readonly startsFar?: boolean;
}

/** Registers the tests of one kind of link, under its name. */
export function linkSuite(
  name: string,
  connect: ConnectLink,
  { holdsBack = true, timeoutMs = 60_000 }: LinkTraits = {},
): void {
  const claim = (what: string, given: Given, run: (near: SuiteEnd, far: SuiteEnd) => Promise<void>): void => {
    test(`${name} link: ${what}`, { timeout: timeoutMs }, async () => {
      await using link = await connect({ hasFakeClock: given.hasFakeClock === true });
      await begin(link, given);
      await run(link.near, link.far);
    });
  };

  claim("both ends know how they came about", {}, async (near, far) => {
    const [here, there] = [await near.facts(), await far.facts()];
    assert.deepEqual([here.isOutgoing, there.isOutgoing], [true, false]);
    assert.equal(here.kind, there.kind);
    assert.ok(here.remote.length > 0 && there.remote.length > 0);
    assert.ok(here.ordered && here.room > 65_535);
  });

  claim("a packet arrives whole, its parts put together", {}, async (near, far) => {
    const parts: Part[] = [
      [3, 1],
      [0, 0],
      [5_000, 2],
      [1, 3],
    ];
    await near.write([parts]);
    assert.equal(await far.packet(), digestOf(parts));
  });

  claim("many packets of one turn keep their bounds and order", {}, async (near, far) => {
    const sent = Array.from({ length: 400 }, (_, i): Part[] => [[1 + ((i * 7_919) % 3_000), i]]);
    await near.write(sent);
    for (const parts of sent) assert.equal(await far.packet(), digestOf(parts));
  });

  claim("the largest packet passes both ways at once", {}, async (near, far) => {
    const [a, b] = [(await near.facts()).recordBytesMax, (await far.facts()).recordBytesMax];
    await near.write([
      [
        [16, 1],
        [a - 16, 1],
      ],
    ]);
    await far.write([[[b, 2]]]);
    assert.equal(
      await far.packet(),
      digestOf([
        [16, 1],
        [a - 16, 1],
      ]),
    );
    assert.equal(await near.packet(), digestOf([[b, 2]]));
  });

  claim("what comes before start waits for it", { startsFar: false }, async (near, far) => {
    await near.write([[[10, 1]]]);
    await near.turns(20);
    await far.start();
    await far.tell("authenticated");
    assert.equal(await far.packet(), digestOf([[10, 1]]));
  });

  claim("a stranger may send a packet at the limit", { authenticates: false }, async (near, far) => {
    await near.write([[[PREAUTH_PACKET_BYTES_MAX, 1]]]);
    assert.equal(await far.packet(), digestOf([[PREAUTH_PACKET_BYTES_MAX, 1]]));
  });

  claim("a stranger's packet one over the limit ends the link", { authenticates: false }, async (near, far) => {
    await near.write([[[PREAUTH_PACKET_BYTES_MAX + 1, 1]]]);
    assert.equal(await far.ended(), "violation");
    assert.equal((await far.facts()).received, 0);
    assert.match(await near.ended(), /^(peer|network)$/);
  });

  claim("a stranger may send so many bytes, and not one more", { authenticates: false }, async (near, far) => {
    const packets = PREAUTH_BYTES_MAX / 1_024;
    await near.write(Array.from({ length: packets }, () => [[1_024, 1]]));
    for (let got = 0; got < packets; got++) await far.packet();
    await near.write([[[1, 0]]]);
    assert.equal(await far.ended(), "violation");
    assert.equal((await far.facts()).received, packets);
  });

  const strangers = { authenticates: false, startsFar: false };
  claim("who is authenticated while a packet is handled may have sent more", strangers, async (near, far) => {
    await far.start({ at: 2, what: "authenticated" });
    const sent = [1, 2, 60_000, 60_001, 3].map((size): Part[] => [[size, size]]);
    await near.write(sent);
    for (const parts of sent) assert.equal(await far.packet(), digestOf(parts));
  });

  claim("a peer is not ended for its silence", { hasFakeClock: true }, async (near, far) => {
    await far.write([[[1, 0]]]);
    await near.packet(); // whoever is in between has heard that it is a peer
    await far.advance(HANDSHAKE_TIMEOUT);
    await near.write([[[1, 0]]]);
    assert.equal(await far.packet(), digestOf([[1, 0]]));
  });

  const silent = { hasFakeClock: true, authenticates: false };
  claim("a stranger who says nothing is ended in time", silent, async (_near, far) => {
    await far.advance(HANDSHAKE_TIMEOUT - 1);
    await far.turns(3);
    assert.equal((await far.facts()).ends, 0);
    await far.advance(1);
    assert.equal(await far.ended(), "violation");
  });

  if (holdsBack)
    claim("a reader that pauses makes the writer's room end, and loses nothing", {}, async (near, far) => {
      await far.tell("pause");
      let sent = 0;
      for (let idle = 0; idle < 50; idle++) {
        const more = await near.fill(60_000, sent);
        sent += more;
        if (more > 0) idle = 0;
        await near.turns(1);
        assert.ok(sent < 2_000, "room never ends");
      }
      assert.ok(sent * 60_000 >= LINK_WRITE_BYTES_MAX);
      assert.equal((await far.facts()).received, 0);
      const roomy = near.nextRoom();
      await far.tell("resume");
      await roomy;
      for (let i = 0; i < sent; i++) assert.equal(await far.packet(), digestOf([[60_000, i]]));
    });
  else
    claim("what comes while a reader pauses is kept up to a bound, and there the link ends", {}, async (near, far) => {
      const some = Array.from({ length: 17 }, (_, i): Part[] => [[60_000, i]]);
      assert.ok(17 * 60_000 <= LINK_WRITE_BYTES_MAX && 18 * 60_000 > LINK_WRITE_BYTES_MAX);
      await far.tell("pause");
      await near.write(some);
      await far.turns(50);
      assert.equal((await far.facts()).received, 0);
      await far.tell("resume");
      for (const parts of some) assert.equal(await far.packet(), digestOf(parts));
      await far.tell("pause");
      await near.write([...some, [[60_000, 17]]]);
      assert.equal(await far.ended(), "violation");
      assert.equal((await far.facts()).received, 17);
    });

  claim("a writer fills what room there is, and is told when it is back", {}, async (near, far) => {
    const roomy = near.nextRoom();
    const sent = await near.fill(60_000, 0);
    assert.ok(sent > 1);
    for (let i = 0; i < sent; i++) assert.equal(await far.packet(), digestOf([[60_000, i]]));
    await roomy;
    assert.ok((await near.facts()).room > 65_535);
  });

  claim("pausing inside a packet's handler stops the next", { startsFar: false }, async (near, far) => {
    await far.tell("authenticated");
    await far.start({ at: 2, what: "pause" });
    await near.write([[[1, 0]], [[1, 1]], [[1, 2]]]);
    await far.packet();
    await far.packet();
    await far.turns(10);
    assert.equal((await far.facts()).received, 2);
    await far.tell("resume");
    assert.equal(await far.packet(), digestOf([[1, 2]]));
  });

  claim("close sends what was written, then each end hears of it once", {}, async (near, far) => {
    const sent = Array.from({ length: 10 }, (_, i): Part[] => [[60_000, i]]);
    await near.write(sent);
    await near.tell("close");
    await near.tell("close");
    await near.write([[[9, 0]]]);
    for (const parts of sent) assert.equal(await far.packet(), digestOf(parts));
    assert.equal(await far.ended(), "peer");
    assert.equal(await near.ended(), "us");
    await far.write([[[9, 0]]]);
    await far.tell("close");
    for (const end of [near, far]) await end.turns(5);
    assert.equal((await far.facts()).received, 10);
    assert.deepEqual([(await near.facts()).ends, (await far.facts()).ends], [1, 1]);
  });

  claim("nothing is delivered after close", { startsFar: false }, async (near, far) => {
    await far.tell("authenticated");
    await far.start({ at: 1, what: "close" });
    await near.write(Array.from({ length: 5 }, (_, i): Part[] => [[100, i]]));
    assert.equal(await far.ended(), "us");
    assert.equal((await far.facts()).received, 1);
  });
}

/** As most tests want it: started, and each taking the other for a peer. */
export async function begin(
  { near, far }: SuiteLink,
  { authenticates = true, startsFar = true }: Given,
): Promise<void> {
  await near.start();
  if (startsFar) await far.start();
  await near.tell("authenticated");
  if (authenticates && startsFar) await far.tell("authenticated");
}
