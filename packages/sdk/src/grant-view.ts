/** Grants as the SDK shows them, and the terms that it is asked for. */
import { GRANT_NO_END, type Grant, type GrantTerms, grantChain, type WallTime, wallTime } from "@kith/core";
import type { GrantView, Narrower, PassedGrant, ReceivedGrant } from "./trust-api.ts";

export const grantView = (grant: Grant): GrantView => ({
  id: grant.id,
  operation: grant.operations.join(", "),
  notBefore: grant.notBefore,
  ...(grant.notAfter !== GRANT_NO_END && { notAfter: grant.notAfter }),
  limits: {
    ...(grant.limits.uses !== undefined && { count: grant.limits.uses }),
    ...(grant.limits.bytes !== undefined && { bytes: grant.limits.bytes }),
    ...(grant.limits.perMinute !== undefined && { perMinute: grant.limits.perMinute }),
  },
  ...(grant.delegations > 0 && { delegations: grant.delegations }),
});

export const receivedView = (grant: Grant): ReceivedGrant => ({
  ...grantView(grant),
  issuer: grant.issuer,
  root: rootOf(grant).issuer,
});

export const passedView = (grant: Grant): PassedGrant => ({
  ...grantView(grant),
  subject: grant.subject,
  root: rootOf(grant).issuer,
  from: grant.parent?.id ?? "",
});

export const termsOf = (grant: Omit<GrantView, "id">, notBefore: WallTime): GrantTerms => ({
  operations: [grant.operation],
  resource: "",
  limits: limitsOf(grant.limits),
  notBefore: grant.notBefore === undefined ? notBefore : wallTime(grant.notBefore),
  notAfter: grant.notAfter === undefined ? GRANT_NO_END : wallTime(grant.notAfter),
  delegations: grant.delegations ?? 0,
});

/** The terms of `parent`, but for what `narrower` says. */
export const narrowerTerms = (
  parent: Grant,
  { operation, notAfter, limits = {}, delegations = 0 }: Narrower,
): GrantTerms => ({
  operations: operation === undefined ? parent.operations : [operation],
  resource: parent.resource,
  limits: { ...parent.limits, ...limitsOf(limits) },
  notBefore: parent.notBefore,
  notAfter: notAfter === undefined ? parent.notAfter : wallTime(notAfter),
  delegations,
});

const limitsOf = ({ count, bytes, perMinute }: GrantView["limits"]): GrantTerms["limits"] => ({
  ...(count !== undefined && { uses: count }),
  ...(bytes !== undefined && { bytes }),
  ...(perMinute !== undefined && { perMinute }),
});

const rootOf = (grant: Grant): Grant => grantChain(grant).at(-1) ?? grant;
