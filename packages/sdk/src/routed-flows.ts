/** Links through the meshes of rooms, as the core says that they come and go. */
import type { EndpointOutput } from "@kith/core";
import type { Driver } from "./driver.ts";
import { RoutedLink } from "./routed-link.ts";

export type FlowEvent = Extract<EndpointOutput, { type: "flowUp" | "flowPacket" | "flowDown" }>;

export class RoutedFlows {
  readonly #driver: Driver;
  readonly #links = new Map<number, RoutedLink>(); // the core bounds them

  constructor(driver: Driver) {
    this.#driver = driver;
  }

  handle(event: FlowEvent): void {
    switch (event.type) {
      case "flowUp":
        this.#add(event);
        break;
      case "flowPacket":
        this.#links.get(event.flow)?.handlePacket(event.packet);
        break;
      case "flowDown":
        this.#links.get(event.flow)?.handleDown();
        this.#links.delete(event.flow);
    }
  }

  #add({ flow, peer, dial }: Extract<FlowEvent, { type: "flowUp" }>): void {
    const driver = this.#driver;
    const { rooms } = driver.core;
    const link = new RoutedLink(peer, dial !== undefined, {
      send: (packet) => {
        rooms.sendFlow(flow, packet, driver.moment());
        driver.touch();
      },
      close: () => {
        this.#links.delete(flow);
        rooms.closeFlow(flow, driver.moment());
        driver.touch();
      },
    });
    this.#links.set(flow, link);
    driver.addLink(link, dial);
  }
}
