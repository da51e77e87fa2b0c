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
    | "contact";
  readonly verdict: "good" | "warn" | "bad" | "unknown";
  /** A sentence for people. */
  readonly words: string;
  /** What to do, unless all is well. */
  readonly fix?: string;
}
