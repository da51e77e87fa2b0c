/**
 * Carries out what chats, files, pairings and trust want done: each step where it belongs.
 *
 * @module
 */
import type { PeerId } from "../identity/peer-id.ts";
import type { Moment } from "../lib/moment.ts";
import type { Paired } from "../trust/pairing-options.ts";
import { CLOSE } from "../wire/registry.ts";
import { CardDesk } from "./card-desk.ts";
import type { ChannelRouter } from "./channel-router.ts";
import { Conversations } from "./conversations.ts";
import type { EndpointOutput } from "./endpoint-output.ts";
import type { GrantDesk } from "./grant-desk.ts";
import type { MailDesk } from "./mail-desk.ts";
import type { Pairings } from "./pairings.ts";
import type { Persona } from "./persona.ts";
import type { RoomSpace } from "./room-space.ts";
import type { SessionEntry } from "./session-table.ts";
import type { SignalDesk } from "./signal-desk.ts";
import type { StoreDesk } from "./store-desk.ts";
import type { Switchboard } from "./switchboard.ts";
import type { SwitchboardOutput } from "./switchboard-output.ts";
import type { Transfers } from "./transfers.ts";
import type { TrustDesk } from "./trust-desk.ts";

export interface DeskParts {
  readonly trust: TrustDesk;
  readonly grants: GrantDesk;
  readonly pairings: Pairings;
  readonly conversations: Conversations;
  readonly transfers: Transfers;
  readonly mail: MailDesk;
  readonly rooms: RoomSpace;
  readonly signals: SignalDesk;
  readonly switchboard: Switchboard;
  readonly router: ChannelRouter;
  readonly store: StoreDesk;
  readonly main: Persona;
  /** Where outputs go. */
  readonly outputs: EndpointOutput[];
}

type LinkNews = Extract<SwitchboardOutput, { type: "unexpectedPeer" | "refused" | "misbehaved" | "passive" }>;

export class DeskOutputs {
  readonly #parts: DeskParts;

  constructor(parts: DeskParts) {
    this.#parts = parts;
  }

  /** What links came to, for the log and for our person. */
  tell(output: LinkNews, at: Moment): void {
    const { trust, outputs } = this.#parts;
    if (output.type === "unexpectedPeer") {
      const { expected, found } = output;
      if (trust.book.meet({ peer: found, expected }).at === "changed")
        outputs.push({ type: "keyChanged", expected, found });
    } else if (output.type === "passive") {
      const { peer, source, reason } = output;
      trust.audit({ event: "limitHit", peer, source, detail: reason }, at);
      outputs.push({ type: "note", code: reason, peer });
    } else {
      const { type: event, reason: detail, ...from } = output;
      trust.audit({ event, detail, ...from }, at);
    }
  }

  /** A session is new; `hint`: where the peer listens, if we dialled it. */
  greet(session: SessionEntry, hint: string | undefined, at: Moment): void {
    const { trust, router, pairings } = this.#parts;
    const { stack, source, keying } = session;
    const isContact = trust.isContact(stack.peer);
    router.handleReachable(stack.peer);
    for (const left of pairings.leftBehind(stack.peer, session)) left.stack.close(CLOSE.done, at.now);
    const seen = { ...(hint !== undefined && { hint }), contactKey: keying.remoteContactKey };
    if (isContact) trust.book.seen(stack.peer, at.wall, seen);
    trust.audit({ event: "connected", peer: stack.peer, source, detail: isContact ? "contact" : "stranger" }, at);
  }

  drainConversations(at: Moment): void {
    for (
      let output = this.#parts.conversations.poll();
      output !== undefined;
      output = this.#parts.conversations.poll()
    ) {
      if (output.type === "store")
        this.#parts.outputs.push(this.#parts.store.put({ of: "chat", peer: output.peer, token: output.token }, output));
      else if (output.type === "want")
        this.#parts.switchboard.reach.setWanted(output.peer, "outbox", output.isWanted, at.now);
      else if (output.type === "chat") this.#parts.outputs.push(output);
      else if (output.type === "mail") this.#parts.mail.handleChanged(output.peer);
      else if (output.type === "mailTaken") this.#parts.mail.handleTaken(output.item);
      else this.#parts.outputs.push({ type: "note", code: output.code, peer: output.peer });
    }
  }

  drainMail(at: Moment): void {
    const { mail, outputs, store, switchboard, trust } = this.#parts;
    for (let output = mail.poll(); output !== undefined; output = mail.poll()) {
      if (output.type === "store") outputs.push(store.put({ of: "mail", token: output.token }, output));
      else if (output.type === "hints") switchboard.reach.straight.tell(output.peer, output.hints, at.now);
      else if (output.type === "itemRefused") {
        const { why, sender } = output;
        trust.audit({ event: "denied", ...(sender && { peer: sender }), detail: `relay item ${why}` }, at);
      } else outputs.push(output);
    }
  }

