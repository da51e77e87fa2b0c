/**
 * Whether one more connection beside those that carry a session is worth a try (spec/session.md §9). A data channel on a long
 * line is slow whatever the line could carry: SCTP keeps too little in flight. Several are faster together, so that one is
 * added after the other as long as that helps. On a short line, or where one is fast, none is.
 *
 * @module
 */
import { after, type Instant, since } from "../lib/time.ts";
import {
  STRIPE_AGAIN_AFTER,
  STRIPE_FAST,
  STRIPE_FROM_BYTES,
  STRIPE_GAIN_MIN,
  STRIPE_RTT_MIN,
  STRIPE_SAMPLE,
  STRIPES_MAX,
} from "../wire/limits.ts";

/** What the connections that carry a session together have done by now. */
export interface StripeStats {
  /** How many they are. */
  readonly width: number;
  /** On all of them since each began. */
  readonly bytesAcked: number;
  readonly bytesInFlight: number;
  /** Of the one that is used first. */
  readonly rttMin: number | undefined;
}

/** Some time under load, at one width. */
interface Stretch {
  readonly width: number;
  readonly at: Instant;
  readonly bytesAcked: number;
}

export class Striping {
  #stretch: Stretch | undefined;
  /** When another was wanted last, and how many bytes a millisecond so many carried until then. */
  #asked: { readonly at: Instant; readonly width: number; readonly rate: number } | undefined;
  /** The last one brought nothing: what is slow is the line itself, or an end. */
  #rest: { readonly until: Instant; readonly widthMax: number } | undefined;

  /** How many connections may carry. */
  get widthMax(): number {
    return this.#rest?.widthMax ?? STRIPES_MAX;
  }

  /** True: another is wanted. Cheap: once a turn. */
  handle(stats: StripeStats, now: Instant): boolean {
    const { width, bytesAcked } = stats;
    const begun = this.#stretch;
    if (this.#rest !== undefined && now >= this.#rest.until) this.#rest = undefined;
    if (this.#rest !== undefined || !isSlowLine(stats, begun !== undefined)) {
      this.#stretch = undefined;
      if (this.#asked !== undefined && width > this.#asked.width) this.#asked = undefined;
      return false;
    }
    if (begun === undefined || begun.width !== width || bytesAcked < begun.bytesAcked) {
      this.#stretch = { width, bytesAcked, at: now };
      return false;
    }
    const took = since(begun.at, now);
    if (took < STRIPE_SAMPLE) return false;
    this.#stretch = { width, bytesAcked, at: now };
    return this.#wantsMore((bytesAcked - begun.bytesAcked) / took, width, now);
  }

  #wantsMore(rate: number, width: number, now: Instant): boolean {
    const asked = this.#asked;
    const hasCome = asked !== undefined && width > asked.width;
    if (hasCome && rate < STRIPE_GAIN_MIN * asked.rate) {
      this.#rest = { until: after(now, STRIPE_AGAIN_AFTER), widthMax: asked.width };
      this.#asked = undefined;
      return false;
    }
    if (rate >= STRIPE_FAST || width >= STRIPES_MAX) return false;
    if (asked !== undefined && !hasCome && now < after(asked.at, STRIPE_AGAIN_AFTER)) return false;
    this.#asked = { at: now, width, rate };
    return true;
  }
}

/** Full enough to say how fast it is, and long enough that several may be faster. */
const isSlowLine = ({ bytesInFlight, rttMin = 0 }: StripeStats, isKnown: boolean): boolean =>
  rttMin >= STRIPE_RTT_MIN && bytesInFlight >= (isKnown ? STRIPE_FROM_BYTES / 4 : STRIPE_FROM_BYTES);
