/** Commands and answers of WebDriver BiDi over its WebSocket. Events are left alone. */

type Fields = Readonly<Record<string, unknown>>;

export class BidiConnection {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, PromiseWithResolvers<Fields>>();
  #next = 1;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => this.#handle(String(data)));
    socket.addEventListener("close", () => {
      for (const { reject } of this.#waiting.values()) reject(new Error("The browser has gone"));
    });
  }

  static async open(url: string): Promise<BidiConnection> {
    const socket = new WebSocket(url);
    await new Promise<void>((resolve, reject) => {
      socket.addEventListener("open", () => resolve(), { once: true });
      socket.addEventListener("error", () => reject(new Error(`Cannot reach ${url}`)), { once: true });
    });
    return new BidiConnection(socket);
  }

  /** @throws {Error} what the browser says against it */
  send(method: string, params: Fields): Promise<Fields> {
    const id = this.#next++;
    const answer = Promise.withResolvers<Fields>();
    this.#waiting.set(id, answer);
    this.#socket.send(JSON.stringify({ id, method, params }));
    return answer.promise;
  }

  close(): void {
    this.#socket.close();
  }

  #handle(text: string): void {
    const said: { id?: number; type?: string; result?: Fields; message?: string } = JSON.parse(text);
    const waiting = this.#waiting.get(said.id ?? 0);
    if (waiting === undefined) return;
    this.#waiting.delete(said.id ?? 0);
    if (said.type === "success") waiting.resolve(said.result ?? {});
    else waiting.reject(new Error(said.message ?? text));
  }
}
