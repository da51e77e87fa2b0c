/** What tests find in a page: the SDK's least door, as `bare`. */
import * as bare from "./index.ts";

Object.assign(globalThis, { bare });
