/**
 * What can be wrong with starting a relay, by stable codes. Messages are for people.
 *
 * @module
 */

export type RelayErrorCode =
  | "ERR_CONFIG" //         a setting is wrong; `problems` says which
  | "ERR_TLS" //            certificate or key cannot be used
  | "ERR_LISTEN" //         the address cannot be listened at
  | "ERR_DATA_IN_USE" //    another relay has the folder
  | "ERR_DATA" //           the folder, or the key in it, cannot be used
  | "ERR_DATABASE" //       the database is damaged or of a newer version: `restore` a backup
  | "ERR_BACKUP"; //        a backup cannot be made or used

export class RelayError extends Error {
  override readonly name: string = "RelayError";
  readonly code: RelayErrorCode;
  constructor(code: RelayErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** One thing that is wrong: `KITH_RELAY_PORT` `must be a port from 0 to 65535`. */
export interface ConfigProblem {
  readonly where: string;
  readonly problem: string;
}

export class ConfigError extends RelayError {
  override readonly name = "ConfigError";
  readonly problems: readonly ConfigProblem[];
  constructor(problems: readonly ConfigProblem[]) {
    super("ERR_CONFIG", problems.map(({ where, problem }) => `${where} ${problem}`).join("\n"));
    this.problems = problems;
  }
}

export const reasonOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));
