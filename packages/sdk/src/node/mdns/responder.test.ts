import assert from "node:assert/strict";
import { test } from "node:test";
import { type Instant, instant, type RandomSource } from "@kith/core";
import { DNS_TYPE, type DnsMessage, type DnsRecord, dnsMessage } from "./dns-message.ts";
import { type Advert, SERVICE_TYPE, serviceRecords, TYPES_NAME } from "./dns-service.ts";
import { Responder, type ResponderOutput } from "./responder.ts";

const advert: Advert = { instance: "kitchen", host: "kith-1", port: 4_711, txt: { v: "1" } };
const name = `kitchen.${SERVICE_TYPE}`;
const peer = { address: "10.0.0.2", port: 5_353 };
const zeros: RandomSource = (length) => new Uint8Array(length);

test("Responder probes three times, announces twice, and is established", () => {
  const { responder, run } = make();
  const outputs = run(0, 2_000);
  assert.deepEqual(
    outputs.map(({ at, output }) => [at, output.type === "send" ? kindOf(output.message) : output.type]),
    [
      [0, "probe"],
      [250, "probe"],
      [500, "probe"],
      [750, "announcement"],
      [1_750, "announcement"],
      [1_750, "established"],
    ],
  );
  const [probe, , , announcement] = outputs.map(({ output }) => (output.type === "send" ? output.message : undefined));
  assert.deepEqual(
    probe?.questions.map((question) => question.name),
    [name, "kith-1.local"],
  );
  assert.ok(probe?.authorities.every(({ flush }) => !flush));
  assert.deepEqual(
    announcement?.answers.map(({ name: owner, data, flush, ttl }) => [owner, data.type, flush, ttl]),
    [
      [SERVICE_TYPE, "PTR", false, 4_500],
      [TYPES_NAME, "PTR", false, 4_500],
      [name, "SRV", true, 120],
      [name, "TXT", true, 4_500],
      ["kith-1.local", "A", true, 120],
    ],
  );
  assert.ok(responder.isEstablished);
  assert.equal(responder.nextTimeout(), undefined);
});

test("Responder answers for its type after 20 ms with all that is needed, once a second at most", () => {
  const { ask, run } = established();
  ask(10_000, SERVICE_TYPE, DNS_TYPE.PTR);
  assert.deepEqual(run(10_000, 10_019), []);
  const [answer] = sent(run(10_020, 10_020));
  assert.deepEqual(
    answer?.answers.map(({ data }) => data.type),
    ["PTR"],
  );
  assert.deepEqual(
    answer?.additionals.map(({ data }) => data.type),
    ["SRV", "TXT", "A"],
  );
  for (let at = 10_030; at < 10_900; at += 100) ask(at, SERVICE_TYPE, DNS_TYPE.PTR);
  assert.deepEqual(run(10_030, 11_019), []);
  assert.equal(sent(run(11_020, 12_000)).length, 1);
});

for (const [question, type, expected] of [
  [name, DNS_TYPE.SRV, ["SRV"]],
  [name.toUpperCase(), DNS_TYPE.TXT, ["TXT"]],
  [name, DNS_TYPE.ANY, ["SRV", "TXT"]],
  ["kith-1.local", DNS_TYPE.A, ["A"]],
  [TYPES_NAME, DNS_TYPE.PTR, ["PTR"]],
  ["kith-1.local", DNS_TYPE.AAAA, []],
  [name, DNS_TYPE.PTR, []],
  ["_http._tcp.local", DNS_TYPE.PTR, []],
  ["local", DNS_TYPE.ANY, []],
] as const) {
  test(`Responder, asked for ${question} of type ${type}, answers ${expected.join(" and ") || "nothing"}`, () => {
    const { ask, run } = established();
    ask(10_000, question, type);
    assert.deepEqual(
      sent(run(10_000, 11_000)).flatMap(({ answers }) => answers.map(({ data }) => data.type)),
      expected,
    );
  });
}

test("Responder does not tell what the asker knows, unless half its life is over", () => {
  for (const [ttl, answers] of [
    [2_250, 0],
    [2_249, 1],
  ] as const) {
    const { responder, run } = established();
    const known: DnsRecord = { name: SERVICE_TYPE, ttl, flush: false, data: { type: "PTR", target: name } };
    responder.handleMessage(query(SERVICE_TYPE, DNS_TYPE.PTR, { answers: [known] }), peer, instant(10_000));
    assert.equal(sent(run(10_000, 11_000)).length, answers);
  }
});

