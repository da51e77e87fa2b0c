/** Strangers on this network, and how to pair with one. */
import type { NearbyPeer } from "@kith/sdk";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { Button } from "../../ui/button.tsx";
import { Face } from "../../ui/face.tsx";
import { lazy } from "../../ui/lazy.tsx";
import { useWords } from "./words.ts";

const MethodSheet = lazy(async () => (await import("./method-sheet.tsx")).MethodSheet);

interface NearbyProps {
  readonly nearby: readonly NearbyPeer[];
  /** A pairing with one of them goes on. */
  readonly onBegun?: () => void;
}

export function NearbyList({ nearby, onBegun }: NearbyProps): JSX.Element {
  const words = useWords();
  const [chosen, setChosen] = useState<NearbyPeer>();
  return (
    <section class="stack tight" aria-label={words.near}>
      <h2 class="label">{words.near}</h2>
      <ul class="list">
        {nearby.map((peer) => {
          const { key, name = words.unnamed } = peer;
          return (
            <li key={key} class="item">
              <Face name={name} of={key} />
              <span class="grow cut" id={`near-${key}`}>
                {name}
              </span>
              <Button describedBy={`near-${key}`} onPress={() => setChosen(peer)}>
                {words.pair}
              </Button>
            </li>
          );
        })}
      </ul>
      {chosen !== undefined && <MethodSheet peer={chosen} onBegun={onBegun} onClose={() => setChosen(undefined)} />}
    </section>
  );
}
