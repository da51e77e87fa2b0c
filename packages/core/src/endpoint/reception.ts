/**
 * As whom we meet whom: contacts, members of our rooms and guests with an open invitation the device's own
 * identity, strangers too in privacy *open* and while a room waits for somebody who has no invitation; else a
 * stranger is answered only while our person has opened pairing, by a one-time identity.
 *
 * @module
 */
import type { CryptoProvider } from "../crypto/provider.ts";
import { oneTimeIdentity } from "../identity/keys.ts";
import type { PeerId } from "../identity/peer-id.ts";
import { isAllZero } from "../lib/bytes.ts";
import type { RandomSource } from "../lib/random.ts";
import { CONTACT_TAG_BYTES, type Hello } from "../wire/handshake-packet.ts";
import type { DoorPolicy } from "./doorway.ts";
import { createPersona, type Persona } from "./persona.ts";
import type { Presence } from "./presence.ts";
import type { SwitchboardPolicy } from "./switchboard-output.ts";
import type { TrustDesk } from "./trust-desk.ts";

export interface ReceptionParts {
  readonly provider: CryptoProvider;
  readonly random: RandomSource;
  readonly main: Persona;
  readonly trust: TrustDesk;
  readonly presence: Presence;
  /** Whether we share a room with the peer. */
  readonly isMember: (peer: PeerId) => boolean;
  /** Whether a room waits for whoever has its code, or knocks: it can be met only as who we are in the room. */
  readonly expectsGuests: () => boolean;
  /** Whether our person shows something to whoever comes. */
  readonly isPairingOpen: () => boolean;
  /** Whether a session runs under this persona. */
  readonly isUsed: (persona: Persona) => boolean;
}

export class Reception {
  readonly #parts: ReceptionParts;
  #stranger: Persona | undefined;

  constructor(parts: ReceptionParts) {
    this.#parts = parts;
  }

  get #isOpen(): boolean {
    const { presence, main } = this.#parts;
    return presence.level === "open" || main.identity.isOneTime;
  }

  /** Whom somebody who has no tag meets. */
  get strangersMeet(): Persona {
    return this.#isOpen ? this.#parts.main : this.#strangerPersona();
  }

  hostFor(hello: Hello, isByMember: boolean): ReturnType<DoorPolicy["hostFor"]> {
    const { main, trust, expectsGuests, isPairingOpen } = this.#parts;
    const knownAs = trust.contactBehind(hello);
    if (knownAs !== undefined || isByMember || this.#isOpen || trust.isGuestBehind(hello))
      return { persona: main, knownAs };
    // Who shows a tag takes us for somebody it knows: a one-time identity would look like a changed key.
    if (!isAllZero(hello.tag)) return undefined;
    if (expectsGuests()) return { persona: main, knownAs };
    return isPairingOpen() ? { persona: this.#strangerPersona(), knownAs } : undefined;
  }

  dialAs(peer: PeerId | undefined): ReturnType<SwitchboardPolicy["dialAs"]> {
    const { main, trust, isMember } = this.#parts;
    if (peer === undefined || !(trust.isContact(peer) || isMember(peer)))
      return { persona: this.strangersMeet, tag: undefined };
    const tag = (ephemeralKey: Uint8Array): Uint8Array =>
      trust.recognition.tagFor(peer, ephemeralKey) ?? new Uint8Array(CONTACT_TAG_BYTES);
    return { persona: main, tag };
  }

  /** A new one each time, except while a session runs under it, or pairing is open and it may be known from a QR. */
  #strangerPersona(): Persona {
    const { provider, random, isPairingOpen, isUsed } = this.#parts;
    if (this.#stranger === undefined || !(isPairingOpen() || isUsed(this.#stranger))) {
      this.#stranger = createPersona(provider, random, oneTimeIdentity(provider, random));
    }
    return this.#stranger;
  }
}
