/** Two endpoints that know each other's keys; one writes to the other. Needs no network. */
import { createEndpoint } from "@kith/sdk/node";

const here = { anonymous: true, host: "127.0.0.1", discovery: false };
await using ada = await createEndpoint({ ...here, name: "Ada" });
await using ben = await createEndpoint({ ...here, name: "Ben" });
await ada.trust.add(ben.id, { name: "Ben" });
await ben.trust.add(ada.id, { name: "Ada" });

const [address = ""] = ben.addresses.get();
await ada.connect(address, { expect: ben.id });
await ada.chat.send(ben.id, "Hello, Ben!");
for await (const event of ben.chat.watch()) {
  if (event.type !== "message") continue;
  console.log(`Ben got: ${event.message.text}`);
  break;
}
