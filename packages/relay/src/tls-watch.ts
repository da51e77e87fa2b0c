/**
 * Keeps certificate and key as they are in their files: looked at once a minute, and when told to.
 *
 * Looking at times and sizes sees what a watch of the file system misses: links that are exchanged, as by certbot and
 * Kubernetes. Files that cannot be used change nothing, and the log says so.
 *
 * @module
 */
import { statSync } from "node:fs";
import type { RelayConfig } from "./config.ts";
import type { Log } from "./log.ts";
import { reasonOf } from "./relay-error.ts";
import { readTls, type TlsMaterial } from "./tls-files.ts";

const LOOK_EVERY_MS = 60_000;

export class TlsWatch {
  material: TlsMaterial | undefined;
  readonly #config: RelayConfig;
  readonly #log: Log;
  #seen: string;
  #timer: NodeJS.Timeout | undefined;
  #renew: (material: TlsMaterial) => void = () => {};

  /** @throws {RelayError} `ERR_TLS` */
  constructor(config: RelayConfig, log: Log) {
    this.#config = config;
    this.#log = log;
    this.#seen = this.#look();
    this.material = readTls(config);
  }

  start(renew: (material: TlsMaterial) => void): void {
    this.#renew = renew;
    if (this.material === undefined) return;
    this.#timer = setInterval(() => this.lookAgain(), LOOK_EVERY_MS);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Reads them again if they have changed. */
  lookAgain(): void {
    const seen = this.#look();
    if (seen === this.#seen) return;
    this.#seen = seen;
    this.reload();
  }

  reload(): void {
    try {
      const material = readTls(this.#config);
      if (material === undefined) return;
      this.material = material;
      this.#renew(material);
      this.#log("info", "tls.renewed", { until: new Date(material.validTo).toISOString() });
    } catch (error) {
      this.#log("warn", "tls.unusable", { reason: reasonOf(error) });
    }
  }

  #look(): string {
    const files = [this.#config.tlsCert, this.#config.tlsKey].filter((path) => path !== undefined);
    return files
      .map((path) => statSync(path, { throwIfNoEntry: false }))
      .map((found) => `${found?.mtimeMs} ${found?.size} ${found?.ino}`)
      .join();
  }
}
