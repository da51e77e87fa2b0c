/** The version of this program; the same in every package of a release (a test compares it with package.json). */
export const VERSION = "0.1.0";
