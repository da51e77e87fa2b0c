/** Versions by time, the last one first. */
import type { Room } from "@kith/sdk";
import { type DocVersion, VERSION_NAME_CHARACTERS_MAX } from "@kith/sdk/yjs";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { Button } from "../../ui/button.tsx";
import { Field } from "../../ui/field.tsx";
import { useVersionWords } from "./version-words.ts";
import { useWords } from "./words.ts";

interface VersionListProps {
  readonly room: Room;
  readonly versions: readonly DocVersion[];
  readonly onKeep: (name: string) => Promise<void>;
  readonly onChoose: (version: DocVersion) => void;
}

export function VersionList({ room, versions, onKeep, onChoose }: VersionListProps): JSX.Element {
  const words = useWords();
  const { when, who } = useVersionWords(room);
  const [name, setName] = useState("");
  return (
    <>
      <p class="soft small">{words.how}</p>
      <form
        class="row end"
        onSubmit={(event) => {
          event.preventDefault();
          if (name.trim() !== "") void onKeep(name.trim());
        }}
      >
        <div class="grow">
          <Field label={words.name} value={name} maxLength={VERSION_NAME_CHARACTERS_MAX} onInput={setName} />
        </div>
        <Button type="submit" isDisabled={name.trim() === ""}>
          {words.keep}
        </Button>
      </form>
      {versions.length === 0 ? (
        <p class="soft">{words.none}</p>
      ) : (
        <ol class="list" aria-label={words.history}>
          {[...versions].reverse().map((version) => (
            <li key={version.number}>
              <button type="button" class="item" onClick={() => onChoose(version)}>
                <span class="grow">
                  <span class="cut">{version.name ?? when(version.at)}</span>
                  <span class="soft small cut">
                    {version.name !== undefined && `${when(version.at)} · `}
                    {who(version)}
                  </span>
                </span>
              </button>
            </li>
          ))}
        </ol>
      )}
    </>
  );
}
