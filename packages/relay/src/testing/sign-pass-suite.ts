/**
 * What `/sign-pass` does wherever it runs: a relay in Node and a worker on workerd pass the same claims, over real
 * sockets, with openssl as the judge of signatures.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { isSignedPass, signatureText } from "./openssl.ts";

export interface SignPassUnderTest extends AsyncDisposable {
  readonly url: string;
  /** PEM of the root of the certificates that were given. */
  readonly root: string;
  /** A ticket for another key each time. */
  ticket(): Promise<string>;
  /** Headers by which a request comes from that address. */
  from(address: string): Readonly<Record<string, string>>;
}

const HASH = "0123456789abcdef0123456789abcdef01234567";
export const MANIFEST: string = `{"pass.json":"${HASH}","icon.png":"${HASH}","logo.png":"${HASH}"}`;
const LIMIT = 100;

/** Status, code, bytes, headers. */
async function told(response: Promise<Response>) {
  const { status, headers, ...got } = await response.then(async (answer) => ({
    ...{ status: answer.status, headers: answer.headers, bytes: new Uint8Array(await answer.arrayBuffer()) },
  }));
  const isRefusal = headers.get("content-type")?.startsWith("application/json") === true && status >= 400;
  const code: unknown = isRefusal ? JSON.parse(new TextDecoder().decode(got.bytes)).code : undefined;
  return { status, headers, bytes: got.bytes, short: code === undefined ? String(status) : `${status} ${code}` };
}

