/** A day as the browser's own language writes it. */
export const day = (time: number): string => new Date(time).toLocaleDateString(undefined, { dateStyle: "medium" });
