/**
 * Who looks at a page, and where: dots that follow everybody's pointer. Open it as `shared-text.ts`.
 */
import { createEndpoint } from "@kith/sdk/web";
import { KithProvider } from "@kith/sdk/yjs";
import { Doc } from "yjs";

const { search, hash, origin } = location;
const endpoint = await createEndpoint({ name: "Somebody", relays: [new URLSearchParams(search).get("relay") ?? ""] });
while (endpoint.relays.get()[0]?.state !== "ready") await new Promise<void>((go) => endpoint.relays.subscribe(go));

const ticket = decodeURIComponent(hash.slice(1));
const room = ticket === "" ? await endpoint.rooms.create("Plaza") : await endpoint.rooms.join(ticket);
const [link = ""] = (await room.invite()).links;
const { awareness } = await KithProvider.open(room, new Doc());

addEventListener("pointermove", ({ clientX, clientY }) => awareness.setLocalState({ x: clientX, y: clientY }));
awareness.on("change", () => {
  for (const dot of document.querySelectorAll("i")) dot.remove();
  for (const [client, { x, y }] of awareness.getStates()) {
    if (client === awareness.clientID || typeof x !== "number" || typeof y !== "number") continue; // somebody else's words
    const dot = document.body.appendChild(document.createElement("i"));
    dot.textContent = "●";
    Object.assign(dot.style, { position: "fixed", left: `${x}px`, top: `${y}px` });
  }
});
document.body.append(
  Object.assign(document.createElement("a"), { href: `${origin}/${search}#${encodeURIComponent(link)}` }),
);
