/**
 * Which version of a document goes when there are too many: the one whose absence is felt least. So the recent ones lie close
 * together and the old ones far apart, and the first and the last stay; what a person named goes after everything else.
 *
 * @module
 */
interface Dated {
  readonly at: number;
  readonly name: string | undefined;
}

/** Its place in `versions`, oldest first, of which there are three at least. */
export function leastMissed(versions: readonly Dated[]): number {
  const now = versions.at(-1)?.at ?? 0;
  let [found, least] = [1, Number.POSITIVE_INFINITY];
  for (let index = 1; index < versions.length - 1; index++) {
    const [before, version, after] = [versions[index - 1], versions[index], versions[index + 1]];
    if (before === undefined || version === undefined || after === undefined) continue;
    const gap = (after.at - before.at) / (1 + now - version.at);
    const missed = version.name === undefined ? gap : gap + NAMED;
    if (missed < least) [found, least] = [index, missed];
  }
  return found;
}

/** More than any gap of milliseconds. */
const NAMED = 1e15;