export function signPassSuite(name: string, start: () => Promise<SignPassUnderTest>): void {
  test(`${name}: /sign-pass`, { timeout: 120_000 }, async (t) => {
    await using signer = await start();
    let address = 0;
    /** From an address of its own, unless told. */
    const post = (body: string | Uint8Array<ArrayBuffer> | ReadableStream, headers: Record<string, string> = {}) => {
      address += 1;
      const init = { method: "POST", body, duplex: "half" as const };
      const all = { "Content-Type": "application/json", ...signer.from(`198.51.100.${address}`), ...headers };
      return told(fetch(signer.url, { ...init, headers: all }));
    };

    await t.test("[RHT-10] openssl verifies what it signed, over that manifest and no other", async () => {
      const headers = { Authorization: `Bearer ${await signer.ticket()}` };
      const before = Math.floor(Date.now() / 1_000) * 1_000;
      const { status, bytes, headers: said } = await post(MANIFEST, headers);
      assert.equal(status, 200);
      assert.deepEqual(
        ["content-type", "kith-pass-certificate", "cache-control", "access-control-allow-origin"].map((one) =>
          said.get(one),
        ),
        ["application/octet-stream", "given", "no-store", "*"],
      );
      const manifest = new Uint8Array(Buffer.from(MANIFEST));
      assert.ok(isSignedPass(bytes, manifest, signer.root));
      assert.ok(
        !isSignedPass(
          bytes,
          manifest.map((byte, at) => (at === 20 ? byte ^ 1 : byte)),
          signer.root,
        ),
      );
      const text = signatureText(bytes);
      for (const part of ["object: contentType", "object: messageDigest", "algorithm: sha256 ", "eContent: <ABSENT>"])
        assert.ok(text.includes(part), part);
      const time = Date.parse(/UTCTIME:(.+)/.exec(text.slice(text.indexOf("object: signingTime")))?.[1] ?? "");
      assert.ok(time >= before && time <= Date.now() + 1_000, "the time of signing");
      assert.equal(text.match(/d\.certificate:/g)?.length, 2, "its certificate, and who signed that");
    });

    await t.test("[RHT-10] it says for whom it signs", async () => {
      const answer = await told(fetch(signer.url, { headers: signer.from("192.0.2.9") }));
      const { passTypeIdentifier, teamIdentifier, certificate } = JSON.parse(new TextDecoder().decode(answer.bytes));
      assert.deepEqual(
        [passTypeIdentifier, teamIdentifier, certificate],
        ["pass.example.kith.test", "KITHTEST00", "given"],
      );
    });

    await t.test("[RHT-2] nobody without a ticket has anything signed", async () => {
      const ticket = await signer.ticket();
      for (const value of [
        "",
        "Bearer",
        "Bearer x",
        `Basic ${ticket}`,
        `Bearer ${ticket}x`,
        `Bearer ${ticket.slice(4)}AAAA`,
      ])
        assert.equal((await post(MANIFEST, value === "" ? {} : { Authorization: value })).short, "401 ticket", value);
    });

    await t.test("[RHT-11] what is no manifest is not signed", async () => {
      const headers = { Authorization: `Bearer ${await signer.ticket()}` };
      for (const body of [
        ...["{}", "[]", "", `${MANIFEST}x`, MANIFEST.replace("logo.png", "evil.js"), MANIFEST.replace("logo", "icon")],
        ...[MANIFEST.replace(HASH, HASH.slice(2)), MANIFEST.replace(`"${HASH}"`, `{"a":"${HASH}"}`), "[".repeat(8_000)],
      ])
        assert.equal((await post(body, headers)).short, "400 manifest", body.slice(0, 60));
      assert.equal((await post(new Uint8Array(8_192).fill(0xff), headers)).short, "400 manifest");
      assert.equal((await post(MANIFEST, { ...headers, "Content-Type": "text/plain" })).short, "415 media-type");
      assert.equal((await post(MANIFEST.padEnd(8_192), headers)).short, "200");
    });

    await t.test("[RHT-11] a body of more than 8 KiB is not read", async () => {
      const headers = { Authorization: `Bearer ${await signer.ticket()}` };
      for (const size of [8_193, 3_000_000]) {
        const { short } = await post(MANIFEST.padEnd(size), headers).catch(() => ({ short: "closed" }));
        assert.ok(short === "413 too-large" || (size > 8_193 && short === "closed"), `${size}: ${short}`);
      }
      // Without its length; not for ever, for workerd reads to the end what nobody wants.
      let left = 100;
      const chunked = new ReadableStream({
        pull: (controller) => {
          left -= 1;
          if (left > 0) controller.enqueue(new Uint8Array(16_384).fill(0x20));
          else controller.close();
        },
      });
      const { short } = await post(chunked, headers).catch(() => ({ short: "closed" }));
      assert.match(short, /^(413 too-large|closed)$/);
    });

    await t.test(
      "[RHT-12] the same again is counted again: one key and one address have so many a minute",
      async () => {
        const mine = { Authorization: `Bearer ${await signer.ticket()}` };
        const answers: string[] = [];
        for (let times = 0; times < LIMIT + 20 && answers.at(-1) !== "429 busy"; times++)
          answers.push((await post(MANIFEST, mine)).short); // a replay from many addresses
        assert.equal(answers.at(-1), "429 busy");
        assert.ok(
          answers.length > LIMIT && answers.slice(0, -1).every((answer) => answer === "200"),
          `${answers.length}`,
        );
        const theirs = { Authorization: `Bearer ${await signer.ticket()}` };
        assert.equal((await post(MANIFEST, theirs)).short, "200", "others are not held up");

        const here = signer.from("203.0.113.5");
        const more: string[] = [];
        for (let times = 0; times < LIMIT + 20 && more.at(-1) !== "429 busy"; times++)
          more.push((await post(MANIFEST, { ...here, ...(times === 0 ? theirs : {}) })).short);
        assert.equal(more.at(-1), "429 busy", "who has no ticket is counted too");
        assert.ok(more.length > LIMIT, `${more.length}`);
        const busy = await post(MANIFEST, { ...here, Authorization: `Bearer ${await signer.ticket()}` });
        assert.equal(busy.short, "429 busy");
        assert.match(busy.headers.get("retry-after") ?? "", /^[1-9]\d?$/);
      },
    );

    await t.test("[RHT-8] a page of any origin may ask", async () => {
      const { status, headers } = await told(
        fetch(signer.url, { method: "OPTIONS", headers: { Origin: "https://a.example" } }),
      );
      assert.deepEqual([status, headers.get("access-control-allow-origin")], [204, "*"]);
      assert.match(headers.get("access-control-allow-headers") ?? "", /authorization/i);
      for (const method of ["PUT", "DELETE"])
        assert.ok([404, 405].includes((await fetch(signer.url, { method })).status));
    });
  });
}
