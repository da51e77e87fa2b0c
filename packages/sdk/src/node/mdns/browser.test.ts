import assert from "node:assert/strict";
import { test } from "node:test";
import { instant, type RandomSource } from "@kith/core";
import fc from "fast-check";
import { Browser, INSTANCES_MAX, SAME_TYPE_MAX } from "./browser.ts";
import {
  DNS_TYPE,
  type DnsMessage,
  type DnsRecord,
  decodeDnsMessage,
  dnsMessage,
  encodeDnsMessage,
} from "./dns-message.ts";
import { SERVICE_TYPE, serviceRecords } from "./dns-service.ts";
import { CACHED_RECORDS_MAX, RecordCache } from "./record-cache.ts";

const zeros: RandomSource = (length) => new Uint8Array(length);

test("Browser asks soon, then after 1, 3, 9 s and so on, at last once an hour", () => {
  const { run } = make();
  const times = run(0, 3 * 3_600_000).map(({ at }) => at);
  assert.deepEqual(times.slice(0, 5), [20, 1_020, 4_020, 13_020, 40_020]);
  assert.equal(times.length, 11);
  assert.equal((times.at(-1) ?? 0) - (times.at(-2) ?? 0), 3_600_000);
});

test("Browser finds what is announced, whole, and says so once", () => {
  const { browser, hear, run } = make();
  hear(0, announce("kitchen"));
  assert.deepEqual(browser.found, [
    {
      name: `kitchen.${SERVICE_TYPE}`,
      instance: "kitchen",
      port: 4_711,
      txt: new Map([["v", "1"]]),
      addresses: ["10.0.0.1", "fe80::1"],
    },
  ]);
  assert.equal(changes(run(0, 0)), 1);
  hear(100, announce("kitchen"));
  assert.equal(changes(run(100, 100)), 0);
});

test("Browser asks for what an instance lacks, three times, until it has it", () => {
  const { browser, hear, run } = make();
  const records = serviceRecords({ instance: "a", host: "h", port: 1, txt: {} }, ["10.0.0.1"]);
  hear(0, response(records.shared));
  const asked = run(0, 19).flatMap(({ message }) => message?.questions ?? []);
  assert.deepEqual(
    asked.map(({ type }) => type),
    [DNS_TYPE.SRV, DNS_TYPE.TXT],
  );
  hear(30, response(records.unique.filter(({ data }) => data.type === "SRV" || data.type === "TXT")));
  const more = run(1_000, 1_019)
    .flatMap(({ message }) => message?.questions ?? [])
    .filter(({ type }) => type !== DNS_TYPE.PTR);
  assert.deepEqual(
    more.map(({ name, type }) => [name, type]),
    [
      ["h.local", DNS_TYPE.A],
      ["h.local", DNS_TYPE.AAAA],
    ],
  );
  assert.equal(browser.found.length, 0);
  hear(1_030, response(records.unique));
  assert.equal(browser.found.length, 1);
  const silent = make();
  silent.hear(0, response(records.shared));
  const tries = silent
    .run(0, 60_000)
    .filter(({ message }) => message?.questions.some(({ type }) => type === DNS_TYPE.SRV));
  assert.equal(tries.length, 3);
});

test("Browser tells what it knows, and renews at 80, 85, 90 and 95 % of a life, then forgets", () => {
  const { browser, hear, run } = make();
  run(0, 500);
  hear(500, announce("kitchen"));
  const outputs = run(500, 200_000);
  const first = outputs.find(({ message }) => message?.questions.some(({ type }) => type === DNS_TYPE.PTR));
  assert.deepEqual(
    first?.message?.answers.map(({ data, ttl }) => [data.type, ttl]),
    [["PTR", 4_499]],
  );
  const renewals = outputs
    .filter(({ message }) => message?.questions.some(({ type }) => type === DNS_TYPE.SRV))
    .map(({ at }) => at);
  assert.deepEqual(renewals.slice(0, 4), [96_500, 102_500, 108_500, 114_500]);
  assert.equal(browser.found.length, 0); // its place and addresses were not renewed for 120 s
  hear(200_000, announce("kitchen"));
  assert.equal(browser.found.length, 1);
});

