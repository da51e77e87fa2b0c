import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { EmbeddedDelivery } from "../relay/relay-delivery.ts";
import { relayDeliverySuite } from "./relay-delivery-suite.ts";

const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length));

relayDeliverySuite("embedded", { open: (limits) => new EmbeddedDelivery(random, limits), test });
