/** Both ends of what a bridge joins: a page that says what it likes, and somebody on the LAN. */
import assert from "node:assert/strict";
import { decodeNodeMessage, encodePageMessage, type NodeMessage, type PageMessage } from "@kith/core";
import type { Link, LinkEnd, Transport } from "../transport.ts";
import { PAGE, turns } from "../web/lan-fixture.test.ts";
import type { LanBridge, LanHandlers } from "./lan-bridge.ts";

/** A page that says what it likes. */
export class RawPage {
  readonly handlers: LanHandlers;
  readonly heard: NodeMessage[] = [];
  closedWith: number | undefined;
  room = 262_144;
  isPaused = false;

  constructor(bridge: LanBridge, address = PAGE.address) {
    const admitted = bridge.admit({ ...PAGE, address });
    assert.ok(typeof admitted === "function");
    const room = (): number => this.room;
    this.handlers = admitted({
      get room() {
        return room();
      },
      send: (messages) => {
        for (const message of messages) this.heard.push(decodeNodeMessage(Uint8Array.from(message)));
        if (this.room < 262_144) this.room = 0;
      },
      pause: () => {
        this.isPaused = true;
      },
      resume: () => {
        this.isPaused = false;
      },
      close: (code) => {
        this.closedWith = code;
      },
    });
  }

  say(message: PageMessage | { readonly type: "refresh" | "doubt"; readonly key: string }): void {
    this.handlers.onMessage(encodePageMessage(message as PageMessage));
  }

  async hear(wanted: NodeMessage): Promise<void> {
    const is = (): boolean => this.heard.some((each) => JSON.stringify(each) === JSON.stringify(wanted));
    for (let turn = 0; turn < 200 && !is(); turn++) await turns(1);
    assert.ok(is(), `${JSON.stringify(wanted)} among ${JSON.stringify(this.heard.slice(-5))}`);
  }

  async hearSome<Type extends NodeMessage["type"]>(type: Type): Promise<Extract<NodeMessage, { type: Type }>> {
    for (let turn = 0; turn < 200; turn++) {
      const found = this.heard.find((each): each is Extract<NodeMessage, { type: Type }> => each.type === type);
      if (found !== undefined) return found;
      await turns(1);
    }
    throw new Error(`no ${type}`);
  }

  /** First byte and length of each. */
  packets(): unknown[] {
    return this.heard.flatMap((each) => (each.type === "packet" ? [[each.packet[0], each.packet.length]] : []));
  }
}

/** Somebody on the LAN whom the page dials. */
export class Far {
  readonly packets: unknown[] = [];
  readonly #transport: Transport;
  readonly #links: { readonly link: Link; readonly ended: Promise<LinkEnd> }[] = [];

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  async listen(): Promise<void> {
    await this.#transport.listen((link) => {
      const ended = new Promise<LinkEnd>((resolve) => {
        const onPacket = (packet: Uint8Array): void => void this.packets.push([packet[0], packet.length]);
        link.start({ onPacket, onRoom() {}, onClosed: resolve });
      });
      this.#links.push({ link, ended });
    });
  }

  async link(): Promise<{ readonly link: Link; readonly ended: Promise<LinkEnd> }> {
    for (let turn = 0; turn < 200 && this.#links.length === 0; turn++) await turns(1);
    const link = this.#links.shift();
    assert.ok(link);
    return link;
  }
}
