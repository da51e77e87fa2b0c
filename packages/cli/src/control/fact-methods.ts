/** What may be asked of attested facts over the control socket, and the node's facts as a client has them. */
import {
  type FactChoice,
  type FactInput,
  type FactQuestion,
  type Facts,
  type Observable,
  Subject,
  type WantedFact,
} from "@kith/sdk";
import type { Kith, KithFacts } from "../kith.ts";
import { fields, given, list, number, optional, peerId, text } from "./control-arguments.ts";
import type { ControlClient } from "./control-client.ts";
import type { Call, Watchable } from "./room-methods.ts";

const FACT_STATES = ["own", "vouched", "issuings", "held", "offers", "asks", "checks", "pinned"] as const;

export const FACT_WATCHED: readonly (readonly [string, Watchable])[] = FACT_STATES.map((name) => [
  `facts.${name}`,
  (kith: Kith): Observable<unknown> => kith.facts[name],
]);

export const FACT_CALLS: readonly (readonly [string, Call])[] = [
  ["facts.open", (kith) => kith.facts.open()],
  [
    "facts.becomeIssuer",
    (kith, [name, epochSeconds]) =>
      kith.facts.becomeIssuer({ name: text(name), ...given("epochSeconds", optional(epochSeconds, number)) }),
  ],
  [
    "facts.reissue",
    (kith, [name, epochSeconds]) =>
      kith.facts.reissue({
        ...given("name", optional(name, text)),
        ...given("epochSeconds", optional(epochSeconds, number)),
      }),
  ],
  ["facts.vouch", (kith, [peer, all]) => kith.facts.vouch(peerId(peer), list(all, input))],
  ["facts.offer", (kith, [peer], signal) => kith.facts.offer(peerId(peer), { signal })],
  ["facts.revoke", (kith, [peer]) => kith.facts.revoke(peerId(peer))],
  ["facts.accept", (kith, [id]) => kith.facts.accept(text(id))],
  ["facts.decline", (kith, [id]) => kith.facts.decline(text(id))],
  ["facts.renew", (kith, [issuer], signal) => kith.facts.renew(peerId(issuer), { signal })],
  ["facts.show", (kith, [id, what]) => kith.facts.show(text(id), choice(what))],
  ["facts.present", (kith, [to, what], signal) => kith.facts.present(peerId(to), choice(what), { signal })],
  [
    "facts.code",
    (kith, [what, lifetime]) => kith.facts.code(choice(what), given("lifetime", optional(lifetime, number))),
  ],
  ["facts.forget", (kith, [issuer]) => kith.facts.forget(peerId(issuer))],
  ["facts.ask", (kith, [peer, what], signal) => kith.facts.ask(peerId(peer), question(what), { signal })],
  ["facts.cancel", (kith, [id]) => kith.facts.cancel(text(id))],
  ["facts.read", (kith, [said, what]) => kith.facts.read(text(said), question(what))],
  ["facts.pin", (kith, [issuer]) => kith.facts.pin(peerId(issuer))],
  ["facts.unpin", (kith, [issuer]) => kith.facts.unpin(peerId(issuer))],
];

function input(value: unknown): FactInput {
  const said = fields(value);
  return { label: text(said["label"]), value: text(said["value"]) };
}

function wanted(value: unknown): WantedFact {
  const said = fields(value);
  return { label: text(said["label"]), ...given("value", optional(said["value"], text)) };
}

function choice(value: unknown): FactChoice {
  const said = fields(value);
  return {
    issuer: peerId(said["issuer"]),
    slots: list(said["slots"], number),
    namesHolder: said["namesHolder"] === true,
  };
}

function question(value: unknown): FactQuestion {
  const said = fields(value ?? {});
  return { wanted: list(said["wanted"] ?? [], wanted), mustNameHolder: said["mustNameHolder"] === true };
}

type States = { readonly [K in (typeof FACT_STATES)[number]]: Subject<ReturnType<Facts[K]["get"]>> };

/** The node's facts. What they are now is asked for once somebody opens them: most commands do not. */
export function remoteFacts(client: ControlClient): KithFacts {
  const states: States = {
    ...{ own: new Subject(undefined), vouched: new Subject([]), issuings: new Subject([]), held: new Subject([]) },
    ...{ offers: new Subject([]), asks: new Subject([]), checks: new Subject([]), pinned: new Subject([]) },
  };
  let opening: Promise<void> | undefined;
  const watch = async <T>(name: string, subject: Subject<T>): Promise<void> => {
    const seen = await client.watch<T>(`facts.${name}`);
    const take = (): void => subject.set(seen.get());
    seen.subscribe(take);
    take();
  };
  const open = async (): Promise<void> => {
    await client.call("facts.open", []);
    const { own, vouched, issuings, held, offers, asks, checks, pinned } = states;
    await Promise.all([
      ...[watch("own", own), watch("vouched", vouched), watch("issuings", issuings), watch("held", held)],
      ...[watch("offers", offers), watch("asks", asks), watch("checks", checks), watch("pinned", pinned)],
    ]);
  };
  return {
    ...states,
    open: () => {
      opening ??= open();
      return opening;
    },
    becomeIssuer: ({ name, epochSeconds }) => client.call("facts.becomeIssuer", [name, epochSeconds]),
    reissue: ({ name, epochSeconds } = {}) => client.call("facts.reissue", [name, epochSeconds]),
    vouch: (peer, facts) => client.call("facts.vouch", [peer, facts]),
    offer: (peer, options) => client.call("facts.offer", [peer], options?.signal),
    revoke: (peer) => client.call("facts.revoke", [peer]),
    accept: (id) => client.call("facts.accept", [id]),
    decline: (id) => client.call("facts.decline", [id]),
    renew: (issuer, options) => client.call("facts.renew", [issuer], options?.signal),
    show: (id, what) => client.call("facts.show", [id, what]),
    present: (to, what, options) => client.call("facts.present", [to, what], options?.signal),
    code: (what, options) => client.call("facts.code", [what, options?.lifetime]),
    forget: (issuer) => client.call("facts.forget", [issuer]),
    ask: (peer, what, options) => client.call("facts.ask", [peer, what], options?.signal),
    cancel: (id) => client.call("facts.cancel", [id]),
    read: (said, what) => client.call("facts.read", [said, what]),
    pin: (issuer) => client.call("facts.pin", [issuer]),
    unpin: (issuer) => client.call("facts.unpin", [issuer]),
  };
}
