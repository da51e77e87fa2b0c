/**
 * `/sign-pass` on workerd: a signer away from the relay, at the edge say (docs/pass-signing.md). What it needs is in
 * its environment; of the relay it knows the public key alone.
 *
 * @module
 */
import { hexToBytes } from "@kith/core";
import { TicketCheck } from "../ticket-check.ts";
import { PassSigner } from "./pass-signer.ts";
import { signPassApp } from "./sign-pass.ts";
import { makeTestAuthority } from "./test-authority.ts";

export interface PassWorkerEnv {
  /** 64 hexadecimal digits: whose tickets count. */
  readonly RELAY_KEY: string;
  /** PEM, or base64 of it. Without all three a test CA signs, and the answers say so. */
  readonly PASS_CERT?: string;
  readonly PASS_KEY?: string;
  readonly PASS_WWDR?: string;
}

type App = ReturnType<typeof signPassApp>;

/** Of this isolate: limits are counted in each alone. */
let app: App | undefined;
let opened: Promise<PassSigner> | undefined;

async function open({ PASS_CERT, PASS_KEY, PASS_WWDR }: PassWorkerEnv): Promise<PassSigner> {
  if (PASS_CERT !== undefined || PASS_KEY !== undefined || PASS_WWDR !== undefined)
    return PassSigner.open({ certificate: PASS_CERT ?? "", key: PASS_KEY ?? "", chain: PASS_WWDR ?? "" });
  return PassSigner.open(await makeTestAuthority(Date.now()), "test");
}

/** Given out as the default of a module it is a whole worker (docs/pass-signing.md). */
export const passWorker: { fetch(request: Request, env: PassWorkerEnv): Promise<Response> } = {
  async fetch(request, env) {
    app ??= signPassApp({
      tickets: new TicketCheck(hexToBytes(env.RELAY_KEY)),
      signer: () => {
        opened ??= open(env);
        return opened;
      },
    });
    // Written by the network that runs the worker, over what a client says.
    return app.fetch(request, { address: request.headers.get("CF-Connecting-IP") ?? "" });
  },
};
