/**
 * A {@link Disk} in a worker of the application: `serveDisk()` there, {@link WorkerDisk} here. The application makes
 * the worker, for where its script lies is known to its bundler and allowed by its content security policy.
 *
 * @module
 */
import { type FaultReason, FileFault } from "../file-fault.ts";
import { type Disk, diskFault } from "./disk.ts";
import { SyncDisk } from "./sync-disk.ts";

type Operation = Exclude<keyof Disk, "close">;

interface Call {
  readonly kith: "disk";
  readonly id: number;
  readonly root: string;
  readonly operation: Operation | "close";
  readonly args: readonly unknown[];
}

interface Answer {
  readonly kith: "disk";
  readonly id: number;
  readonly value?: unknown;
  readonly fault?: { readonly reason: FaultReason; readonly message: string };
}

/** Where both ends send and listen: a `Worker` here, `self` there. */
export interface DiskPort {
  postMessage(message: unknown, transfer: Transferable[]): void;
  addEventListener(type: "message", listener: (event: MessageEvent) => void): void;
}

/** In a dedicated worker: does what {@link WorkerDisk}s of its page ask. Other messages are left alone. */
export function serveDisk(port: DiskPort = ownPort): void {
  const disks = new Map<string, SyncDisk>();
  port.addEventListener("message", ({ data }: MessageEvent<Call>) => {
    if (data?.kith !== "disk") return;
    const disk = disks.get(data.root) ?? new SyncDisk(data.root);
    disks.set(data.root, disk);
    const { id } = data;
    perform(disk, data).then(
      (value) => {
        const transfer = value instanceof Uint8Array && value.length > 0 ? [value.buffer as ArrayBuffer] : [];
        port.postMessage({ kith: "disk", id, value } satisfies Answer, transfer);
      },
      (error: unknown) => {
        const { reason, message } = diskFault(error);
        port.postMessage({ kith: "disk", id, fault: { reason, message } } satisfies Answer, []);
      },
    );
  });
}

/** Of the worker that this runs in. */
const ownPort: DiskPort = {
  postMessage: (message, transfer) => globalThis.postMessage(message, { transfer }),
  addEventListener: (type, listener) => globalThis.addEventListener(type, listener),
};

/** Both ends are ours, from one build: the arguments are those that {@link WorkerDisk} gives. */
function perform(disk: Disk, { operation, args }: Call): Promise<unknown> {
  const [path, a, b] = args as [string, number, number & Uint8Array];
  switch (operation) {
    case "size":
      return disk.size(path);
    case "write":
      return disk.write(path, a, b);
    case "read":
      return disk.read(path, a, b);
    case "finish":
      return disk.finish(path, a);
    case "remove":
      return disk.remove(path);
    case "close":
      return disk.close();
  }
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (fault: FileFault) => void;
}

export class WorkerDisk implements Disk {
  readonly #port: DiskPort;
  readonly #root: string;
  readonly #waiting = new Map<number, Waiting>();
  #next = 0;

  constructor(port: DiskPort, root: string) {
    [this.#port, this.#root] = [port, root];
    port.addEventListener("message", ({ data }: MessageEvent<Answer>) => {
      if (data?.kith !== "disk") return;
      const waiting = this.#waiting.get(data.id);
      this.#waiting.delete(data.id);
      if (data.fault === undefined) waiting?.resolve(data.value);
      else waiting?.reject(new FileFault(data.fault.reason, data.fault.message));
    });
  }

  async size(path: string): Promise<number | undefined> {
    const size = await this.#call("size", [path]);
    return typeof size === "number" ? size : undefined;
  }

  async write(path: string, offset: number, bytes: Uint8Array): Promise<void> {
    const copy = bytes.slice(); // what arrived is a view of more, which stays here
    await this.#call("write", [path, offset, copy], [copy.buffer]);
  }

  async read(path: string, offset: number, length: number): Promise<Uint8Array> {
    const bytes = await this.#call("read", [path, offset, length]);
    return bytes instanceof Uint8Array ? bytes : new Uint8Array(0);
  }

  async finish(path: string, bytes: number): Promise<void> {
    await this.#call("finish", [path, bytes]);
  }

  async remove(path: string): Promise<void> {
    await this.#call("remove", [path]);
  }

  async close(): Promise<void> {
    await this.#call("close", []);
  }

  #call(operation: Call["operation"], args: readonly unknown[], transfer: Transferable[] = []): Promise<unknown> {
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#port.postMessage({ kith: "disk", id, root: this.#root, operation, args } satisfies Call, transfer);
    });
  }
}
