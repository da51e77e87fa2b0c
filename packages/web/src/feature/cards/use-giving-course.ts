/** The ways to give a card, one after the other, as core orders them; here is its clock. */
import { type Instant, instant } from "@kith/core";
import { GivingCourse, type GivingFailure, type GivingOutput, type GivingWay } from "@kith/core/card";
import { useEffect, useRef, useState } from "preact/hooks";

export interface Giving {
  /** What came last; `pausing`: between two tries of one way. */
  readonly last: GivingOutput | { readonly type: "pausing" };
  readonly choose: (way: GivingWay) => void;
  /** Takes what is offered. */
  readonly take: () => void;
  readonly given: (way: GivingWay) => void;
  readonly failed: (way: GivingWay, because: GivingFailure) => void;
}

/** `onTry` does what is said, once for each try. */
export function useGivingCourse(ways: readonly GivingWay[], onTry: (way: GivingWay) => void): Giving {
  const course = useRef<GivingCourse>(null);
  course.current ??= new GivingCourse(new Set(ways), random);
  const [last, setLast] = useState<Giving["last"]>({ type: "offer", way: ways[0] ?? "manual" });
  const [pause, setPause] = useState<Instant>();
  const trying = useRef(onTry);
  trying.current = onTry;
  const settle = (): void => {
    const { current } = course;
    for (let output = current?.poll(); output !== undefined; output = current?.poll()) {
      setLast(output);
      if (output.type === "try") trying.current(output.way);
    }
    const until = current?.nextTimeout();
    if (until !== undefined) setLast({ type: "pausing" });
    setPause(until);
  };
  useEffect(() => {
    if (pause === undefined) return;
    const timer = setTimeout(
      () => {
        course.current?.handleTimeout(now());
        settle();
      },
      Math.max(0, pause - now()) + 1,
    );
    return () => clearTimeout(timer);
  }, [pause]);
  const then = (work: (course: GivingCourse) => void): void => {
    if (course.current === null) return;
    // What is over begins anew where a person chooses another way.
    work(course.current);
    settle();
  };
  return {
    last,
    choose: (way) => {
      if (course.current?.phase === "ended") course.current = new GivingCourse(new Set(ways), random);
      then((each) => each.choose(way));
    },
    take: () => then((each) => each.take()),
    given: (way) => then((each) => each.handleGiven(way)),
    failed: (way, because) => then((each) => each.handleFailed(way, because, now())),
  };
}

const now = (): Instant => instant(performance.now());
const random = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));
