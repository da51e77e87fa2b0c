/**
 * The log: one line of JSON an event. It holds kinds, numbers and shortened addresses; never contents, keys, tags,
 * names or whole addresses.
 *
 * @module
 */

export type LogLevel = "info" | "warn";
export type LogFields = Readonly<Record<string, string | number | boolean>>;
export type Log = (level: LogLevel, event: string, fields?: LogFields) => void;

/** `least`: what is less is not written. */
export function jsonLog(least: LogLevel | "off", write: (line: string) => void, wall: () => number = Date.now): Log {
  return (level, event, fields = {}) => {
    if (least === "off" || (least === "warn" && level === "info")) return;
    write(`${JSON.stringify({ time: new Date(wall()).toISOString(), level, event, ...fields })}\n`);
  };
}
