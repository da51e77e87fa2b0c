/** What tests find in a page: the SDK's door, as `kith`. */
import * as kith from "./index.ts";

Object.assign(globalThis, { kith });
