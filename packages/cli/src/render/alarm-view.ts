/** What a person must see, in words, with what to do. */
import type { Alarm } from "@kith/sdk";

/** `name` is ours for the contact, safe to print. */
export function alarmLines(alarm: Alarm, name: string): string[] {
  if (alarm.kind === "runs-twice") {
    return [
      `${name} seems to run in two places at once: its sessions keep taking over from each other.`,
      "A copied home or backup does that. Ask which one is right, and end the other.",
    ];
  }
  const who = alarm.found === undefined ? "" : ` (${alarm.found.slice(0, 16)}…)`;
  return [
    `STOP: another key answered where ${name} was expected${who}. Nothing was sent to it.`,
    `If ${name} has a new device or home, ask in person; then: kith trust revoke, and pair again.`,
    "If not, somebody may be in between.",
  ];
}
