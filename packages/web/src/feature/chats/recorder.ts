/** Records a voice message. Nothing of it leaves the page before the person sends it. */

/** Why there is no sound. */
export type MicrophoneFault = "denied" | "none" | "insecure";

export interface Recording {
  readonly stop: () => Promise<Blob>;
}

/** Of a kind that browsers play; what they record by themselves otherwise. */
const TYPES = ["audio/webm;codecs=opus", "audio/mp4", "audio/ogg;codecs=opus"] as const;
const BITS_PER_SECOND = 32_000;

export async function record(): Promise<Recording | MicrophoneFault> {
  const { mediaDevices } = navigator;
  if (mediaDevices === undefined) return "insecure"; // types say that it is always there; over http it is not
  let stream: MediaStream;
  try {
    stream = await mediaDevices.getUserMedia({ audio: true });
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    return error.name === "NotAllowedError" || error.name === "SecurityError" ? "denied" : "none";
  }
  const mimeType = TYPES.find((type) => MediaRecorder.isTypeSupported(type));
  const recorder = new MediaRecorder(stream, { audioBitsPerSecond: BITS_PER_SECOND, ...(mimeType && { mimeType }) });
  const parts: Blob[] = [];
  recorder.ondataavailable = ({ data }) => void parts.push(data);
  recorder.start();
  const stop = async (): Promise<Blob> => {
    const stopped = new Promise((resolve) => recorder.addEventListener("stop", resolve, { once: true }));
    recorder.stop();
    await stopped;
    for (const track of stream.getTracks()) track.stop(); // the browser shows that nobody listens any more
    return new Blob(parts, { type: recorder.mimeType });
  };
  return { stop };
}
