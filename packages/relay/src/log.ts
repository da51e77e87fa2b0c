/**
 * The log: one line of JSON an event. It holds kinds, numbers and shortened addresses; never contents, keys, tags,
 * names or whole addresses.
 *
 * @module
 */

export type LogLevel = "info" | "warn";
export type LogFields = Readonly<Record<string, string | number | boolean>>;
export type Log = (level: LogLevel, event: string, fields?: LogFields) => void;

/** Lines of one event in one second; the rest is counted, so that nobody fills a disk by misbehaving. */
const LINES_PER_SECOND = 20;
const SECOND_MS = 1_000;

/** `least`: what is less is not written; `auto` leaves that to whoever writes. */
export function jsonLog(
  least: LogLevel | "auto" | "off",
  write: (line: string) => void,
  wall: () => number = Date.now,
): Log {
  const counts = new Map<string, number>(); // of this second; events are few
  let second = 0;
  const line = (level: LogLevel, event: string, fields: LogFields): void =>
    write(`${JSON.stringify({ time: new Date(wall()).toISOString(), level, event, ...fields })}\n`);
  return (level, event, fields = {}) => {
    if (least === "off" || (least === "warn" && level === "info")) return;
    const now = Math.floor(wall() / SECOND_MS);
    if (now !== second) {
      for (const [name, count] of counts)
        if (count > LINES_PER_SECOND) line("info", "log.left-out", { of: name, lines: count - LINES_PER_SECOND });
      counts.clear();
      second = now;
    }
    const count = (counts.get(event) ?? 0) + 1;
    counts.set(event, count);
    if (count <= LINES_PER_SECOND) line(level, event, fields);
  };
}
