/**
 * Domain names as text: labels divided by dots; a dot or backslash inside a label has a backslash
 * before it (RFC 1035 §5.1), since an instance name may hold any character (RFC 6763 §4.1.1).
 *
 * @module
 */
export const LABEL_BYTES_MAX = 63;

export const joinLabels = (labels: readonly string[]): string =>
  labels.map((label) => label.replace(/[.\\]/g, "\\$&")).join(".");

/** The labels of `name`, unescaped. */
export function splitName(name: string): string[] {
  const labels: string[] = [];
  let label = "";
  for (let i = 0; i < name.length; i++) {
    if (name[i] === "\\") label += name[++i] ?? "";
    else if (name[i] === ".") {
      labels.push(label);
      label = "";
    } else label += name[i];
  }
  if (label !== "" || labels.length > 0) labels.push(label);
  return labels.filter((part) => part !== "");
}

/** What two names have in common when DNS takes them for the same: only ASCII letters fold (RFC 6762 §16). */
export const foldName = (name: string): string => name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());

/** `label` cut to what a label holds, without splitting a character; controls become spaces. */
export function fitLabel(label: string, bytesMax: number = LABEL_BYTES_MAX): string {
  let fitted = "";
  let bytes = 0;
  for (const character of label) {
    const isControl = character < " " || character === "\u007f";
    bytes += isControl ? 1 : Buffer.byteLength(character);
    if (bytes > bytesMax) break;
    fitted += isControl ? " " : character;
  }
  return fitted;
}

/** The next name to try after `label` turned out to be taken: `kitchen`, `kitchen (2)`, `kitchen (3)`. */
export function nextInstance(label: string): string {
  const match = /^(.*) \((\d{1,6})\)$/s.exec(label);
  const suffix = ` (${match === null ? 2 : Number(match[2]) + 1})`;
  return fitLabel(match?.[1] ?? label, LABEL_BYTES_MAX - suffix.length) + suffix;
}

/** As {@link nextInstance}, for host names, which hold letters, digits and hyphens. */
export function nextHost(label: string): string {
  const match = /^(.*)-(\d{1,6})$/s.exec(label);
  const suffix = `-${match === null ? 2 : Number(match[2]) + 1}`;
  return fitLabel(match?.[1] ?? label, LABEL_BYTES_MAX - suffix.length) + suffix;
}
