/** Brings a relay's metrics up to date when somebody looks at them. */
import { statSync } from "node:fs";
import type { RelayServer } from "@kith/core";
import type { MetricName, Metrics } from "./metrics.ts";
import type { RelayDriver } from "./relay-driver.ts";
import type { SqliteRelayState } from "./sqlite-state.ts";
import { databasePath } from "./store-file.ts";

export interface Measured {
  readonly machine: RelayServer;
  readonly state: SqliteRelayState;
  readonly driver: RelayDriver;
  readonly data: string;
  readonly isDraining: boolean;
  /** Wall time. */
  readonly certificateEnd: number | undefined;
  /** Wall time; 0: none. */
  readonly passCertificateEnd: number;
}

export function measure(metrics: Metrics, { machine, state, driver, ...rest }: Measured): Metrics {
  const { gauges, counters } = machine;
  const { items, itemsBytes, known, mailboxes, shares, sharesBytes } = state.gauges;
  const { traffic } = driver;
  const { user, system } = process.cpuUsage();
  const numbers: Record<MetricName, number> = {
    kith_relay_connections: driver.connectionCount,
    kith_relay_connections_total: traffic.connectionsTotal,
    kith_relay_keys: gauges.connections - gauges.unready,
    kith_relay_messages_received_total: traffic.messagesReceived,
    kith_relay_messages_sent_total: traffic.messagesSent,
    kith_relay_bytes_received_total: traffic.bytesReceived,
    kith_relay_bytes_sent_total: traffic.bytesSent,
    kith_relay_waiting_bytes: gauges.waitingBytes,
    kith_relay_watches: gauges.watches,
    kith_relay_store_bytes: statSync(databasePath(rest.data), { throwIfNoEntry: false })?.size ?? 0,
    ...{ kith_relay_items: items, kith_relay_items_bytes: itemsBytes },
    ...{ kith_relay_shares: shares, kith_relay_shares_bytes: sharesBytes },
    ...{ kith_relay_known_keys: known, kith_relay_mailboxes: mailboxes },
    kith_relay_draining: rest.isDraining ? 1 : 0,
    kith_relay_certificate_expiry_seconds: Math.floor((rest.certificateEnd ?? 0) / 1_000),
    kith_relay_pass_certificate_expiry_seconds: Math.floor(rest.passCertificateEnd / 1_000),
    kith_relay_resident_bytes: process.memoryUsage.rss(),
    kith_relay_cpu_seconds_total: (user + system) / 1_000_000,
    kith_relay_loop_delay_seconds: traffic.loopDelay / 1_000,
  };
  for (const [name, value] of Object.entries(numbers)) metrics.set(name as MetricName, value);
  for (const [kind, count] of Object.entries(counters)) metrics.set("kith_relay_done_total", count, kind);
  return metrics;
}
