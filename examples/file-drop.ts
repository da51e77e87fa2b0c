/**
 * A folder that contacts can put files into: takes what they offer, says what came. Whoever is not
 * a contact pairs by the PIN that it shows.
 *
 *     node examples/file-drop.ts HOME FOLDER PORT
 */
import { createEndpoint } from "@kith/sdk/node";

const [home = "drop-home", directory = "dropped", port = "0"] = process.argv.slice(2);
await using endpoint = await createEndpoint({ home, name: "File drop", port: Number(port) });
const { files, pairing } = endpoint;
const told = new Set<string>();

files.transfers.subscribe(() => {
  for (const { id, isOutgoing, state, names } of files.transfers.get()) {
    if (isOutgoing) continue;
    if (state === "offered") void files.accept(id, { directory }).catch(console.error);
    if (state !== "done" || told.has(id)) continue;
    told.add(id);
    console.log(`received ${names.join(", ")}`);
  }
});
pairing.all.subscribe(() => {
  for (const { id, method, step } of pairing.all.get()) {
    // The PIN was right: whoever typed it read it here, and that is all the consent this folder asks for.
    if (method === "pin" && step.at === "consent")
      void pairing.answer(id, { type: "consent", accept: true }).catch(console.error);
  }
});
await pairing.offer("pin");
for (const { step } of pairing.all.get()) if (step.at === "show-code") console.log(`PIN ${step.code}`);
console.log(`${endpoint.id} listens at ${endpoint.addresses.get().join(", ")}`);

await new Promise((resolve) => {
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, resolve);
});
