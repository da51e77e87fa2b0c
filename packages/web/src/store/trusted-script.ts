/** The page's policy lets no text become a script; files of this app may. One policy, made once. */

interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { createScriptURL: (url: string) => string },
  ): { createScriptURL(url: string): string };
}

const { trustedTypes } = globalThis as { readonly trustedTypes?: TrustedTypes };

const policy = trustedTypes?.createPolicy("kith", {
  createScriptURL: (text) => {
    const url = new URL(text, document.baseURI);
    const home = new URL("./", document.baseURI);
    if (url.href.startsWith(home.href) && url.pathname.endsWith(".js")) return text;
    throw new TypeError("No script but our own");
  },
});

/** For `new Worker` and the like. */
export const trustedScript = (url: string): string => policy?.createScriptURL(url) ?? url;