test("Responder waits for the rest of a truncated question's known answers", () => {
  const known: DnsRecord = { name: SERVICE_TYPE, ttl: 4_500, flush: false, data: { type: "PTR", target: name } };
  for (const [from, answers] of [
    [peer, 0],
    [{ address: "10.0.0.3", port: 5_353 }, 1],
  ] as const) {
    const { responder, run } = established();
    responder.handleMessage(query(SERVICE_TYPE, DNS_TYPE.PTR, { isTruncated: true }), peer, instant(10_000));
    assert.deepEqual(run(10_000, 10_399), []);
    responder.handleMessage(dnsMessage({ answers: [known] }), from, instant(10_399));
    assert.equal(sent(run(10_400, 11_000)).length, answers);
  }
});

test("Responder answers a legacy asker alone: its id, its question, short lives, no flush bits", () => {
  const { responder, run } = established();
  const from = { address: "10.0.0.2", port: 40_000 };
  responder.handleMessage(query(SERVICE_TYPE, DNS_TYPE.PTR, { id: 77 }), from, instant(10_000));
  const [output] = run(10_000, 12_000).map(({ output }) => output);
  assert.ok(output?.type === "send");
  assert.deepEqual(output.to, from);
  assert.equal(output.message.id, 77);
  assert.equal(output.message.questions.length, 1);
  const records = [...output.message.answers, ...output.message.additionals];
  assert.ok(records.length === 4 && records.every(({ ttl, flush }) => ttl === 10 && !flush));
});

test("Responder answers by unicast where that is wanted, and everybody too if that is long ago", () => {
  const { responder, run } = established();
  const wants = (at: number): ResponderOutput[] => {
    const questions = [{ name, type: DNS_TYPE.SRV, wantsUnicast: true }];
    responder.handleMessage(dnsMessage({ questions }), peer, instant(at));
    return run(at, at + 1_000).map(({ output }) => output);
  };
  assert.deepEqual(
    wants(10_000).map((output) => output.type === "send" && output.to),
    [peer],
  );
  assert.deepEqual(
    wants(31_750).map((output) => output.type === "send" && output.to),
    [peer, undefined],
  );
});

test("[DIS-2] Responder takes the next name when somebody has its own, instance and host each", () => {
  const { responder, run } = make();
  run(0, 300);
  responder.handleMessage(
    claim({ name, ttl: 120, flush: true, data: { type: "SRV", port: 1, target: "other.local" } }),
    peer,
    instant(300),
  );
  assert.deepEqual(run(300, 300).map(({ output }) => output)[0], {
    type: "renamed",
    instance: "kitchen (2)",
    host: "kith-1",
  });
  responder.handleMessage(
    claim({ name: "KITH-1.local", ttl: 120, flush: true, data: { type: "A", address: "10.0.0.2" } }),
    peer,
    instant(400),
  );
  const outputs = run(400, 3_000).map(({ output }) => output);
  assert.deepEqual(outputs[0], { type: "renamed", instance: "kitchen (2)", host: "kith-2" });
  assert.ok(outputs.some((output) => output.type === "established"));
});

test("Responder that hears itself, or another interface of its own, has no conflict", () => {
  const { responder, run } = make(["10.0.0.1", "192.168.0.1"]);
  const outputs = run(0, 2_000);
  for (const message of sent(outputs).filter(({ isResponse }) => isResponse))
    responder.handleMessage(message, peer, instant(2_000));
  responder.handleMessage(
    claim({ name: "kith-1.local", ttl: 120, flush: true, data: { type: "A", address: "192.168.0.1" } }),
    peer,
    instant(2_000),
  );
  assert.deepEqual(run(2_000, 5_000), []);
});

test("Responder whose name is claimed later asks again, and keeps it if nobody insists", () => {
  const insist = claim({ name, ttl: 120, flush: true, data: { type: "SRV", port: 1, target: "other.local" } });
  for (const insists of [false, true]) {
    const { responder, run } = established();
    responder.handleMessage(insist, peer, instant(10_000));
    assert.equal(kindOf(sent(run(10_000, 10_000))[0]), "probe");
    if (insists) responder.handleMessage(insist, peer, instant(10_010));
    run(10_010, 15_000);
    assert.equal(responder.advert.instance, insists ? "kitchen (2)" : "kitchen");
  }
});

