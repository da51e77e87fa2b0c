#!/usr/bin/env node
/**
 * The program `kith`. Plain JavaScript: in a clone it runs the TypeScript source as it is, in an
 * installed package the built files.
 */
import { existsSync } from "node:fs";
import module from "node:module"; // default: Node 20 has no named registerHooks and would not even parse

const source = new URL("../src/main.ts", import.meta.url);
const isClone = existsSync(source);

if (isClone && !process.features.typescript) {
  process.stderr.write(
    `kith: Node ${process.versions.node} cannot run this clone. Use \`npm start\`, which brings its own Node, or Node 24.\n`,
  );
  process.exit(1);
}
if (
  isClone &&
  !process.execArgv
    .concat(process.env.NODE_OPTIONS ?? "")
    .join(" ")
    .includes("@kith/source")
) {
  module.registerHooks({
    resolve: (specifier, context, next) =>
      next(specifier, { ...context, conditions: ["@kith/source", ...context.conditions] }),
  });
}
const { main } = await import(isClone ? source.href : new URL("../dist/main.js", import.meta.url).href);
await main();
