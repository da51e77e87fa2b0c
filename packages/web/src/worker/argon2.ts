/** Makes keys of passphrases, beside the page's thread. */
import { serveArgon2 } from "@kith/sdk/web";

serveArgon2();
