/** The app, for a program that serves it: `@kith/web`. */
export { type AppFile, type AppFiles, buildApp, openApp, openCardPage } from "./app-files.ts";
