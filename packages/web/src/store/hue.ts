/** A colour that comes of a key: the same everywhere, and of two with one name two. */
const HUES = ["#8a4b2a", "#1f5f5b", "#4a4a8c", "#7a3b69", "#3d6b2f", "#8c3a3a", "#2f5f86", "#6b5a1f"] as const;

export function hueOf(key: string): string {
  const sum = [...key].reduce((total, character) => (total * 31 + (character.codePointAt(0) ?? 0)) % 65_521, 7);
  return HUES[sum % HUES.length] ?? HUES[0];
}
