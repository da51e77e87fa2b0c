/** Files with Kith: offered, accepted at once, verified chunk by chunk against a hash tree, placed when whole. */
import { mkdtempSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import type { Endpoint, Observable } from "@kith/sdk";
import { nodeFiles } from "@kith/sdk/node";
import { benchEndpoint, benchIdentity } from "../contender/kith-endpoint.ts";
import { benchFolder } from "./file-pair.ts";
import type { Answering } from "./scenario.ts";

export const SENDER = "sender";
export const RECEIVER = "receiver";

export interface Receiving extends Answering {
  readonly endpoint: Endpoint;
}

/** An endpoint that accepts every file; its address has the inbox behind it. */
export async function receiveFiles(): Promise<Receiving> {
  const inbox = mkdtempSync(join(benchFolder(), "inbox-"));
  const endpoint = await benchEndpoint(RECEIVER, [SENDER], { files: nodeFiles(inbox) });
  const take = (): void => {
    for (const { id, state, isOutgoing } of endpoint.files.transfers.get()) {
      if (state === "offered" && !isOutgoing) void endpoint.files.accept(id);
    }
  };
  endpoint.files.transfers.subscribe(take);
  return { endpoint, address: JSON.stringify([endpoint.addresses.get()[0] ?? "", inbox]) };
}

export interface Sending {
  readonly endpoint: Endpoint;
  /** Where the receiver puts files. */
  readonly inbox: string;
  /** Resolves when the receiver has verified and placed the file; where it is now. */
  send(path: string): Promise<string>;
}

export async function sendFiles(address: string): Promise<Sending> {
  const [hint, inbox]: [string, string] = JSON.parse(address);
  const endpoint = await benchEndpoint(SENDER, [RECEIVER], { files: nodeFiles(inbox) });
  const { peerId } = benchIdentity(RECEIVER);
  await endpoint.connect(hint, { expect: peerId });
  return {
    endpoint,
    inbox,
    async send(path) {
      const id = await endpoint.files.send(peerId, [path]);
      await until(endpoint.files.transfers, (all) => {
        const state = all.find((each) => each.id === id)?.state;
        if (state === "failed" || state === "cancelled") throw new Error(`transfer ${state}`);
        return state === "done";
      });
      return join(inbox, basename(path));
    },
  };
}

/** Resolves once `isThere` says so of the value. */
export function until<T>(observable: Observable<T>, isThere: (value: T) => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    let stop = (): void => {};
    const look = (): boolean => {
      try {
        if (!isThere(observable.get())) return false;
        resolve();
      } catch (error) {
        reject(error);
      }
      stop();
      return true;
    };
    if (!look()) stop = observable.subscribe(() => void look());
  });
}

export const removeReceived = (path: string): void => rmSync(path, { force: true });
