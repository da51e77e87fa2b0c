/** The camera's picture, and what to do where there is none. */
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Button } from "./button.tsx";
import { wordsIn } from "./language.ts";
import { Notice } from "./notice.tsx";
import { type CameraFault, openCamera, watchVideo } from "./scan.ts";
import "./camera.css";

const en = {
  picture: "Camera picture",
  asking: "The browser asks whether Kith may use the camera …",
  holdBefore: "Hold the code of the other screen before the camera. The picture stays on this device.",
  faults: {
    denied:
      "The browser does not let Kith use the camera. To change that: press the sign beside the address, allow the camera for this page, and try again. Or take a picture of the code, or paste its link.",
    none: "This device has no camera. Choose a picture of the code, or paste its link.",
    busy: "Another program uses the camera. Close it and try again, or choose a picture of the code.",
    insecure:
      "This page came over http, and browsers give such pages no camera. Take a picture of the code instead, or paste its link.",
  },
  again: "Try again",
};

const de: typeof en = {
  picture: "Kamerabild",
  asking: "Der Browser fragt, ob Kith die Kamera benutzen darf …",
  holdBefore: "Halte den Code des anderen Bildschirms vor die Kamera. Das Bild bleibt auf diesem Gerät.",
  faults: {
    denied:
      "Der Browser lässt Kith die Kamera nicht benutzen. So geht es: auf das Zeichen neben der Adresse tippen, die Kamera für diese Seite erlauben, noch einmal versuchen. Oder ein Foto des Codes wählen, oder seinen Link einfügen.",
    none: "Dieses Gerät hat keine Kamera. Wähle ein Bild des Codes oder füge seinen Link ein.",
    busy: "Ein anderes Programm benutzt die Kamera. Schließ es und versuch es noch einmal, oder wähle ein Bild des Codes.",
    insecure:
      "Diese Seite kam über http, und solchen Seiten geben Browser keine Kamera. Mach stattdessen ein Foto des Codes oder füge seinen Link ein.",
  },
  again: "Noch einmal",
};

const useWords = wordsIn({ en, de });

type CameraState = "asking" | "on" | CameraFault;

interface CameraProps {
  /** Whether this was what somebody looked for: then it looks no more. */
  readonly onText: (text: string) => boolean;
}

export function Camera({ onText }: CameraProps): JSX.Element {
  const words = useWords();
  const latest = useRef(onText);
  latest.current = onText;
  const video = useRef<HTMLVideoElement>(null);
  const [state, setState] = useState<CameraState>("asking");
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    let [isOver, stop]: [boolean, () => void] = [false, () => {}];
    setState("asking");
    void openCamera().then(async (stream) => {
      if (typeof stream === "string") return isOver || setState(stream);
      const end = (): void => {
        for (const track of stream.getTracks()) track.stop();
      };
      const screen = video.current;
      if (isOver || screen === null) return end();
      screen.srcObject = stream;
      const stopWatching = watchVideo(screen, (text) => latest.current(text));
      stop = () => {
        stopWatching();
        end();
      };
      setState("on");
      await screen.play().catch(() => {}); // it is closed before it began to play
    });
    return () => {
      isOver = true;
      stop();
    };
  }, [attempt]);
  const hasFailed = state !== "asking" && state !== "on";
  return (
    <div class="stack tight">
      <div class="scan" hidden={hasFailed}>
        <video ref={video} muted playsInline aria-label={words.picture} />
      </div>
      <p role="status" class="soft small">
        {state === "asking" ? words.asking : state === "on" ? words.holdBefore : ""}
      </p>
      {hasFailed && (
        <Notice tone="warn">
          <p>{words.faults[state]}</p>
          {state !== "insecure" && (
            <p>
              <Button onPress={() => setAttempt(attempt + 1)}>{words.again}</Button>
            </p>
          )}
        </Notice>
      )}
    </div>
  );
}
