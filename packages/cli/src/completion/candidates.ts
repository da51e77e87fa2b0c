/**
 * What may come next on a command line: commands, subcommands, options and their values from the
 * definitions themselves; contacts and nearby peers from the running node.
 *
 * @module
 */
import { completeJoinCode } from "@kith/core";
import type { IssuerView } from "@kith/sdk";
import type { Command } from "commander";
import { FACT_LABELS } from "../fact-input.ts";
import type { Kith, KithRoom } from "../kith.ts";
import { shortId } from "../render/progress.ts";
import { relayWords } from "../render/relay-view.ts";
import { safeText } from "../render/terminal-text.ts";
import { shortFingerprint } from "../render/units.ts";
import { shortRoomId } from "../resolve-room.ts";

export interface Candidate {
  readonly word: string;
  readonly meaning: string;
}

/** The running node, with what is asked of its rooms. */
export interface Running {
  readonly kith: Kith;
  readonly rooms: readonly KithRoom[];
}

/** Asks the shell for file names. */
export const FILES = ":files";

/**
 * Candidates for the last of `words`, which may be empty. `program` knows the wanted command's
 * arguments and options; `running` is the running node, if there is one.
 */
export function candidates(
  program: Command,
  words: readonly string[],
  running: Running | undefined,
): readonly (Candidate | typeof FILES)[] {
  const current = words.at(-1) ?? "";
  const { command, arity } = walk(program, words.slice(0, -1));
  const previous = words.at(-2) ?? "";
  const option = [...command.options, ...program.options].find(
    ({ short, long }) => short === previous || long === previous,
  );
  if (option !== undefined && (option.required || option.optional)) {
    if (option.long === "--room") return matching(rooms(running?.kith), current);
    if (option.long === "--relay") return matching(relays(running?.kith), current);
    const values = (option.argChoices ?? []).map((word) => ({ word, meaning: "" }));
    return values.length > 0 ? matching(values, current) : [FILES];
  }
  if (current.startsWith("-")) {
    const all = [...command.options, ...(command === program ? [] : program.options)];
    return matching(
      all.map(({ long, description }) => ({ word: long ?? "", meaning: description })),
      current,
    );
  }
  const visible = command.commands.filter((one) => !one.name().startsWith("__"));
  const subs = visible.map((one) => ({ word: one.name(), meaning: one.summary() || one.description() }));
  const argument = command.registeredArguments[Math.min(arity, command.registeredArguments.length - 1)];
  if (argument === undefined || (arity > 0 && subs.length > 0)) return arity === 0 ? matching(subs, current) : [];
  const values = argument.argChoices?.map((word) => ({ word, meaning: "" }));
  return [
    ...matching(subs, current),
    ...(values ? matching(values, current) : argumentValues(argument.name(), current, running)),
  ];
}

function argumentValues(
  name: string,
  current: string,
  running: Running | undefined,
): readonly (Candidate | typeof FILES)[] {
  const kith = running?.kith;
  switch (name) {
    case "peer":
      return matching(peers(kith), current);
    case "room":
      return matching(rooms(kith), current);
    case "member":
      return matching(
        inRooms(running, (room) => room.members.get().filter(({ isSelf }) => !isSelf)),
        current,
      );
    case "who":
      return matching(
        inRooms(running, (room) => room.requests.get()),
        current,
      );
    case "room-file":
      return matching(roomFiles(running), current);
    case "relay":
      return matching(relays(kith), current);
    case "id":
      return matching(transfers(kith), current);
    case "card":
      return matching(
        (kith?.cards.own.get() ?? []).map(({ label, id }) => ({ word: safeText(label), meaning: id.slice(0, 8) })),
        current,
      );
    case "offer":
      return matching(
        (kith?.cards.offers.get() ?? [])
          .filter(({ at }) => at === "offered")
          .map(({ id, name, level }) => ({ word: id.slice(0, 8), meaning: `${safeText(name ?? "", 40)} ${level}` })),
        current,
      );
    case "fact-offer":
    case "fact-wish":
    case "held-issuer":
    case "labels":
    case "issuer":
      return matching(factWords(name, kith), current);
    case "wanted":
    case "facts":
      return matching(
        FACT_LABELS.map((label) => ({ word: name === "facts" ? `${label}=` : label, meaning: "" })),
        current,
      );
    case "contact":
      return matching(
        (kith?.cards.received.get() ?? []).map(({ name, id }) => ({ word: safeText(name), meaning: id.slice(0, 8) })),
        current,
      );
    case "code":
      return codes(current);
    case "path":
    case "file":
      return [FILES];
    case "role":
      return matching(
        ["owner", "admin", "member", "guest"].map((word) => ({ word, meaning: "" })),
        current,
      );
    default:
      return [];
  }
}

