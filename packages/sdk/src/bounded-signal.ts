/** A caller's signal, if there is one, and a bound of ours: whichever comes first, with its reason. */
export const boundedSignal = (bound: AbortSignal, signal: AbortSignal | undefined): AbortSignal =>
  signal === undefined ? bound : AbortSignal.any([signal, bound]);
