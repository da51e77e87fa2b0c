/** What we know of a contact, and how we know it. */

import type { Contact, PathView, SessionView } from "@kith/sdk";
import type { JSX } from "preact";
import { useEndpoint } from "../../store/endpoint-context.ts";
import { useObservable } from "../../store/use-observable.ts";
import { FactTable } from "../../ui/fact-table.tsx";
import { useContactWords } from "./contact-words.ts";
import { useWords } from "./words.ts";

export function ContactFacts({ contact }: { readonly contact: Contact }): JSX.Element {
  const words = useContactWords();
  const { verifiedBy } = useWords();
  const { openSessions } = useEndpoint();
  const { peer } = contact;
  const session = useObservable(openSessions).find((each) => each.peer === peer);
  const facts = [
    [words.howVerified, `${verifiedBy[contact.verifiedBy]}, ${new Date(contact.verifiedAt).toLocaleString()}`],
    [words.fingerprint, <span class="mono">{contact.fingerprint}</span>],
    [words.lastSeen, lastSeen(contact, session, words)],
    [words.path, pathOf(contact, session?.path, words)],
  ] as const;
  return (
    <section class="card" aria-label={words.facts}>
      <FactTable facts={facts} />
    </section>
  );
}

type Words = ReturnType<typeof useContactWords>;

function lastSeen({ lastSeenAt }: Contact, session: SessionView | undefined, words: Words): string {
  if (session !== undefined) return words.hereSince(new Date(session.openedAt).toLocaleTimeString());
  return lastSeenAt === undefined ? words.never : new Date(lastSeenAt).toLocaleString();
}

function pathOf(contact: Contact, path: PathView | undefined, words: Words): string {
  if (path === undefined) return words.noPath[contact.session];
  const time = path.roundTripMs === undefined ? "" : words.takes(Math.round(path.roundTripMs));
  return words.paths[path.kind](path.remote) + time;
}
