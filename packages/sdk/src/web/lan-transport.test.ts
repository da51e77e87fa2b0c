// Real TCP on loopback behind the bridge: pages through a node promise what every transport does.
import { after } from "node:test";
import { systemClock } from "../clock.ts";
import { lanBridge } from "../node/lan-bridge.ts";
import { tcpTransport } from "../node/tcp.ts";
import { transportSuite } from "../testing/transport-suite.ts";
import { Air, NODE, Wire } from "./lan-fixture.test.ts";
import { lanThroughNode } from "./lan-through-node.ts";

const closes: (() => Promise<void>)[] = [];
after(async () => {
  for (const close of closes) await close();
});

transportSuite("page through its node", ({ clock = systemClock }) => {
  const air = new Air();
  const deadHint = { host: "127.0.0.1", port: 1 };
  air.put(deadHint);
  const transport = tcpTransport({ clock, host: "127.0.0.1", writeBytesMax: 262_144 });
  const bridge = lanBridge({ clock, transport, discover: () => air.discover(), watch: () => () => {} });
  const page = () => lanThroughNode({ node: NODE, clock, webSocket: new Wire(bridge).open });
  const [dialer, listener] = [page(), page()];
  closes.push(async () => {
    await dialer.discovery.close();
    await listener.discovery.close();
    await bridge.close();
  });
  return {
    ...{ dialer: dialer.transport, listener: listener.transport, deadHint },
    hint: (port) => {
      const hint = { host: "127.0.0.1", port };
      air.put(hint);
      return hint;
    },
  };
});