test("Responder that loses the tie of two probes waits a second; the winner goes on", () => {
  const rival = serviceRecords({ ...advert, port: advert.port + 1 }, ["10.0.0.9"]);
  const probes = dnsMessage({
    questions: [{ name, type: DNS_TYPE.ANY, wantsUnicast: false }],
    authorities: rival.unique.filter((record) => record.name === name),
  });
  const loser = make();
  loser.run(0, 0);
  loser.responder.handleMessage(probes, peer, instant(10));
  assert.deepEqual(loser.run(10, 1_009), []);
  assert.equal(kindOf(sent(loser.run(1_010, 1_010))[0]), "probe");

  const winner = make([], { ...advert, port: advert.port + 2 });
  winner.run(0, 0);
  winner.responder.handleMessage(probes, peer, instant(10));
  assert.equal(kindOf(sent(winner.run(250, 250))[0]), "probe");
});

test("Responder whose names are always taken slows down", () => {
  const { responder, run } = make();
  let renamed = 0;
  for (let at = 0; at < 60_000; at += 100) {
    for (const { output } of run(at, at)) {
      if (output.type === "renamed") renamed++;
      if (output.type !== "send") continue;
      const taken = output.message.questions[0]?.name ?? "";
      responder.handleMessage(
        claim({ name: taken, ttl: 120, flush: true, data: { type: "SRV", port: 1, target: "x.local" } }),
        peer,
        instant(at),
      );
    }
  }
  assert.ok(renamed > 15 && renamed < 30, `${renamed} names in a minute`);
});

test("Responder.update tells the new text at once; stop says goodbye to all but the shared type, then nothing", () => {
  const { responder, run, ask } = established();
  responder.update({ txt: { v: "1", id: "x" } }, instant(10_000));
  const [announcement] = sent(run(10_000, 10_000));
  assert.ok(announcement?.answers.some(({ data }) => data.type === "TXT" && data.strings.length === 2));
  run(10_000, 20_000);
  responder.stop();
  const [goodbye] = sent(run(20_000, 20_000));
  assert.deepEqual(
    goodbye?.answers.map(({ name: owner, ttl }) => [owner, ttl]),
    [
      [SERVICE_TYPE, 0],
      [name, 0],
      [name, 0],
      ["kith-1.local", 0],
    ],
  );
  ask(21_000, SERVICE_TYPE, DNS_TYPE.PTR);
  responder.stop();
  assert.deepEqual(run(21_000, 30_000), []);
});

test("[DIS-3] Responder.rename says goodbye to the old names and probes for the new", () => {
  const { responder, run } = established();
  responder.rename({ ...advert, instance: "x7f", host: "kith-x7f" }, instant(10_000));
  assert.deepEqual(
    run(10_000, 13_000).map(({ output }) => (output.type === "send" ? kindOf(output.message) : output.type)),
    ["goodbye", "probe", "probe", "probe", "announcement", "announcement", "established"],
  );
});

test("Responder answers nothing while it is not sure of its names", () => {
  const { ask, run } = make();
  run(0, 100);
  ask(100, SERVICE_TYPE, DNS_TYPE.PTR);
  ask(100, name, DNS_TYPE.SRV);
  assert.deepEqual(sent(run(100, 240)), []);
});

function make(ownAddresses: readonly string[] = [], said: Advert = advert) {
  const responder = new Responder({
    advert: said,
    addresses: ["10.0.0.1"],
    ownAddresses,
    random: zeros,
    now: instant(0),
  });
  const run = (from: number, to: number): { at: Instant; output: ResponderOutput }[] => {
    const outputs: { at: Instant; output: ResponderOutput }[] = [];
    for (let at = instant(from); at <= to; ) {
      responder.handleTimeout(at);
      for (let output = responder.poll(); output !== undefined; output = responder.poll()) outputs.push({ at, output });
      const next = responder.nextTimeout();
      if (next === undefined) break;
      at = instant(Math.max(next, at));
    }
    return outputs;
  };
  const ask = (at: number, question: string, type: number): void =>
    responder.handleMessage(query(question, type), peer, instant(at));
  return { responder, run, ask };
}

function established() {
  const made = make();
  made.run(0, 2_000);
  return made;
}

const query = (question: string, type: number, parts: Partial<DnsMessage> = {}): DnsMessage =>
  dnsMessage({ questions: [{ name: question, type, wantsUnicast: false }], ...parts });

const claim = (record: DnsRecord): DnsMessage => dnsMessage({ isResponse: true, answers: [record] });

const sent = (outputs: readonly { output: ResponderOutput }[]): DnsMessage[] =>
  outputs.flatMap(({ output }) => (output.type === "send" ? [output.message] : []));

function kindOf(message: DnsMessage | undefined): string {
  if (message === undefined) return "nothing";
  if (!message.isResponse) return message.authorities.length > 0 ? "probe" : "query";
  return message.answers.every(({ ttl }) => ttl === 0) ? "goodbye" : "announcement";
}
