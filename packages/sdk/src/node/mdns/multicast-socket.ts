/**
 * The sockets of multicast DNS on one network interface: 224.0.0.251 and ff02::fb, port 5353 shared
 * with whatever else speaks it here (avahi, browsers). Passes datagrams both ways and drops what
 * does not come from this link (RFC 6762 §11): the system hands every socket those of all interfaces.
 *
 * @module
 */
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { inSubnets, isLinkLocal, withoutScope } from "../address.ts";
import type { LocalAddress } from "../interfaces.ts";
import { type Asker, MDNS_PORT } from "./responder.ts";

const GROUP_IPV4 = "224.0.0.251";
const GROUP_IPV6 = "ff02::fb";

/** Datagrams looked at per second and link; a room of thirty sends a few. */
export const DATAGRAMS_PER_SECOND_MAX = 500;

export interface MulticastLink {
  /** Name of the interface. */
  readonly name: string;
  readonly addresses: readonly LocalAddress[];
}

export interface MulticastHandlers {
  onDatagram(bytes: Uint8Array, from: Asker): void;
  /** A family does not work here: no such address, port taken by someone who does not share. */
  onProblem(cause: unknown): void;
}

export interface MulticastSocket {
  /** To everyone on the link by both families, or to one. Lost if the sockets are not up yet. */
  send(bytes: Uint8Array, to?: Asker): void;
  /** Fulfils when what was sent is on its way. */
  close(): Promise<void>;
}

/** Opens both families on `link`, those that it has. Never throws: what fails is a problem, and the rest goes on. */
export function openMulticast(link: MulticastLink, handlers: MulticastHandlers): MulticastSocket {
  const ipv4 = link.addresses.find(({ family }) => family === "ipv4");
  const ipv6 = link.addresses.find(({ family, isLoopback }) => family === "ipv6" && !isLoopback);
  const admit = perSecond(DATAGRAMS_PER_SECOND_MAX);
  const receive = (bytes: Uint8Array, from: RemoteInfo): void => {
    if (isFromLink(from.address, link) && admit())
      handlers.onDatagram(bytes, { address: from.address, port: from.port });
  };
  const families: Family[] = [];
  if (ipv4 !== undefined) {
    families.push(
      openFamily("udp4", GROUP_IPV4, receive, handlers, (socket) => {
        socket.addMembership(GROUP_IPV4, ipv4.address);
        socket.setMulticastInterface(ipv4.address);
      }),
    );
  }
  if (ipv6 !== undefined) {
    families.push(
      openFamily("udp6", GROUP_IPV6, receive, handlers, (socket) => {
        socket.addMembership(GROUP_IPV6, `::%${link.name}`);
        socket.setMulticastInterface(`::%${link.name}`);
      }),
    );
  }
  return {
    send(bytes, to) {
      for (const family of families) {
        if (to === undefined) family.send(bytes, family.group, MDNS_PORT);
        else if (to.address.includes(":") === (family.group === GROUP_IPV6)) family.send(bytes, to.address, to.port);
      }
    },
    async close() {
      await Promise.all(families.map((family) => family.close()));
    },
  };
}

interface Family {
  readonly group: string;
  send(bytes: Uint8Array, address: string, port: number): void;
  close(): Promise<void>;
}

function openFamily(
  type: "udp4" | "udp6",
  group: string,
  receive: (bytes: Uint8Array, from: RemoteInfo) => void,
  handlers: MulticastHandlers,
  join: (socket: Socket) => void,
): Family {
  const socket = createSocket({ type, reuseAddr: true, ipv6Only: type === "udp6" });
  let phase: "opening" | "open" | "closing" | "closed" = "opening";
  let sending = 0;
  let closed = (): void => {};
  const end = (): void => {
    if (phase === "closed" || sending > 0) return;
    phase = "closed";
    socket.close(() => closed());
  };
  socket.on("message", receive);
  socket.on("error", (cause) => {
    handlers.onProblem(cause);
    if (phase === "opening") phase = "closing";
    if (phase === "closing") end();
  });
  socket.bind({ port: MDNS_PORT, exclusive: false }, () => {
    if (phase !== "opening") return;
    try {
      join(socket);
      socket.setMulticastTTL(255); // RFC 6762 §11
      socket.setMulticastLoopback(true);
      phase = "open";
    } catch (cause) {
      handlers.onProblem(cause);
      phase = "closing";
      end();
    }
  });
  return {
    group,
    send(bytes, address, port) {
      if (phase !== "open") return;
      sending++;
      // A failure to send is the interface going away: the watcher of interfaces sees that.
      socket.send(bytes, port, address, () => {
        sending--;
        if (phase === "closing") end();
      });
    },
    close: () =>
      new Promise((resolve) => {
        if (phase === "closed") return resolve();
        closed = resolve;
        phase = "closing";
        end();
      }),
  };
}

/** Whether a sender is on `link`: IPv6 link-local addresses carry its name, others are in its subnets. */
export function isFromLink(address: string, link: MulticastLink): boolean {
  if (isLinkLocal(address)) return address.endsWith(`%${link.name}`) || !address.includes("%");
  const plain = withoutScope(address);
  return inSubnets(
    plain,
    link.addresses.map(({ cidr }) => cidr),
  );
}

/** Answers whether one more is fine within this second. */
function perSecond(max: number): () => boolean {
  let second = 0;
  let count = 0;
  return () => {
    const now = Math.floor(performance.now() / 1_000);
    if (now !== second) [second, count] = [now, 0];
    return ++count <= max;
  };
}
