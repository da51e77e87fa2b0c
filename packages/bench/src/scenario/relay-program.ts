/** `kith`, as an installed package runs it: from what was built. */
const built = new URL("../../../cli/dist/main.js", import.meta.url);
const { main }: { main(): Promise<void> } = await import(built.href);
await main();

export {};
