// The source's flow as one acceptance test (p2p-idea §5), step by step, with five processes in five network
// namespaces, real multicast and real TCP. No server exists: presence on the LAN stands in for it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { whyNoLab } from "../testing/net-lab.ts";
import { hears, invite, isGap, Street } from "../testing/street.ts";

const noLab = whyNoLab(["nft"]);
if (noLab !== undefined) console.log(`a room of five machines: skipped, ${noLab}`);

test("the flow of p2p-idea, step by step, with real machines", { skip: noLab ?? false, timeout: 240_000 }, async () => {
  await using street = await Street.build();

  // 1, 2: Ada is alone, and makes an invitation.
  const ada = await street.start("Ada");
  const room = String(await ada.call("rooms.create", "R"));
  const forBen = await invite(ada, room);
  assert.equal((ada.get("members") ?? []).length, 1);

  // 3: Ben joins with it.
  const ben = await street.start("Ben");
  assert.equal(await ben.call("rooms.join", forBen), room);
  await street.sees(ada, "Ada-Ben");

  // 4, 5: Ben invites Cem; Ada, told over the mesh, admits it too.
  const forCem = await invite(ben, room);
  const cem = await street.start("Cem");
  await cem.call("rooms.join", forCem);
  for (const node of [ada, ben, cem]) await street.sees(node, "Ada-Ben Ada-Cem Ben-Cem");

  // 6: the same invitation again is refused, and said so.
  const xan = await street.start("Xan");
  await assert.rejects(xan.call("rooms.join", forCem), { code: "ERR_TICKET" });

  // 7: with an invitation that nobody made.
  const forged = `${forBen.slice(0, 80)}${forBen[80] === "A" ? "B" : "A"}${forBen.slice(81)}`;
  await assert.rejects(xan.call("rooms.join", forged));
  for (const node of [ada, ben, cem]) {
    assert.deepEqual((node.get("members") ?? []).map(({ name }) => name).sort(), ["Ada", "Ben", "Cem"]);
  }

  // 8: whoever made the room is not needed for what the others say.
  await cem.call("room.chat.send", room, "from Cem");
  await Promise.all([ada, ben].map((node) => hears(node, "from Cem")));

  // 9: a link breaks, which shows; what is said goes another way; and it comes back by itself.
  await street.wall("Ben", "Cem", true);
  await street.sees(ada, "Ada-Ben Ada-Cem", 60_000);
  await cem.call("room.chat.send", room, "around the wall");
  await hears(ben, "around the wall");
  await ada.until("gaps", isGap({ kind: "not-connected" }));
  await street.wall("Ben", "Cem", false);
  await street.sees(ada, "Ada-Ben Ada-Cem Ben-Cem", 90_000);
  await ada.until("gaps", (gaps) => gaps.length === 0);

  // 10: Yve comes in through Cem alone: Ada and Ben see that she hangs on Cem.
  const yve = await street.start("Yve");
  await street.wall("Ada", "Yve", true);
  await street.wall("Ben", "Yve", true);
  await yve.call("rooms.join", await invite(cem, room));
  for (const node of [ada, ben]) {
    await street.sees(node, "Ada-Ben Ada-Cem Ben-Cem Cem-Yve");
    await node.until("gaps", isGap({ kind: "hangs-on", peer: yve.id, neighbour: cem.id }));
  }

  // 11: Ada and Ben cut Cem off: among those who did, one link is left, and Yve is out of reach.
  for (const node of [ada, ben]) await node.call("room.cut", room, cem.id, true);
  await Promise.all(
    [ada, ben].map((node) => node.until("members", (all) => all.some(({ peer, isCut }) => peer === cem.id && isCut))),
  );
  await ada.call("room.chat.send", room, "between us");
  await hears(ben, "between us");
  const heard = (yve.get("roomChat") ?? []).concat(cem.get("roomChat") ?? []);
  assert.ok(!heard.some(({ text }) => text === "between us"));
});
