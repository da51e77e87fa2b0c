/**
 * Reads QR codes: from the camera, frame by frame, or from a picture. Nothing leaves the page.
 *
 * @module
 */
import { type Look, type Pixels, readCode, readStill } from "./code-reading.ts";
import { decodePicture } from "./picture.ts";

/** Why there is no picture of the camera. */
export type CameraFault =
  | "denied" //   the person, or the browser's settings, said no
  | "none" //     this device has none
  | "busy" //     another program has it
  | "insecure"; // the page came over http: then browsers give none

/** Milliseconds between two looks: a phone stays cool, and nobody holds a code for a shorter time. */
const LOOK_EVERY_MS = 120;
/** Of the longer side, in pixels: a code that fills a third of the frame is read at it. */
const SIDE_MAX = 960;

export async function openCamera(): Promise<MediaStream | CameraFault> {
  const { mediaDevices } = navigator;
  if (mediaDevices === undefined) return "insecure"; // types say that it is always there; over http it is not
  try {
    return await mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1280 } } });
  } catch (error) {
    return faultOf(error);
  }
}

function faultOf(error: unknown): CameraFault {
  switch (error instanceof DOMException ? error.name : undefined) {
    case "NotAllowedError":
    case "SecurityError":
      return "denied";
    case "NotFoundError":
    case "OverconstrainedError":
      return "none";
    case "NotReadableError":
    case "AbortError":
      return "busy";
    default:
      throw error;
  }
}

/** Looks until `found` says that it was what somebody looked for; returns how to stop that. */
export function watchVideo(video: HTMLVideoElement, found: (text: string) => boolean): () => void {
  const canvas = document.createElement("canvas");
  let timer: ReturnType<typeof setTimeout> | undefined;
  let look: Look = "clearer";
  const next = (): void => {
    look = look === "clearer" ? "as-it-is" : "clearer"; // in turns: each finds what the other does not
    const pixels = video.videoWidth === 0 ? undefined : pixelsOf(canvas, video, video.videoWidth, video.videoHeight);
    const text = pixels === undefined ? undefined : readCode(pixels, look);
    timer = text !== undefined && found(text) ? undefined : setTimeout(next, LOOK_EVERY_MS);
  };
  timer = setTimeout(next);
  return () => clearTimeout(timer);
}

/** `undefined`: there is no QR code in it, or it is no picture. */
export async function scanPicture(file: Blob): Promise<string | undefined> {
  const bitmap = await decodePicture(file);
  if (bitmap === undefined) return undefined;
  try {
    const pixels = pixelsOf(document.createElement("canvas"), bitmap, bitmap.width, bitmap.height);
    return pixels === undefined ? undefined : readStill(pixels);
  } finally {
    bitmap.close();
  }
}

function pixelsOf(
  canvas: HTMLCanvasElement,
  image: CanvasImageSource,
  width: number,
  height: number,
): Pixels | undefined {
  const scale = Math.min(1, SIDE_MAX / Math.max(width, height));
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (context === null) return undefined;
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  return context.getImageData(0, 0, canvas.width, canvas.height);
}
