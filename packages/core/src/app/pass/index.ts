/** Wallet passes of contact cards: `@kith/core/pass`, a door of its own, loaded when a person asks for one. */

export {
  PASS_BYTES_MAX,
  PASS_MANIFEST_BYTES_MAX,
  PASS_PICTURE_BYTES_MAX,
  PASS_PICTURE_SIDE_MAX,
  PASS_SIGNATURE_BYTES_MAX,
} from "../../wire/card-limits.ts";
export {
  draftPass,
  finishPass,
  isPassSigner,
  PASS_FILES,
  PASS_MEDIA_TYPE,
  type PassDraft,
  type PassFault,
  type PassOptions,
} from "./pass.ts";
export type { PassSigner, PassWords } from "./pass-json.ts";
