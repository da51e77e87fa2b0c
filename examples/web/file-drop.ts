/**
 * Drop a file onto one page, and it is on the others. Open it as `shared-text.ts`.
 */
import { MemoryStore } from "@kith/sdk";
import { createEndpoint, openPageFiles } from "@kith/sdk/web";

const { search, hash, origin } = location;
const files = await openPageFiles({ store: new MemoryStore(), name: `drop-${crypto.randomUUID()}` });
const relays = [new URLSearchParams(search).get("relay") ?? ""];
const endpoint = await createEndpoint({ name: "Somebody", relays, files });
while (endpoint.relays.get()[0]?.state !== "ready") await new Promise<void>((go) => endpoint.relays.subscribe(go));

const ticket = decodeURIComponent(hash.slice(1));
const room = ticket === "" ? await endpoint.rooms.create("Drop") : await endpoint.rooms.join(ticket);
const [link = ""] = (await room.invite()).links;

document.body.append(
  Object.assign(document.createElement("input"), {
    type: "file",
    onchange: async ({ target }: { target: HTMLInputElement }) => {
      for (const file of target.files ?? []) await room.files.send(await files.add(file));
    },
  }),
);
room.files.all.subscribe(() => {
  for (const { id, state } of room.files.all.get()) if (state === "offered") void room.files.fetch(id);
});
files.received.subscribe(() => {
  document.querySelector("output")?.remove();
  const names = files.received.get().map(({ name, bytes }) => `${name}, ${bytes} bytes`);
  document.body.append(Object.assign(document.createElement("output"), { value: names.join("\n") }));
});
document.body.append(
  Object.assign(document.createElement("a"), { href: `${origin}/${search}#${encodeURIComponent(link)}` }),
);