test("Browser drops what says goodbye after a second, unless it comes back", () => {
  for (const returns of [false, true]) {
    const { browser, hear, run } = make();
    hear(0, announce("kitchen"));
    hear(10_000, response(all("kitchen").map((record) => ({ ...record, ttl: 0 }))));
    run(10_000, 10_900);
    assert.equal(browser.found.length, 1);
    if (returns) hear(10_900, announce("kitchen"));
    run(10_900, 11_000);
    assert.equal(browser.found.length, returns ? 1 : 0);
  }
});

test("Browser replaces what is flushed: a new text at once, an old address after a second", () => {
  const { browser, hear, run } = make();
  hear(0, announce("kitchen"));
  run(0, 5_000);
  const moved = serviceRecords({ instance: "kitchen", host: "h", port: 5, txt: { v: "2" } }, ["10.0.0.7"]);
  hear(5_000, response([...moved.shared, ...moved.unique]));
  assert.equal(browser.found[0]?.port, 5);
  assert.equal(browser.found[0]?.txt.get("v"), "2");
  run(5_000, 6_000);
  assert.deepEqual(browser.found[0]?.addresses, ["10.0.0.7", "fe80::1"]);
  hear(7_000, announce("kitchen")); // and back again
  assert.equal(browser.found[0]?.txt.get("v"), "1");
});

test("Browser takes what it heard last, also when it goes back to what it said a moment ago", () => {
  const { browser, hear } = make();
  const saying = (v: string): DnsMessage => {
    const { shared, unique } = serviceRecords({ instance: "kitchen", host: "h", port: 1, txt: { v } }, ["10.0.0.1"]);
    return response([...shared, ...unique]);
  };
  for (const [at, v] of [
    [0, "1"],
    [500, "2"],
    [900, "1"],
  ] as const) {
    hear(at, saying(v));
    assert.equal(browser.found[0]?.txt.get("v"), v);
  }
});

test("Browser.doubt forgets an instance that nobody renews within 10 s", () => {
  for (const answers of [false, true]) {
    const { browser, hear, run } = make();
    hear(0, announce("kitchen"));
    browser.doubt(`kitchen.${SERVICE_TYPE}`, instant(1_000));
    const [asked] = run(1_000, 1_000).filter(({ message }) => message !== undefined);
    assert.deepEqual(
      asked?.message?.questions.map(({ type }) => type),
      [DNS_TYPE.SRV, DNS_TYPE.TXT],
    );
    if (answers) hear(2_000, announce("kitchen"));
    run(1_000, 12_000);
    assert.equal(browser.found.length, answers ? 1 : 0);
    browser.doubt("nobody", instant(13_000));
    assert.equal(run(13_000, 13_000).length, 0);
  }
});

test("Browser.refresh asks again soon", () => {
  const { browser, run } = make();
  run(0, 100_000);
  browser.refresh(instant(100_000));
  assert.deepEqual(
    run(100_000, 104_100).map(({ at }) => at),
    [100_020, 101_020, 104_020],
  );
});

test("Browser ignores other types, queries, and records that no pointer leads to", () => {
  const { browser, hear } = make();
  const printer: DnsRecord = {
    name: "_ipp._tcp.local",
    ttl: 120,
    flush: false,
    data: { type: "PTR", target: "p._ipp._tcp.local" },
  };
  const subtype: DnsRecord = {
    name: SERVICE_TYPE,
    ttl: 120,
    flush: false,
    data: { type: "PTR", target: `a.b.${SERVICE_TYPE}` },
  };
  hear(0, response([printer, subtype, ...all("kitchen").filter(({ data }) => data.type !== "PTR")]));
  hear(0, dnsMessage({ answers: all("kitchen") }));
  assert.deepEqual(browser.found, []);
});