/** Which command `words` lead to, and how many of its arguments they give. */
function walk(program: Command, words: readonly string[]): { readonly command: Command; readonly arity: number } {
  let command = program;
  let arity = 0;
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? "";
    const option = [...command.options, ...program.options].find(({ short, long }) => short === word || long === word);
    if (option !== undefined) at += option.required ? 1 : 0;
    else if (!word.startsWith("-")) {
      const sub = arity === 0 ? command.commands.find((one) => one.name() === word) : undefined;
      if (sub === undefined) arity++;
      else command = sub;
    }
  }
  return { command, arity };
}

/** With a hyphen where another word follows: the scripts add no space to that. */
function codes(current: string): readonly Candidate[] {
  const isFirstWord = /^\d+-[a-z]*$/i.test(current);
  return completeJoinCode(current).map((word) => ({ word: isFirstWord ? `${word}-` : word, meaning: "" }));
}

const rooms = (kith: Kith | undefined): readonly Candidate[] =>
  (kith?.rooms.all.get() ?? []).map((view) => ({
    word: safeText(view.name),
    meaning: `${shortRoomId(view)} ${view.state === "in" ? `${view.onlineCount} of ${view.memberCount} online` : view.state}`,
  }));

const inRooms = (
  running: Running | undefined,
  whom: (room: KithRoom) => readonly { readonly name: string; readonly fingerprint: string }[],
): readonly Candidate[] =>
  (running?.rooms ?? []).flatMap((room) =>
    whom(room).map(({ name, fingerprint }) => ({
      word: safeText(name),
      meaning: `${shortFingerprint(fingerprint)} ${safeText(room.view.get().name, 40)}`,
    })),
  );

const roomFiles = (running: Running | undefined): readonly Candidate[] =>
  (running?.rooms ?? []).flatMap((room) =>
    room.files.all.get().map((file) => ({ word: safeText(file.name), meaning: `${shortRoomId(file)} ${file.state}` })),
  );

/** Of the node's facts, which whoever completes has opened. */
function factWords(name: string, kith: Kith | undefined): readonly Candidate[] {
  if (kith === undefined) return [];
  const { held, offers, asks, pinned } = kith.facts;
  const issuer = (each: IssuerView): Candidate => ({
    word: safeText(each.name),
    meaning: shortFingerprint(each.fingerprint),
  });
  const offered = offers.get().filter(({ at }) => at === "offered");
  const waiting = offered.map(({ id, issuer: { name: from } }) => ({
    word: id.slice(0, 8),
    meaning: safeText(from, 40),
  }));
  switch (name) {
    case "fact-offer":
      return waiting;
    case "fact-wish": {
      const asked = asks.get().filter(({ at }) => at === "asked");
      return [
        ...waiting,
        ...asked.map(({ id, name: who = "" }) => ({ word: id.slice(0, 8), meaning: safeText(who, 40) })),
      ];
    }
    case "held-issuer":
      return held.get().map((each) => issuer(each.issuer));
    case "labels":
      return held
        .get()
        .flatMap(({ facts }) =>
          facts.map(({ label, value }) => ({ word: safeText(label), meaning: safeText(value, 40) })),
        );
    default:
      return pinned.get().map(issuer);
  }
}

function peers(kith: Kith | undefined): readonly Candidate[] {
  const contacts = (kith?.trust.contacts.get() ?? []).map(({ name, fingerprint }) => ({
    word: safeText(name),
    meaning: shortFingerprint(fingerprint),
  }));
  const strangers = (kith?.nearby.get() ?? [])
    .filter(({ isContact, name }) => !isContact && name !== undefined)
    .map(({ name, hints }) => ({ word: safeText(name ?? ""), meaning: `nearby ${safeText(hints[0] ?? "")}` }));
  return [...contacts, ...strangers];
}

const relays = (kith: Kith | undefined): readonly Candidate[] =>
  (kith?.relays.get() ?? []).map((view) => ({ word: safeText(view.host), meaning: relayWords(view) }));

const transfers = (kith: Kith | undefined): readonly Candidate[] =>
  (kith?.files.transfers.get() ?? []).map((view) => ({
    word: shortId(view),
    meaning: `${view.state} ${safeText(view.names[0] ?? "", 40)}`,
  }));

const matching = (all: readonly Candidate[], current: string): readonly Candidate[] =>
  all.filter(({ word }) => word !== "" && word.toLowerCase().startsWith(current.toLowerCase()));
