/**
 * What a person must see, newest last, until it is dismissed.
 *
 * @module
 */
import type { Alarm } from "./api.ts";
import { type Observable, Subject } from "./observable.ts";

const ALARMS_MAX = 16;

export class AlarmList {
  readonly #all = new Subject<readonly Alarm[]>([]);
  #next = 1;

  get all(): Observable<readonly Alarm[]> {
    return this.#all;
  }

  /** The same alarm again only moves to the end: a peer that keeps trying must not push others out. */
  raise(alarm: Omit<Alarm, "id">): void {
    const others = this.#all
      .get()
      .filter(({ kind, peer, found }) => kind !== alarm.kind || peer !== alarm.peer || found !== alarm.found);
    this.#all.set([...others, { ...alarm, id: String(this.#next++) }].slice(-ALARMS_MAX));
  }

  dismiss(id: string): void {
    this.#all.set(this.#all.get().filter((alarm) => alarm.id !== id));
  }
}