test("Browser keeps INSTANCES_MAX instances and SAME_TYPE_MAX records of one name, and drops the rest", () => {
  const { browser, hear } = make();
  for (let i = 0; i <= INSTANCES_MAX; i++) {
    hear(0, announce(`i${i}`, `h${i}`));
    assert.equal(browser.found.length, Math.min(i + 1, INSTANCES_MAX));
  }
  const one = make();
  const addresses = Array.from({ length: SAME_TYPE_MAX + 1 }, (_, i) => `10.0.0.${i}`);
  const records = serviceRecords({ instance: "a", host: "h", port: 1, txt: {} }, addresses);
  one.hear(0, response([...records.shared, ...records.unique]));
  assert.equal(one.browser.found[0]?.addresses.length, SAME_TYPE_MAX);
});

test("RecordCache takes CACHED_RECORDS_MAX records and no more, and refreshes those it has", () => {
  const cache = new RecordCache(zeros);
  const make = (i: number, ttl = 10): DnsRecord => ({
    name: `n${i}`,
    ttl,
    flush: false,
    data: { type: "A", address: "10.0.0.1" },
  });
  for (let i = 0; i <= CACHED_RECORDS_MAX; i++) cache.hear([make(i)], () => true, instant(0));
  assert.equal(cache.size, CACHED_RECORDS_MAX);
  cache.hear([make(0, 100)], () => true, instant(1));
  assert.ok(cache.expire(instant(10_000)));
  assert.equal(cache.size, 1);
  assert.equal(cache.find("N0", "A").length, 1);
});

test("Browser survives any message that decodes, and stays bounded", () => {
  const { browser, hear, run } = make();
  const records = [...all("a"), ...all("b"), ...all("c")];
  let now = 0;
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(records.length - 1), fc.nat(300), fc.boolean()), { maxLength: 8 }),
      fc.nat(200_000),
      (picks, wait) => {
        const answers = picks.flatMap(([i, ttl, flush]) =>
          records.slice(i, i + 1).map((record) => ({ ...record, ttl, flush })),
        );
        hear(now, decodeDnsMessage(encodeDnsMessage(response(answers))));
        run(now, now + wait);
        now += wait;
        assert.ok(browser.found.length <= 3);
        assert.ok((browser.nextTimeout() ?? 0) >= now);
      },
    ),
    { numRuns: 300 },
  );
});

function make() {
  const browser = new Browser({ random: zeros, now: instant(0) });
  const hear = (at: number, message: DnsMessage): void => browser.handleMessage(message, instant(at));
  const run = (from: number, to: number): { at: number; message?: DnsMessage }[] => {
    const outputs: { at: number; message?: DnsMessage }[] = [];
    const drain = (at: number): void => {
      for (let output = browser.poll(); output !== undefined; output = browser.poll()) {
        outputs.push(output.type === "send" ? { at, message: output.message } : { at });
      }
    };
    drain(from);
    for (let at = browser.nextTimeout(); at !== undefined && at <= to; at = browser.nextTimeout()) {
      browser.handleTimeout(at);
      drain(Math.max(at, from));
    }
    return outputs;
  };
  return { browser, hear, run };
}

function all(instance: string, host = "h"): DnsRecord[] {
  const records = serviceRecords({ instance, host, port: 4_711, txt: { v: "1" } }, ["10.0.0.1", "fe80::1"]);
  return [...records.shared, ...records.unique];
}

const response = (answers: readonly DnsRecord[]): DnsMessage => dnsMessage({ isResponse: true, answers });

const announce = (instance: string, host?: string): DnsMessage => response(all(instance, host));

const changes = (outputs: readonly { message?: DnsMessage }[]): number =>
  outputs.filter(({ message }) => message === undefined).length;
