/**
 * Where somebody's cursor is, as editors of Yjs say it: `cursor` of the awareness, with `anchor` and `head`. They use what they
 * find there as it is, and one that cannot be used ends the editor's part for cursors: so it is read here first.
 *
 * @module
 */
type Fields = Readonly<Record<string, unknown>>;

/** The state without a cursor that editors stumble over; a `cursor` of some other form is none of theirs. */
export function withReadCursor(state: Fields): Fields {
  const { cursor, ...rest } = state;
  if (!isRecord(cursor) || !("anchor" in cursor || "head" in cursor)) return state;
  const [anchor, head] = [readPosition(cursor["anchor"]), readPosition(cursor["head"])];
  return anchor === undefined || head === undefined ? rest : { ...rest, cursor: { anchor, head } };
}

/** A `RelativePosition` as JSON, with all its fields. */
function readPosition(value: unknown): Fields | undefined {
  if (!isRecord(value)) return undefined;
  const { type = null, tname = null, item = null, assoc = 0 } = value;
  if (tname !== null && typeof tname !== "string") return undefined;
  if (![type, item].every((id) => id === null || isId(id)) || typeof assoc !== "number") return undefined;
  return type === null && tname === null && item === null ? undefined : { type, tname, item, assoc };
}

const isRecord = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isCount = (value: unknown): boolean => typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
const isId = (value: unknown): boolean => isRecord(value) && isCount(value["client"]) && isCount(value["clock"]);
