/** What the tests of WebRTC find in a page: one endpoint, as `agent`, and every connection that it makes. */
import { RtcAgent } from "../testing/rtc-agent.ts";
import { createEndpoint } from "./index.ts";

const connections: Watched[] = [];

/** The platform's, that can be made to look as if its way had gone. */
class Watched extends RTCPeerConnection {
  #seems: RTCPeerConnectionState | undefined;

  constructor(configuration?: RTCConfiguration) {
    super(configuration);
    connections.push(this);
  }

  override get connectionState(): RTCPeerConnectionState {
    return this.#seems ?? super.connectionState;
  }

  seem(state: RTCPeerConnectionState): void {
    this.#seems = state;
    this.dispatchEvent(new Event("connectionstatechange"));
    this.#seems = undefined;
  }
}
globalThis.RTCPeerConnection = Watched;

/** As the test's `page.evaluate` sees it. */
export interface RtcPage {
  start(name: string, relay: string): Promise<void>;
  readonly agent: RtcAgent;
  /** What the newest connection is told by its platform. */
  seem(state: RTCPeerConnectionState): void;
  /** The ICE credentials that it shows: others after a restart. */
  credentials(): string;
}

Object.assign(globalThis, {
  start: async (name: string, relay: string) => {
    const endpoint = await createEndpoint({ name, relays: [relay], protocols: ["count/1"] });
    Object.assign(globalThis, { agent: new RtcAgent(endpoint, connections) });
  },
  seem: (state: RTCPeerConnectionState) => connections.at(-1)?.seem(state),
  credentials: () => /a=ice-ufrag:(\S+)/.exec(connections.at(-1)?.localDescription?.sdp ?? "")?.[1] ?? "",
});
