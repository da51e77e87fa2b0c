/** Views are functions of snapshots: this hook gives the present one and draws again when there is another. */
import type { Observable } from "@kith/sdk";
import { useEffect, useReducer } from "preact/hooks";

export function useObservable<T>(observable: Observable<T>): T {
  const [, redraw] = useReducer<number, undefined>((count) => count + 1, 0);
  const shown = observable.get();
  useEffect(() => {
    const stop = observable.subscribe(() => redraw(undefined));
    if (observable.get() !== shown) redraw(undefined); // it changed between drawing and subscribing
    return stop;
  }, [observable]);
  return shown;
}
