/** A security key that Chromium makes up (WebAuthn's own automation, over the DevTools protocol), for one page. */
import type { Page } from "playwright-core";

export interface Authenticator {
  /** How many passkeys it has. */
  count(): Promise<number>;
  forget(): Promise<void>;
}

export async function addAuthenticator(page: Page, { hasPrf = true } = {}): Promise<Authenticator> {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("WebAuthn.enable");
  const { authenticatorId } = await devtools.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      ...({ protocol: "ctap2", ctap2Version: "ctap2_1", transport: "internal" } as const),
      ...{ hasResidentKey: true, hasUserVerification: true, isUserVerified: true, hasPrf },
      automaticPresenceSimulation: true,
    },
  });
  return {
    count: async () => (await devtools.send("WebAuthn.getCredentials", { authenticatorId })).credentials.length,
    forget: () => devtools.send("WebAuthn.clearCredentials", { authenticatorId }).then(() => {}),
  };
}
