/**
 * The one place that touches the real thing: finds the running node of a home, or starts one in
 * this process with the SDK's `createEndpoint`.
 *
 * A node of our own is served on the control socket too, whichever command started it: so two
 * terminals of one home always share one node, as only one process may hold a home.
 *
 * @module
 */
import { connect } from "node:net";
import type { RestoredHome } from "@kith/sdk/node";
import { withClock } from "./clock-finding.ts";
import { type ControlServer, serveControl } from "./control/control-server.ts";
import { connectControl } from "./control/remote-kith.ts";
import { CliError, EXIT, verdictOf } from "./exit-code.ts";
import type { Kith, OpenKith } from "./kith.ts";
import { givenPassphrase } from "./passphrase.ts";
import { relaysToLookAt } from "./relays-to-look-at.ts";
import type { Door, Examination, Finding, Shell } from "./shell.ts";
import { pause } from "./waiting.ts";

/** How long we wait for a node that is just starting or ending in another process, in milliseconds. */
const HOME_BUSY_MS = 5_000;
const HOME_RETRY_MS = 100;

export const door: Door = {
  open: async (shell) => {
    for (let waited = 0; ; waited += HOME_RETRY_MS) {
      const running = await openRunning(shell);
      if (running !== undefined) return running;
      try {
        return await startNode(shell);
      } catch (error) {
        if (verdictOf(error).code !== "ERR_HOME_IN_USE" || waited >= HOME_BUSY_MS) throw error;
      }
      await pause(HOME_RETRY_MS, shell.signal);
    }
  },
  start: async (shell) => {
    const running = await connectControl(shell.options.home);
    if (running === undefined) return startNode(shell);
    await running.close();
    throw new CliError(EXIT.home, "ERR_HOME_IN_USE", "A node runs already with this home", {
      hint: "The other commands use it: `kith peers`, `kith chat` … For a second identity: --home DIR",
    });
  },
  diagnose: examine,
  importIdentity,
  restoreBackup,
  startRelay: async (config, write, routes = {}) => {
    const { startRelay } = await import("@kith/relay");
    const relay = await startRelay(config, { write, routes });
    const reload = (): void => relay.reload();
    process.on("SIGHUP", reload); // of a service; the end of a terminal ends it, as main.ts says
    relay.closed.then(() => process.off("SIGHUP", reload));
    return relay;
  },
};

async function openRunning(shell: Shell): Promise<OpenKith | undefined> {
  const { home, name, port, privacy, anonymous } = shell.options;
  const kith = await connectControl(home);
  if (kith === undefined) return undefined;
  if (name !== undefined || port !== undefined || privacy !== undefined || anonymous) {
    shell.note("A node runs already; --name, --port, --privacy and --anonymous do not change it.");
  }
  let isOurEnd = false;
  kith.closed.then(() => {
    if (!isOurEnd)
      shell.interrupt(new CliError(EXIT.home, "ERR_NODE_STOPPED", "The node that this command used has stopped"));
  });
  return {
    kith,
    isFresh: false,
    [Symbol.asyncDispose]: (): Promise<void> => {
      isOurEnd = true;
      return kith.close();
    },
  };
}

async function startNode(shell: Shell): Promise<OpenKith> {
  const kith = await create(shell);
  let control: ControlServer;
  try {
    control = await serveControl(kith, shell.options.home);
  } catch (error) {
    await kith.close();
    throw error;
  }
  return {
    kith,
    isFresh: true,
    [Symbol.asyncDispose]: async (): Promise<void> => {
      await control[Symbol.asyncDispose]();
      await kith.close();
    },
  };
}

/** The SDK is loaded only here: a command that uses the running node never pays for it. */
async function create(shell: Shell): Promise<Kith> {
  const given = shell.options.passphraseFile === "-" ? await askPassphrase(shell) : givenPassphrase(shell);
  try {
    return await createWith(shell, given);
  } catch (error) {
    const mayBeSealed = verdictOf(error).code === "ERR_IDENTITY" && given === undefined;
    if (!mayBeSealed || !shell.terminal.isInteractive) throw error;
    return await createWith(shell, await askPassphrase(shell));
  }
}

async function createWith(shell: Shell, passphrase: string | undefined): Promise<Kith> {
  const { createEndpoint } = await import("@kith/sdk/node");
  const { home, name, port, privacy, sendRate, allow, deny, relay, anonymous } = shell.options;
  return await createEndpoint({
    home,
    anonymous,
    ...(name === undefined ? {} : { name }),
    ...(port === undefined ? {} : { port }),
    ...(privacy === undefined ? {} : { privacy }),
    ...(sendRate === undefined ? {} : { sendRateMax: sendRate }),
    ...(relay === undefined ? {} : { relays: relay }),
    ...(allow === undefined && deny === undefined
      ? {}
      : { discovery: { ...(allow && { allow }), ...(deny && { deny }) } }),
    ...(passphrase === undefined ? {} : { passphrase }),
  });
}

async function askPassphrase(shell: Shell): Promise<string> {
  using dialog = shell.dialog();
  return await dialog.ask("Passphrase of this home: ", { signal: shell.signal, isSecret: true });
}

/** Looks with the port, the relays and the contacts of the node that runs, if one does. */
async function examine(shell: Shell, { stun }: Examination): Promise<readonly Finding[]> {
  const { diagnose } = await import("@kith/sdk/node");
  const running = await connectControl(shell.options.home).catch(() => undefined);
  const [address] = running?.addresses.get() ?? [];
  const clock = await running?.trust.checkClock();
  const node = running && {
    contacts: running.trust.contacts.get(),
    sessions: running.openSessions.get(),
    nearby: running.nearby.get(),
    relays: running.relays.get(),
  };
  await running?.close();
  const [, host, digits] = /^\[?([^\]]+)\]?:(\d+)$/.exec(address ?? "") ?? [];
  const port = shell.options.port ?? (digits === undefined ? undefined : Number(digits));
  const relays = relaysToLookAt(shell.options.relay ?? [], node?.relays ?? []);
  const looked = await diagnose({
    ...{ signal: shell.signal, relays, stun },
    ...(port !== undefined && { port }),
    ...(node !== undefined && { node }),
  });
  const findings = withClock(looked, clock);
  if (host === undefined || port === undefined || !(await answers(host, port))) return findings;
  const good: Finding = { check: "port", verdict: "good", words: `The running node answers at ${address}.` };
  return findings.map((finding) => (finding.check === "port" ? good : finding)); // it cannot listen twice
}

function answers(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 2_000 });
    const settle = (isOpen: boolean) => (): void => {
      socket.destroy();
      resolve(isOpen);
    };
    socket.once("connect", settle(true)).once("error", settle(false)).once("timeout", settle(false));
  });
}

async function importIdentity(shell: Shell, text: string, passphrase: string): Promise<string> {
  const { importIntoHome } = await import("@kith/sdk/node");
  return importIntoHome(shell.options.home, text, passphrase);
}

async function restoreBackup(shell: Shell, file: Uint8Array, passphrase: string): Promise<RestoredHome> {
  const { restoreIntoHome } = await import("@kith/sdk/node");
  return restoreIntoHome(shell.options.home, file, { backup: passphrase, home: givenPassphrase(shell) });
}
