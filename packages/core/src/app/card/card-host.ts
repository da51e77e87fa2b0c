/**
 * Names of hosts that keep shares: exactly as a browser writes them, so that comparing texts compares hosts.
 *
 * @module
 */
import { CARD_HOST_BYTES_MAX } from "../../wire/card-limits.ts";

/** `name[:port]`, lower case, ASCII; an IPv6 address in brackets. */
export const isCardHost = (host: string): boolean =>
  host.length <= CARD_HOST_BYTES_MAX &&
  /^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*|\[[0-9a-f:]{2,39}\])(?::[1-9]\d{0,4})?$/.test(
    host,
  );
