/** Somebody at a terminal: types when the screen shows what they wait for. For tests of screens. */
import { PassThrough } from "node:stream";
import type { ExitCode } from "../exit-code.ts";
import type { Kith } from "../kith.ts";
import { type FakeRun, runCli } from "./run-cli.ts";
import { ScreenModel } from "./screen-model.ts";

export class TerminalPerson {
  readonly #model: ScreenModel = new ScreenModel();
  readonly #keys = new PassThrough();
  readonly #watchers = new Set<() => void>();
  readonly stop: AbortController = new AbortController();
  readonly ended: Promise<ExitCode>;

  constructor(
    argv: readonly string[],
    run: Omit<FakeRun, "kith" | "home"> & { readonly kith: Kith; readonly home: string },
  ) {
    let seen = 0;
    const onWrite = (all: string): void => {
      this.#model.write(all.slice(seen).replaceAll("\n", "\r\n").replaceAll("\r\r\n", "\r\n"));
      seen = all.length;
      for (const watcher of [...this.#watchers]) watcher();
    };
    this.ended = runCli(argv, { ...run, input: this.#keys, isInteractive: true, stop: this.stop, onWrite }).then(
      ({ exit }) => exit,
    );
  }

  get screen(): string {
    return this.#model.text;
  }

  get isCursorShown(): boolean {
    return this.#model.isCursorShown;
  }

  type(keys: string): void {
    this.#keys.write(keys);
  }

  /** Resolves once the screen shows `wanted`; a test's time limit is what ends a vain wait. */
  sees(wanted: RegExp): Promise<void> {
    return this.#until(() => wanted.test(this.screen));
  }

  seesNo(unwanted: RegExp): Promise<void> {
    return this.#until(() => !unwanted.test(this.screen));
  }

  #until(isSo: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const check = (): void => {
        if (!isSo()) return;
        this.#watchers.delete(check);
        resolve();
      };
      this.#watchers.add(check);
      check();
    });
  }
}
