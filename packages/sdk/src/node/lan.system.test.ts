// Two processes in two network namespaces, with real multicast and real TCP: strangers become contacts,
// and contacts find each other again without being asked.
import assert from "node:assert/strict";
import { test } from "node:test";
import { withNodes } from "../testing/lab-node.ts";
import { whyNoLab } from "../testing/net-lab.ts";

const noLab = whyNoLab();
const options = { skip: noLab ?? false, timeout: 90_000 };
if (noLab !== undefined) console.log(`two nodes on a cable: skipped, ${noLab}`);

test(
  "two nodes find each other, pair by PIN with consent on both sides, and are contacts after a restart",
  options,
  async () => {
    await withNodes({}, async ({ ada, ben }) => {
      for (const [node, other] of [
        [ada, ben],
        [ben, ada],
      ] as const) {
        const [contact] = await node.until("contacts", (all) => all.length === 1 && all);
        assert.deepEqual([contact?.peer, contact?.verifiedBy, contact?.name], [other.id, "pin", other.options.name]);
      }
      await ada.stop();
      await ben.until("sessions", (all) => all.length === 0);
      const back = await ada.restart();
      assert.equal(back.id, ada.id);
      const started = performance.now();
      await ben.until("sessions", (all) =>
        all.some(({ peer, isContact, path }) => peer === ada.id && isContact && path),
      );
      await back.until("sessions", (all) => all.some(({ peer, path }) => peer === ben.id && path));
      assert.ok(performance.now() - started < 5_000, "contacts take their time to meet again");
      assert.ok(!back.get("pairings")?.length && ben.get("pairings")?.every(({ step }) => step.at === "done"));
      await back.call("chat.send", ben.id, "back again");
      await ben.until("chat", (event) => event.type === "message" && event.message.text === "back again");
    });
  },
);
