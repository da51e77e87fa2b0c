/** A ticket for calls by HTTP, as a client that is logged in gets it: the header of a call. */
import { bytesToBase64url } from "@kith/core";
import type { RelayGuest } from "./relay-guest.ts";

export async function ticketOf(guest: RelayGuest): Promise<{ readonly Authorization: string }> {
  guest.say({ type: "ticket", request: 77 });
  const { answer } = await guest.hear("done");
  return { Authorization: `Bearer ${bytesToBase64url(answer)}` };
}
