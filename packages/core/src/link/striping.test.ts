import assert from "node:assert/strict";
import { test } from "node:test";
import { instant } from "../lib/time.ts";
import { STRIPE_AGAIN_AFTER, STRIPE_FAST, STRIPE_RTT_MIN, STRIPE_SAMPLE, STRIPES_MAX } from "../wire/limits.ts";
import { type StripeStats, Striping } from "./striping.ts";

const LOADED = 1_000_000;

/** A session that pours: how wide it is, and how much each of so many connections carries. */
class Load {
  readonly striping = new Striping();
  now = 0;
  acked = 0;
  width = 1;
  rttMin: number = STRIPE_RTT_MIN;
  bytesInFlight = LOADED;
  /** Bytes a millisecond, of all together. */
  rate: (width: number) => number = (width) => 1_000 * width;

  /** How often another was wanted in that time; each comes at once, if it comes. */
  run(ms: number, comes = true): number {
    let wanted = 0;
    for (const end = this.now + ms; this.now < end; ) {
      this.now += 100;
      this.acked += 100 * this.rate(this.width);
      const { width, acked: bytesAcked, bytesInFlight, rttMin } = this;
      const stats: StripeStats = { width, bytesAcked, bytesInFlight, rttMin };
      if (!this.striping.handle(stats, instant(this.now))) continue;
      wanted += 1;
      if (comes) this.width += 1;
    }
    return wanted;
  }
}

test("[SES-31] striping: one after the other while each brings something, up to the most that there are", () => {
  const load = new Load();
  assert.equal(load.run(STRIPE_SAMPLE), 0, "not before it is known how fast one is");
  assert.equal(load.run(60_000), STRIPES_MAX - 1);
  assert.equal(load.striping.widthMax, STRIPES_MAX);
});

test("[SES-31] striping: one that brought nothing does not carry, and is tried again later", () => {
  const load = new Load();
  load.rate = () => 1_000;
  assert.equal(load.run(60_000), 1);
  assert.equal(load.striping.widthMax, 1);
  load.width = 1;
  assert.equal(load.run(STRIPE_AGAIN_AFTER), 1);
});

test("[SES-31] striping: one that does not come is asked for again later", () => {
  const load = new Load();
  assert.equal(load.run(STRIPE_AGAIN_AFTER, false), 1);
  assert.equal(load.run(STRIPE_AGAIN_AFTER, false), 1);
});

test("[SES-31] striping: none on a short line, a fast one, or for little; none once the load is over", () => {
  const cases: readonly Partial<Load>[] = [
    { rttMin: STRIPE_RTT_MIN - 1 },
    { rate: () => STRIPE_FAST },
    { bytesInFlight: 10_000 },
  ];
  for (const each of cases) assert.equal(Object.assign(new Load(), each).run(60_000), 0, JSON.stringify(each));
  const load = new Load();
  load.run(STRIPE_SAMPLE - 200);
  load.bytesInFlight = 0;
  assert.equal(load.run(60_000), 0);
});

test("striping: what breaks off and begins again counts from there", () => {
  const load = new Load();
  load.run(STRIPE_SAMPLE + 200);
  assert.equal(load.width, 2);
  load.width = 1; // the second one is gone, and what it carried with it
  load.acked = 0;
  assert.equal(load.run(10_000), 0, "it was there: another is wanted after a while");
  assert.equal(load.run(STRIPE_AGAIN_AFTER), 3);
});
