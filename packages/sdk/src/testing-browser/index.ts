/** Real browsers for tests: `@kith/sdk/testing/browser`. */
export { chromiumPath, launchChromium, launchProfile } from "./chromium.ts";
export { type Firefox, type FirefoxPage, firefoxPath, launchFirefox } from "./firefox.ts";
export { bundle, type Load, loadOf, type ModulePage, serveModule } from "./module-page.ts";
export { runSuite } from "./run-suite.ts";
