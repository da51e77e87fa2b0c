/** What is seen at each phase of the app. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { Erased } from "../feature/lock/erased.tsx";
import { Following } from "../feature/lock/following.tsx";
import { Locked } from "../feature/lock/locked.tsx";
import { Lost } from "../feature/lock/lost.tsx";
import { Veil } from "../feature/lock/veil.tsx";
import { Welcome } from "../feature/welcome/welcome.tsx";
import { RunningContext } from "../store/endpoint-context.ts";
import type { Kith } from "../store/kith.ts";
import { KithContext } from "../store/kith-context.ts";
import { useObservable } from "../store/use-observable.ts";
import { wordsIn } from "../ui/language.ts";
import { lazy } from "../ui/lazy.tsx";
import { Notice } from "../ui/notice.tsx";
import { Shell } from "./shell.tsx";

const RestoreSheet = lazy(async () => (await import("../feature/lock/restore-sheet.tsx")).RestoreSheet);

const useWords = wordsIn({
  en: {
    starting: "Starting …",
    failed: "Kith could not start:",
  },
  de: {
    starting: "Startet …",
    failed: "Kith konnte nicht starten:",
  },
});

export const App = ({ kith }: { readonly kith: Kith }): JSX.Element => (
  <KithContext.Provider value={kith}>
    <Phase kith={kith} />
  </KithContext.Provider>
);

function FirstRun({ canKeep }: { readonly canKeep: boolean }): JSX.Element {
  const [isRestoring, setRestoring] = useState(false);
  return (
    <>
      <Welcome canKeep={canKeep} onRestore={() => setRestoring(true)} />
      {isRestoring && <RestoreSheet present={undefined} onClose={() => setRestoring(false)} />}
    </>
  );
}

function Phase({ kith }: { readonly kith: Kith }): JSX.Element {
  const words = useWords();
  const phase = useObservable(kith.phase);
  switch (phase.at) {
    case "starting":
      return (
        <p class="boot" role="status">
          <span class="waiting" /> {words.starting}
        </p>
      );
    case "welcome":
      return <FirstRun canKeep={phase.canKeep} />;
    case "locked":
      return <Locked nextTry={phase.nextTry} />;
    case "following":
      return <Following />;
    case "lost":
      return <Lost wasGuarded={phase.wasGuarded} />;
    case "erased":
      return <Erased left={phase.left} />;
    case "ready":
      return (
        <RunningContext.Provider value={phase}>
          <Shell />
          <Veil />
        </RunningContext.Provider>
      );
    case "failed":
      return (
        <main class="boot">
          <Notice tone="bad">
            {words.failed} {phase.error instanceof Error ? phase.error.message : String(phase.error)}
          </Notice>
        </main>
      );
  }
}
