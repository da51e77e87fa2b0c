/**
 * Numbers of a relay: of what happened since it started, and of what is now. In the text format of Prometheus for
 * /metrics, as JSON for the owner. Names and meanings are in docs/relay.md, checked by a test.
 *
 * No number is kept for a key, a source or a tag: what is counted is counted for all together.
 *
 * @module
 */
import { assert } from "@kith/core";

type Kind = "counter" | "gauge";

export interface Metric {
  readonly kind: Kind;
  readonly help: string;
  /** Name of its one label, if it has one; the label's values are kinds, never somebody's. */
  readonly label?: string;
}

export type MetricName = `kith_relay_${string}`;

/** All there are, in the order in which they are shown. */
export const METRICS: Readonly<Record<MetricName, Metric>> = {
  kith_relay_connections: { kind: "gauge", help: "WebSocket connections now." },
  kith_relay_connections_total: { kind: "counter", help: "WebSocket connections accepted." },
  kith_relay_rejected_total: { kind: "counter", help: "Connections turned away before a login.", label: "reason" },
  kith_relay_closed_total: { kind: "counter", help: "Connections that the relay closed, by code.", label: "code" },
  kith_relay_keys: { kind: "gauge", help: "Keys that are logged in now." },
  kith_relay_messages_received_total: { kind: "counter", help: "Messages from clients." },
  kith_relay_messages_sent_total: { kind: "counter", help: "Messages to clients." },
  kith_relay_bytes_received_total: { kind: "counter", help: "Bytes of messages from clients." },
  kith_relay_bytes_sent_total: { kind: "counter", help: "Bytes of messages to clients." },
  kith_relay_waiting_bytes: { kind: "gauge", help: "Forwarded bytes that wait for slow receivers." },
  kith_relay_watches: { kind: "gauge", help: "Tags that are watched, counted for each watcher." },
  kith_relay_done_total: { kind: "counter", help: "What the relay did, by kind.", label: "kind" },
  kith_relay_refused_total: { kind: "counter", help: "Logins refused, by reason.", label: "reason" },
  kith_relay_events_total: { kind: "counter", help: "What went otherwise than well, by kind.", label: "kind" },
  kith_relay_questions_total: { kind: "counter", help: "Questions to the store, by kind.", label: "kind" },
  kith_relay_store_failures_total: { kind: "counter", help: "Questions that the store could not answer." },
  kith_relay_store_seconds_total: { kind: "counter", help: "Time spent in the store." },
  kith_relay_store_bytes: { kind: "gauge", help: "Size of the database file." },
  kith_relay_items: { kind: "gauge", help: "Sealed items kept for absent keys." },
  kith_relay_items_bytes: { kind: "gauge", help: "Bytes of those items." },
  kith_relay_shares: { kind: "gauge", help: "Shares of cards, those that ended early until their time is up." },
  kith_relay_shares_bytes: { kind: "gauge", help: "Bytes of those shares." },
  kith_relay_calls_total: { kind: "counter", help: "Calls by HTTP, by what came of them.", label: "outcome" },
  kith_relay_known_keys: { kind: "gauge", help: "Keys that logged in within 30 days or were admitted." },
  kith_relay_mailboxes: { kind: "gauge", help: "Mailboxes of join codes that are open." },
  kith_relay_draining: { kind: "gauge", help: "1 while the relay is going away." },
  kith_relay_certificate_expiry_seconds: {
    kind: "gauge",
    help: "When the TLS certificate ends, in Unix time; 0: none.",
  },
  kith_relay_pass_certificate_expiry_seconds: {
    kind: "gauge",
    help: "When the certificate for Wallet passes ends, in Unix time; 0: none was given.",
  },
  kith_relay_start_seconds: { kind: "gauge", help: "When the relay started, in Unix time." },
  kith_relay_resident_bytes: { kind: "gauge", help: "Resident memory of the process." },
  kith_relay_cpu_seconds_total: { kind: "counter", help: "Time on a processor, of the process." },
  kith_relay_loop_delay_seconds: { kind: "gauge", help: "By how much the last tick of 0.25 s was late." },
};

/** Label values of one metric; more are counted as `other`, so that no code can grow it without end. */
const LABELS_MAX = 64;

export class Metrics {
  readonly #values = new Map<MetricName, Map<string, number>>();

  add(name: MetricName, amount = 1, label = ""): void {
    this.#set(name, label, (before) => before + amount);
  }

  set(name: MetricName, value: number, label = ""): void {
    this.#set(name, label, () => value);
  }

  value(name: MetricName, label = ""): number {
    return this.#values.get(name)?.get(label) ?? 0;
  }

  /** Text format of Prometheus, version 0.0.4. */
  text(): string {
    let text = "";
    for (const [name, metric] of entries()) {
      text += `# HELP ${name} ${metric.help}\n# TYPE ${name} ${metric.kind}\n`;
      const values = this.#values.get(name) ?? new Map<string, number>(metric.label === undefined ? [["", 0]] : []);
      for (const [label, value] of values)
        text += `${name}${metric.label === undefined ? "" : `{${metric.label}="${label}"}`} ${value}\n`;
    }
    return text;
  }

  /** `{"kith_relay_connections":3,"kith_relay_logins_total":{"ready":5}}` */
  json(): string {
    const numbers: Record<string, number | Record<string, number>> = {};
    for (const [name, metric] of entries())
      numbers[name] =
        metric.label === undefined ? this.value(name) : Object.fromEntries(this.#values.get(name) ?? new Map());
    return JSON.stringify(numbers);
  }

  #set(name: MetricName, label: string, next: (before: number) => number): void {
    assert(Object.hasOwn(METRICS, name), `no metric ${name}`);
    let values = this.#values.get(name);
    if (values === undefined) {
      values = new Map();
      this.#values.set(name, values);
    }
    const known = values.has(label) || values.size < LABELS_MAX ? label : "other";
    values.set(known, next(values.get(known) ?? 0));
  }
}

const isMetric = (entry: [string, Metric]): entry is [MetricName, Metric] => entry[0].startsWith("kith_relay_");
const entries = (): [MetricName, Metric][] => Object.entries(METRICS).filter(isMetric);
