/**
 * Kith, through the API that programs use: hybrid handshake, identities checked on both sides,
 * channels with flow control, acknowledgements. A new connection is a new session of a contact.
 */
import type { Endpoint } from "@kith/sdk";
import { pipeOver } from "./channel-pipe.ts";
import type { Contender, Pipe, PipeKind } from "./contender.ts";
import { benchEndpoint, benchIdentity, PROTOCOL } from "./kith-endpoint.ts";

/**
 * Each is an identity of its own, or it would be one session. More than dial at once, in turn: a
 * contact may open 60 channels and then two a second (spec/trust.md).
 */
const CALLERS = Array.from({ length: 64 }, (_, i) => `caller ${i}`);

async function serve(endpoint: Endpoint, onPipe: (pipe: Pipe, kind: PipeKind) => void): Promise<void> {
  for await (const session of endpoint.sessions) {
    void (async () => {
      for await (const channel of session.channels)
        onPipe(
          pipeOver(channel, () => session.close()),
          "stream",
        );
    })();
  }
}

export function kithContender(): Contender {
  const server = benchIdentity("server").peerId;
  const endpoints: Endpoint[] = [];
  const free: Promise<Endpoint>[] = [];
  let turn: Promise<unknown> = Promise.resolve();
  let met = 0;

  /** Strangers wait in line, contacts do not: each caller is met once, one after the other, before it counts. */
  function meet(address: string): Promise<Endpoint> {
    const caller = CALLERS[met++ % CALLERS.length] ?? "";
    const meeting = turn.then(async () => {
      const endpoint = await benchEndpoint(caller, ["server"]);
      endpoints.push(endpoint);
      const session = await endpoint.connect(address, { expect: server });
      await session.close();
      return endpoint;
    });
    turn = meeting;
    return meeting;
  }

  return {
    name: "kith",
    keepsMessages: true,
    async listen(onPipe) {
      const endpoint = await benchEndpoint("server", CALLERS);
      endpoints.push(endpoint);
      void serve(endpoint, onPipe);
      return endpoint.addresses.get()[0] ?? "";
    },
    async dial(address, kind) {
      const endpoint = await ((met === CALLERS.length ? free.shift() : undefined) ?? meet(address));
      const session = await endpoint.connect(address, { expect: server });
      const channel = await session.open(PROTOCOL, { class: kind === "stream" ? "bulk" : "interactive" });
      return pipeOver(channel, async () => {
        await session.close();
        free.push(Promise.resolve(endpoint));
      });
    },
    async stop() {
      await Promise.all(endpoints.map((endpoint) => endpoint.close()));
    },
  };
}
