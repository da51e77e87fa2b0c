// What a relay that signs passes may answer, and what becomes of it: made by hand here, so that it can lie.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { after, before, test } from "node:test";
import { hexToBytes, nobleProvider as provider, Secret, wallTime } from "@kith/core";
import { encodeCardLink, readCard } from "@kith/core/card";
import { EndpointError } from "../endpoint-error.ts";
import type { RelayOrder, RelayOrderAnswers } from "../relays-api.ts";
import type { GivenLinkView, WalletPassOptions } from "./cards-api.ts";
import { type PassGround, walletPass } from "./wallet-pass.ts";

const vectors = new URL("../../../../spec/vectors/pass.json", import.meta.url);
const { signer, words, passes } = JSON.parse(readFileSync(vectors, "utf8"));
const [vector, other] = passes;
const card = readCard(provider, hexToBytes(vector.card));

interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}
const NAMES = {
  passTypeIdentifier: signer.passType,
  teamIdentifier: signer.team,
  organizationName: signer.organization,
  certificate: "test",
  until: 0,
};
const TOLD: Answer = { status: 200, body: JSON.stringify(NAMES) };
const SIGNED: Answer = {
  status: 200,
  headers: { "Kith-Pass-Certificate": "given" },
  body: hexToBytes(vector.signature),
};

let [told, signed] = [TOLD, SIGNED];
let asked: { authorization: string | undefined; type: string | undefined; body: string }[] = [];
let server: Server;
let relay: string;

