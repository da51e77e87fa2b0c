import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { testConfig } from "./testing/echo-server.ts";
import { selfSigned } from "./testing/self-signed.ts";
import { TlsWatch } from "./tls-watch.ts";

const folder = mkdtempSync(join(tmpdir(), "kith-relay-tls-"));
after(() => rmSync(folder, { recursive: true }));

test("TlsWatch takes what changed, once, and keeps what it has when that cannot be used", () => {
  const [tlsCert, tlsKey] = [join(folder, "cert.pem"), join(folder, "key.pem")];
  const put = (certificate: { readonly cert: string; readonly key: string }): void => {
    writeFileSync(tlsCert, `${certificate.cert}\n`.repeat(1 + renewals));
    writeFileSync(tlsKey, certificate.key);
  };
  let renewals = 0;
  const events: string[] = [];
  put(selfSigned("first", 1));
  const watch = new TlsWatch(testConfig({ tlsCert, tlsKey }), (_level, event) => events.push(event));
  watch.start(() => renewals++);
  watch.lookAgain();
  assert.deepEqual([renewals, events], [0, []]);
  const first = watch.material;
  rmSync(tlsKey);
  writeFileSync(tlsCert, "half written");
  watch.lookAgain();
  watch.lookAgain();
  assert.deepEqual([renewals, events, watch.material], [0, ["tls.unusable"], first]);
  put(selfSigned("second", 2));
  watch.lookAgain();
  watch.lookAgain();
  assert.deepEqual([renewals, events], [1, ["tls.unusable", "tls.renewed"]]);
  assert.notDeepEqual(watch.material, first);
  watch.stop();
});

test("TlsWatch has nothing to do without TLS", () => {
  const watch = new TlsWatch(testConfig(), () => assert.fail("nothing to tell"));
  watch.start(() => assert.fail("nothing to renew"));
  watch.reload();
  watch.lookAgain();
  assert.equal(watch.material, undefined);
  watch.stop();
});
