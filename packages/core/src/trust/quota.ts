/**
 * How often a peer may do what it may do (spec/trust.md §4). Contacts are counted by key; strangers,
 * who can make keys at will, by source.
 *
 * @module
 */
import type { Instant } from "../lib/time.ts";
import { TokenBucket } from "../lib/token-bucket.ts";
import { QUOTA_BUCKETS_MAX, SOURCES_MAX } from "../wire/limits.ts";
import { OPERATION } from "./roles.ts";

export interface QuotaRate {
  readonly burst: number;
  readonly perMinute: number;
}

/** For protocols of applications. */
export const QUOTA_APPLICATION: QuotaRate = { burst: 60, perMinute: 120 };

const QUOTAS: ReadonlyMap<string, QuotaRate> = new Map([
  [OPERATION.pair, { burst: 3, perMinute: 6 }],
  [OPERATION.chat, { burst: 30, perMinute: 60 }],
  [OPERATION.card, { burst: 8, perMinute: 12 }],
  [OPERATION.fileSend, { burst: 20, perMinute: 60 }],
  [OPERATION.fileUnasked, { burst: 20, perMinute: 60 }],
  [OPERATION.grantExchange, { burst: 30, perMinute: 60 }],
  [OPERATION.grant, { burst: 8, perMinute: 8 }],
]);

/** Uses, not bytes: bytes are the business of channel credit and of grants. */
export const quotaOf = (operation: string): QuotaRate => QUOTAS.get(operation) ?? QUOTA_APPLICATION;

/** Who does it: a contact's PeerId, or a stranger's source. */
export type QuotaHolder = { readonly contact: string } | { readonly stranger: string };

interface Metered {
  readonly bucket: TokenBucket;
  readonly burst: number;
}

export class Quota {
  readonly #contacts = new Map<string, Metered>();
  readonly #strangers = new Map<string, Metered>();

  /**
   * Takes one use; false when there is none left. At {@link QUOTA_BUCKETS_MAX} contacts' counts, or
   * {@link SOURCES_MAX} of strangers, those at rest are forgotten; if there are none, newcomers wait:
   * nobody is let through uncounted.
   */
  take(who: QuotaHolder, operation: string, now: Instant): boolean {
    const [name, metered, max] =
      "contact" in who
        ? [who.contact, this.#contacts, QUOTA_BUCKETS_MAX]
        : [who.stranger, this.#strangers, SOURCES_MAX];
    const key = `${name} ${operation}`;
    const known = metered.get(key);
    if (known !== undefined) return known.bucket.take(1, now);
    if (metered.size >= max) forgetResting(metered, now);
    if (metered.size >= max) return false;
    const { burst, perMinute } = quotaOf(operation);
    const bucket = new TokenBucket({ capacity: burst, perSecond: perMinute / 60, now });
    metered.set(key, { bucket, burst });
    return bucket.take(1, now);
  }
}

/** A full bucket says nothing that a new one would not. */
function forgetResting(metered: Map<string, Metered>, now: Instant): void {
  for (const [key, { bucket, burst }] of metered) if (bucket.available(now) >= burst) metered.delete(key);
}
