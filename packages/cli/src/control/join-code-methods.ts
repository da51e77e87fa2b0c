/** What may be asked of join codes over the control socket. */
import type { JoinCodeAnswer, JoinCodePurpose } from "@kith/sdk";
import { fields, given, list, number, oneOf, optional, roleOf, roomId, text } from "./control-arguments.ts";
import type { Call } from "./room-methods.ts";

export const JOIN_CODE_CALLS: readonly (readonly [string, Call])[] = [
  [
    "joinCodes.create",
    (kith, [purpose, lifetimeMs, relay], signal) =>
      kith.joinCodes.create(purposeOf(fields(purpose)), {
        signal,
        ...given("lifetimeMs", optional(lifetimeMs, number)),
        ...given("relay", optional(relay, text)),
      }),
  ],
  ["joinCodes.join", (kith, [code], signal) => kith.joinCodes.join(text(code), { signal })],
  ["joinCodes.answer", (kith, [id, answer]) => kith.joinCodes.answer(text(id), answerOf(fields(answer)))],
  ["joinCodes.cancel", (kith, [id]) => kith.joinCodes.cancel(text(id))],
];

function purposeOf(purpose: Readonly<Record<string, unknown>>): JoinCodePurpose {
  switch (oneOf(purpose["for"], ["contact", "room", "files"])) {
    case "contact":
      return { for: "contact" };
    case "room":
      return { for: "room", room: roomId(purpose["room"]), ...given("role", optional(purpose["role"], roleOf)) };
    case "files":
      return { for: "files", paths: list(purpose["paths"], text) };
  }
}

const answerOf = (answer: Readonly<Record<string, unknown>>): JoinCodeAnswer => ({
  accept: answer["accept"] === true,
  ...given("role", optional(answer["role"], roleOf)),
  ...given("directory", optional(answer["directory"], text)),
});