  drainTransfers(at: Moment): void {
    for (let output = this.#parts.transfers.poll(); output !== undefined; output = this.#parts.transfers.poll()) {
      switch (output.type) {
        case "store":
          this.#parts.outputs.push(this.#parts.store.put({ of: "file", key: output.key, token: output.token }, output));
          break;
        case "want":
          this.#parts.switchboard.reach.setWanted(output.peer, "outbox", output.isWanted, at.now);
          break;
        case "offered":
          this.#handleOfferedFiles(output, at);
          break;
        case "completed":
          this.#parts.trust.audit({ event: output.isOutgoing ? "fileSent" : "fileReceived", peer: output.peer }, at);
          break;
        case "changed":
          this.#parts.outputs.push({ type: "changed", what: "transfers" });
          break;
        default:
          this.#parts.outputs.push(output);
      }
    }
  }

  /** Whoever may send files unasked is not asked about; of others, what a grant limits is checked now. */
  #handleOfferedFiles({ key, peer, bytes }: { key: string; peer: PeerId; bytes: number }, at: Moment): void {
    const source = this.#parts.switchboard.sessionOf(peer)?.source ?? "";
    if (this.#parts.trust.mayUse({ peer, source, operation: "file.unasked", bytes }, at).allowed)
      this.#parts.transfers.accept(key, at.wall);
    this.#parts.outputs.push({ type: "changed", what: "transfers" });
  }

  drainPairings(at: Moment): void {
    for (let output = this.#parts.pairings.poll(); output !== undefined; output = this.#parts.pairings.poll()) {
      if (output.type === "audit") this.#parts.trust.audit(output.record, at);
      else if (output.type === "changed") this.#parts.outputs.push({ type: "changed", what: "pairings" });
      else if (output.type === "paired") this.#handlePaired(output.session, output.paired, at);
      else if (output.token === 0) this.#parts.trust.keep(output.puts, output.deletes);
      else
        this.#parts.outputs.push(
          this.#parts.store.put({ of: "pairing", pairing: output.pairing, token: output.token }, output),
        );
    }
  }

  #handlePaired(session: SessionEntry, paired: Paired, at: Moment): void {
    if (!paired.remember) return;
    const hint = this.#parts.switchboard.reach.straight.hintsOf(session.stack.peer)[0];
    if (paired.peer !== session.stack.peer || session.persona !== this.#parts.main) {
      // Under one-time identities: the contact is another peer than this session's, and is met anew.
      return this.adopt(paired, hint, at);
    }
    this.#pin(paired, hint, at);
  }

  /** A contact that we have no session with yet, met at `hint`. */
  adopt(paired: Paired, hint: string | undefined, at: Moment): void {
    this.#pin(paired, hint, at);
    if (hint !== undefined) this.#parts.switchboard.reach.straight.remember(paired.peer, [hint], at.now);
    this.#parts.switchboard.reach.want(paired.peer, "nearby", at.now);
  }

  #pin({ peer, name, contactKey, verifiedBy, role }: Paired, hint: string | undefined, at: Moment): void {
    const { trust, router } = this.#parts;
    trust.book.pin({ peer, name, contactKey, verifiedBy, role, ...(hint !== undefined && { hint }) }, at.wall);
    trust.book.seen(peer, at.wall);
    router.handleReachable(peer);
  }

  drainSignals(at: Moment): void {
    const { signals, switchboard, outputs } = this.#parts;
    signals.settle(at.now);
    for (let output = signals.poll(); output !== undefined; output = signals.poll()) {
      if (output.type === "rtc") outputs.push(output);
      else switchboard.handleDialFailed(output.dial, at.now);
    }
  }

  drainRooms(): void {
    const { rooms, outputs } = this.#parts;
    const { desk } = rooms;
    for (let output = desk?.poll(); output !== undefined; output = desk?.poll()) {
      if (output.type === "store") outputs.push(this.#parts.store.put({ of: "room", token: output.token }, output));
      else outputs.push(output);
    }
  }

  drainTrust(at: Moment): void {
    this.#parts.trust.settle(at);
    for (let output = this.#parts.trust.poll(); output !== undefined; output = this.#parts.trust.poll()) {
      if (output.type === "store")
        this.#parts.outputs.push(this.#parts.store.put({ of: "trust", token: output.token }, output));
      else if (output.type === "changed") this.#parts.outputs.push({ type: "changed", what: "contacts" });
      else if (output.type === "revoked") this.#handleRevoked(output.peer, at);
      else if (output.type === "kept") this.#parts.grants.handleKept(output.peer, output.word);
      else this.#parts.router.endGranted(output.peer, output.grant, at);
    }
  }

  #handleRevoked(peer: PeerId, at: Moment): void {
    this.#parts.router.forget(peer, at);
    this.#parts.mail.forget(peer, at);
    // A member of a room stays one where our person has not blocked it.
    this.#parts.rooms.desk?.handleBlocked(peer, at.now);
    this.#parts.switchboard.expel(peer, CLOSE.revoked, at.now);
    for (const prefix of [Conversations.storePrefix(peer), CardDesk.storePrefix(peer)])
      this.#parts.outputs.push({ type: "deletePrefix", prefix });
  }
}
