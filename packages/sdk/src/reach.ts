/**
 * Reaching somebody who may be away, while a person waits: a relay asks for them as long as anybody wants it to, so that is
 * bounded here.
 *
 * @module
 */
import { REACH_TIMEOUT } from "@kith/core";
import { boundedSignal } from "./bounded-signal.ts";
import type { Waiting } from "./channel-api.ts";
import type { Clock } from "./clock.ts";
import { EndpointError } from "./endpoint-error.ts";

/** What `open` gives. @throws {EndpointError} `ERR_PEER_UNREACHABLE`: not there for 20 s; what `open` throws */
export async function reach<T>(clock: Clock, { signal }: Waiting, open: (waiting: Waiting) => Promise<T>): Promise<T> {
  const late = new AbortController();
  const stop = clock.schedule(REACH_TIMEOUT, () =>
    late.abort(new EndpointError("ERR_PEER_UNREACHABLE", "Cannot reach them now: they may be away")),
  );
  try {
    return await open({ signal: boundedSignal(late.signal, signal) });
  } finally {
    stop();
  }
}
