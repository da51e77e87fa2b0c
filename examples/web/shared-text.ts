/**
 * A text that two pages write together. The first shows a link; who opens it is in.
 *
 *     /?relay=ws://localhost:8420#KEY    the relay of a node (`kith up --app` prints where it is), URL-encoded
 */
import { createEndpoint } from "@kith/sdk/web";
import { KithProvider } from "@kith/sdk/yjs";
import { Doc } from "yjs";

const { search, hash, origin } = location;
const endpoint = await createEndpoint({ name: "Somebody", relays: [new URLSearchParams(search).get("relay") ?? ""] });
while (endpoint.relays.get()[0]?.state !== "ready") await new Promise<void>((go) => endpoint.relays.subscribe(go));

const ticket = decodeURIComponent(hash.slice(1));
const room = ticket === "" ? await endpoint.rooms.create("Notes") : await endpoint.rooms.join(ticket);
const [link = ""] = (await room.invite()).links;
const { doc, ready } = await KithProvider.open(room, new Doc());
await ready; // as some member has it

const text = doc.getText("text");
const area = document.body.appendChild(document.createElement("textarea"));
area.value = text.toString();
area.oninput = () => text.doc?.transact(() => [text.delete(0, text.length), text.insert(0, area.value)]);
text.observe(() => Object.assign(area, { value: text.toString() }));
document.body.append(
  Object.assign(document.createElement("a"), { href: `${origin}/${search}#${encodeURIComponent(link)}` }),
);
