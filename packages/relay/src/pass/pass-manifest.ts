/**
 * The manifest of a Wallet pass: what is signed (docs/pass-signing.md). The signer never sees the pass, only this.
 *
 *     {"icon.png":"<SHA-1, 40 hexadecimal digits>","pass.json":"…"}
 *
 * A signature over what somebody else wrote is signed in the operator's name: so a manifest is taken in one form only,
 * flat, without escapes, each name once and from a list. What is signed is then a pass of pictures and texts, and can be
 * nothing else that a certificate might be asked to vouch for.
 *
 * @module
 */

export const MANIFEST_BYTES_MAX = 8_192;
const FILES_MAX = 20;
const PICTURES = ["icon", "logo", "thumbnail", "strip", "background", "footer"] as const;
const SCALES = ["", "@2x", "@3x"] as const;
/** Files of a pass; nothing in a folder, so no translations. */
export const PASS_FILES: ReadonlySet<string> = new Set([
  "pass.json",
  ...PICTURES.flatMap((picture) => SCALES.map((scale) => `${picture}${scale}.png`)),
]);
/** Without these Wallet takes no pass. */
const NEEDED = ["pass.json", "icon.png"] as const;

const BLANKS = /[\t\n\r ]*/y;
const PAIR = /"([^"\\]{1,64})"[\t\n\r ]*:[\t\n\r ]*"([0-9a-f]{40})"/y;

/** What is wrong with it, in words; `undefined`: it can be signed as it is. */
export function manifestFault(bytes: Uint8Array): string | undefined {
  if (bytes.length > MANIFEST_BYTES_MAX) return `More than ${MANIFEST_BYTES_MAX} bytes.`;
  if (!bytes.every((byte) => byte < 0x80)) return "Something else than ASCII.";
  const names = namesIn(String.fromCharCode(...bytes));
  if (names === undefined) return "Not one flat object of file names and SHA-1 hashes in lower case.";
  if (names.length > FILES_MAX) return `More than ${FILES_MAX} files.`;
  if (new Set(names).size < names.length) return "A name comes twice.";
  if (!names.every((name) => PASS_FILES.has(name))) return "A file that no pass of this kind has.";
  const missing = NEEDED.find((name) => !names.includes(name));
  return missing === undefined ? undefined : `${missing} is missing.`;
}

/** In order, repeated ones too, which `JSON.parse` would hide; `undefined`: it has another form. */
function namesIn(text: string): string[] | undefined {
  const names: string[] = [];
  let at = 0;
  const skip = (): void => {
    BLANKS.lastIndex = at;
    BLANKS.exec(text);
    at = BLANKS.lastIndex;
  };
  const take = (mark: string): boolean => {
    skip();
    if (text[at] !== mark) return false;
    at += 1;
    return true;
  };
  if (!take("{")) return undefined;
  do {
    skip();
    PAIR.lastIndex = at;
    const [pair, name] = PAIR.exec(text) ?? [];
    if (pair === undefined || name === undefined) return undefined;
    names.push(name);
    at += pair.length;
  } while (take(","));
  const isWhole = take("}");
  skip();
  return isWhole && at === text.length ? names : undefined;
}
