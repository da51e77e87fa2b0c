/** One thing that was looked at. */
export interface Finding {
  readonly check:
    | "interfaces"
    | "multicast"
    | "neighbours"
    | "port"
    | "firewall"
    | "clock"
    | "relay"
    | "udp"
    | "nat"
    | "contact"
    // Of a page alone:
    | "online"
    | "page" //        how it came here, and whether it opens without network
    | "node" //        that served it
    | "websocket"
    | "webrtc"
    | "permission" //  to use the local network
    | "storage"
    | "tabs"
    | "member"; //     of a room, who is no contact
  readonly verdict: "good" | "warn" | "bad" | "unknown";
  /** A sentence for people. */
  readonly words: string;
  /** What to do, unless all is well. */
  readonly fix?: string;
}