before(async () => {
  server = createServer(async (request, response) => {
    let body = "";
    for await (const part of request) body += String(part);
    const answer = request.method === "GET" ? told : signed;
    if (request.method === "POST")
      asked.push({ authorization: request.headers.authorization, type: request.headers["content-type"], body });
    response.writeHead(answer.status, answer.headers);
    response.end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  relay = `ws://127.0.0.1:${address.port}`;
});
after(() => server.close());

/** Hands out tickets, as a relay that we are logged in to. */
const relays: PassGround["relays"] = {
  async manage<Order extends RelayOrder>(): Promise<RelayOrderAnswers[Order["type"]]> {
    return { ticket: "AAAA", until: wallTime(0), key: new Uint8Array(32) } as RelayOrderAnswers[Order["type"]]; // of "ticket"
  },
};

/** What was done with links, in order: one is made for the code, of the card itself. */
let linked: string[] = [];
const links: PassGround["links"] = {
  async make({ relay: host, expires }) {
    linked.push(`make at ${host}`);
    return { ...LINK, endsAt: LINK.madeAt + (expires ?? 0) };
  },
  async takeBack(id) {
    linked.push(`take back ${id}`);
  },
};
const LINK: GivenLinkView = {
  ...{ id: "11", card: card.content.id, level: card.content.level, isEnded: false, uses: 0, kind: "kept" },
  text: encodeCardLink({ kind: "kept", host: "relay.example", secret: new Secret(new Uint8Array(16)) }),
  ...{ madeAt: card.content.signedAt, endsAt: 0 },
};

async function made(answers: { told?: Answer; signed?: Answer } = {}, more: Partial<WalletPassOptions> = {}) {
  [told, signed, asked, linked] = [answers.told ?? TOLD, answers.signed ?? SIGNED, [], []];
  return walletPass({ provider, relays, links }, card, { relay, words, ...more });
}
const codeOf = async (...given: Parameters<typeof made>) =>
  made(...given).then(
    () => "made",
    (error: unknown) => (error instanceof EndpointError ? error.code : String(error)),
  );

test("[CARD-25] a relay gets the manifest and a ticket, and nothing of the card; the pass is that of the vectors", async () => {
  const pass = await made();
  assert.equal(Buffer.from(provider.sha256(pass.bytes)).toString("hex"), vector.sha256);
  assert.deepEqual([pass.isTest, pass.signer, pass.endsAt], [false, "Example Relay", card.content.endsAt]);
  assert.deepEqual(asked, [{ authorization: "Bearer AAAA", type: "application/json", body: vector.manifest }]);
});

test("[CARD-25] it is said where a certificate for tests signed; where nothing is said of it there is no pass", async () => {
  assert.equal((await made({ signed: { ...SIGNED, headers: { "Kith-Pass-Certificate": "test" } } })).isTest, true);
  for (const headers of [{ "Kith-Pass-Certificate": "genuine" }, {}])
    assert.equal(await codeOf({ signed: { ...SIGNED, headers } }), "ERR_RELAY");
});

test("[CARD-25] what a relay says that is not as it should be makes no pass", async () => {
  const json = (change: object): Answer => ({ status: 200, body: JSON.stringify({ ...NAMES, ...change }) });
  const bad: readonly Answer[] = [
    { status: 500, body: "" },
    { status: 200, body: "<html>" },
    { status: 200, body: "null" },
    { status: 200, body: "x".repeat(100_000) },
    json({ passTypeIdentifier: "card" }),
    json({ teamIdentifier: 7 }),
    json({ organizationName: "Bank\u202e" }),
  ];
  for (const answer of bad) {
    assert.equal(await codeOf({ told: answer }), "ERR_RELAY", String(answer.body).slice(0, 60));
    assert.deepEqual(asked, [], "nothing was sent");
  }
  const answers: readonly (readonly [Answer, string])[] = [
    [{ ...SIGNED, body: hexToBytes(other.signature) }, "ERR_RELAY"],
    [{ ...SIGNED, body: "" }, "ERR_RELAY"],
    [{ status: 500, body: '{"code":"internal"}' }, "ERR_RELAY"],
    [{ ...SIGNED, body: new Uint8Array(100_000) }, "ERR_RELAY"],
    [{ status: 400, body: '{"code":"manifest"}' }, "ERR_ARGUMENT"],
    [{ status: 401, body: '{"code":"ticket"}' }, "ERR_NOT_AUTHORIZED"],
    [{ status: 429, headers: { "Retry-After": "9" }, body: '{"code":"busy"}' }, "ERR_TRY_LATER"],
    [{ status: 503, body: '{"code":"certificate"}' }, "ERR_PASS_CERTIFICATE"],
  ];
  for (const [answer, code] of answers) assert.equal(await codeOf({ signed: answer }), code);
});

test("a relay that signs none is told from one whose certificate has ended", async () => {
  assert.equal(await codeOf({ told: { status: 404, body: "" } }), "ERR_PASS_SIGNING");
  assert.equal(await codeOf({ told: { status: 503, body: '{"code":"certificate"}' } }), "ERR_PASS_CERTIFICATE");
  assert.deepEqual(asked, [], "nothing was sent");
});

test("[CARD-23] a link is made for the code where one is wanted, and taken back if no pass comes of it", async () => {
  const DAY_MS = 86_400_000;
  const want = { link: { expires: DAY_MS } };
  // What is signed here is another pass than that of the vectors: its digest does not fit, which is found at the end.
  assert.equal(await codeOf({}, want), "ERR_RELAY");
  assert.deepEqual(linked, [`make at ${relay}`, "take back 11"]);
  assert.match(asked[0]?.body ?? "", /"pass\.json":/);
  assert.notEqual(asked[0]?.body, vector.manifest, "the link is in it");
  assert.equal(await codeOf({ signed: { status: 429, body: "" } }, want), "ERR_TRY_LATER");
  assert.deepEqual(linked, [`make at ${relay}`, "take back 11"]);
  assert.equal(await codeOf({ told: { status: 404, body: "" } }, want), "ERR_PASS_SIGNING");
  assert.deepEqual(linked, [], "a relay that signs nothing is given nothing to keep");
});

test("[CARD-24] what the card does not show, and a link that leads elsewhere, make no pass", async () => {
  assert.equal(await codeOf({}, { picture: Uint8Array.of(1) }), "ERR_ARGUMENT");
  assert.equal(await codeOf({}, { link: { text: "https://evil.example/", endsAt: 0 } }), "ERR_ARGUMENT");
  assert.deepEqual(asked, []);
});
