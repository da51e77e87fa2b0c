/** The identity of an endpoint leaves as a sealed text; its log says so. */
import { exportIdentity } from "@kith/core";
import type { Driver } from "./driver.ts";
import { EndpointError } from "./endpoint-error.ts";
import type { EndpointParts } from "./endpoint-parts.ts";

/** @throws {EndpointError} `ERR_IDENTITY`: a one-time identity is not kept */
export async function copyIdentity(parts: EndpointParts, driver: Driver, passphrase: string): Promise<string> {
  const { identity, provider, random, name } = parts;
  if (identity.isOneTime) throw new EndpointError("ERR_IDENTITY", "Cannot export a one-time identity");
  driver.core.trust.audit({ event: "identityExported" }, driver.moment());
  driver.touch();
  return exportIdentity({ provider, random, identity, name, passphrase });
}
