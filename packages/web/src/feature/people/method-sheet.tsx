/** How to pair with somebody who is near: each way with what it takes and what it shows. */
import type { NearbyPeer, PairingMethod } from "@kith/sdk";
import type { JSX } from "preact";
import { useEndpoint } from "../../store/endpoint-context.ts";
import { useAttempt } from "../../store/use-attempt.ts";
import { Button } from "../../ui/button.tsx";
import { Notice } from "../../ui/notice.tsx";
import { Sheet } from "../../ui/sheet.tsx";
import { useAddWords } from "./add-words.ts";

const METHODS = ["pin", "words"] as const satisfies readonly PairingMethod[];

interface MethodProps {
  readonly peer: NearbyPeer;
  readonly onBegun: (() => void) | undefined;
  readonly onClose: () => void;
}

export function MethodSheet({ peer, onBegun, onClose }: MethodProps): JSX.Element {
  const words = useAddWords();
  const { pairing } = useEndpoint();
  const { problem, attempt } = useAttempt();
  return (
    <Sheet title={words.pairWith(peer.name ?? words.unnamed)} onClose={onClose}>
      <p class="soft">{words.nameIsClaim}</p>
      {METHODS.map((method, index) => (
        <div key={method} class="stack tight">
          <Button
            look={index === 0 ? "main" : "plain"}
            onPress={attempt(async () => {
              await pairing.start(peer.key, method);
              onClose();
              onBegun?.();
            })}
          >
            {words.methods[method].name}
          </Button>
          <p class="soft small">{words.methods[method].how}</p>
        </div>
      ))}
      {problem !== undefined && <Notice tone="bad">{problem}</Notice>}
    </Sheet>
  );
}
