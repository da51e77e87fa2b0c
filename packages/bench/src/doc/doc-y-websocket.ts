/** A document of `y-websocket`: its own server and provider, as documented, over `ws` and loopback TCP, not encrypted. */
import { createServer } from "node:http";
import { getYDoc, setupWSConnection } from "@y/websocket-server/utils";
import { WebSocket, WebSocketServer } from "ws";
import { WebsocketProvider } from "y-websocket";
import { Doc } from "yjs";
import { listenOnLoopback } from "../contender/relay-process.ts";
import type { DocContender } from "./doc-contender.ts";

const NAME = "text";
/** In place of Node's own, which is slower. */
Object.assign(globalThis, { WebSocket });

export const docYWebsocket: DocContender = {
  async serve(fill) {
    fill(getYDoc(NAME));
    const http = createServer();
    new WebSocketServer({ server: http, perMessageDeflate: false }).on("connection", (socket, request) =>
      setupWSConnection(socket, request, { docName: NAME }),
    );
    return `ws://127.0.0.1:${await listenOnLoopback(http)}`;
  },
  reach: async (address) => ({
    async open() {
      const doc = new Doc();
      const provider = new WebsocketProvider(address, NAME, doc, { disableBc: true });
      return {
        doc,
        async close() {
          provider.destroy();
          doc.destroy();
        },
      };
    },
  }),
};
