/** Two endpoints that become contacts by a code at a relay, and go over to WebRTC; the relay carries nothing after that. */
import type { Endpoint, JoinCodeStep, Observable, SessionView } from "@kith/sdk";
import { pipeOver } from "../contender/channel-pipe.ts";
import type { Meeting } from "./half.ts";

export const RTC_PROTOCOL = "bench/1";

export function meetKith(endpoint: Endpoint): Meeting {
  let isMaker = false;
  const step = <At extends JoinCodeStep["at"]>(at: At): Promise<Extract<JoinCodeStep, { at: At }>> =>
    when(endpoint.joinCodes.all, (all) =>
      all.map((each) => each.step).find((each): each is Extract<JoinCodeStep, { at: At }> => each.at === at),
    );
  return {
    async offer() {
      isMaker = true;
      await when(endpoint.relays, ([relay]) => (relay?.state === "ready" ? relay : undefined));
      await endpoint.joinCodes.create({ for: "contact" });
      return (await step("show")).code;
    },
    answer: (code) => endpoint.joinCodes.join(code),
    accept: async () => {},
    async pipe() {
      await step("consent");
      const [view] = endpoint.joinCodes.all.get();
      await endpoint.joinCodes.answer(view?.id ?? "", { accept: true });
      await step("done");
      const isDirect = ([one]: readonly SessionView[]): SessionView | undefined =>
        one?.path?.kind === "webrtc" ? one : undefined;
      const session = await endpoint.connect((await when(endpoint.openSessions, isDirect)).peer);
      if (isMaker) return pipeOver(await session.open(RTC_PROTOCOL, { class: "bulk" }), () => session.close());
      for await (const channel of session.channels) return pipeOver(channel, () => session.close());
      throw new Error("the session ended");
    },
  };
}

/** The first value that is wanted. */
async function when<T, Wanted>(observable: Observable<T>, wanted: (value: T) => Wanted | undefined): Promise<Wanted> {
  for (;;) {
    const found = wanted(observable.get());
    if (found !== undefined) return found;
    await new Promise<void>((resolve) => {
      const stop = observable.subscribe(() => {
        stop();
        resolve();
      });
    });
  }
}
