/** What a person must see, in words, with what to do. */
import type { Alarm } from "@kith/sdk";

const UNDISTURBED =
  "Until then nothing is lost: what waits is kept, and sent in ten minutes or as soon as you use `kith connect`.";

/** `name` is ours for the contact, safe to print. */
export function alarmLines(alarm: Alarm, name: string): string[] {
  if (alarm.kind === "runs-twice") {
    return [
      `${name} seems to run in two places at once: its sessions keep taking over from each other.`,
      "A copied home or backup does that. Ask which one is right, and end the other.",
      UNDISTURBED,
    ];
  }
  if (alarm.kind === "runs-elsewhere") {
    return [
      `This identity seems to run on another device or in another program too: ${name} keeps being taken over.`,
      "A copied home or backup does that. End one of the two; give the other device an identity of its own.",
      UNDISTURBED,
    ];
  }
  const who = alarm.found === undefined ? "" : ` (${alarm.found.slice(0, 16)}…)`;
  return [
    `STOP: another key answered where ${name} was expected${who}. Nothing was sent to it.`,
    `If ${name} has a new device or home, ask in person; then: kith trust revoke, and pair again.`,
    "If not, somebody may be in between.",
  ];
}
