import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { KeyTable } from "../relay/key-table.ts";
import { relayDeliverySuite } from "./relay-delivery-suite.ts";

relayDeliverySuite("embedded", { open: () => new KeyTable((length) => new Uint8Array(randomBytes(length))), test });
