/** Who we are here, how it is kept, and how it goes. */
import { mayHavePasskeys } from "@kith/sdk/web";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useEndpoint } from "../../store/endpoint-context.ts";
import { useKith } from "../../store/kith-context.ts";
import { linkTo } from "../../store/route.ts";
import { Button, ButtonLink } from "../../ui/button.tsx";
import { AuditLog } from "./audit-log.tsx";
import { BackupSheet } from "./backup-sheet.tsx";
import { ExportSheet } from "./export-sheet.tsx";
import { PasskeySheet } from "./passkey-sheet.tsx";
import { PassphraseSheet } from "./passphrase-sheet.tsx";
import { Preferences } from "./preferences.tsx";
import { Relays } from "./relays.tsx";
import { FileFacts, StorageFacts } from "./storage-facts.tsx";
import { useWords } from "./words.ts";

interface SafetyProps {
  readonly isKept: boolean;
  readonly onErase: () => void;
  readonly onRestore: () => void;
}

export function Safety({ isKept, onErase, onRestore }: SafetyProps): JSX.Element {
  const words = useWords();
  const endpoint = useEndpoint();
  const kith = useKith();
  const { protection } = kith.home;
  const [sheet, setSheet] = useState<"backup" | "export" | "passphrase" | "passkey" | undefined>();
  const close = (): void => setSheet(undefined);
  return (
    <div class="stack">
      <h1>{words.you}</h1>
      <section class="card stack tight" aria-label={words.fingerprint}>
        <h2>{endpoint.name}</h2>
        <p class="mono">{endpoint.fingerprint}</p>
        <p class="soft small">{words.fingerprintHow}</p>
      </section>
      <section class="card stack tight" aria-label={words.exportIdentity}>
        <p>{words.keptHow[isKept ? protection : "none"]}</p>
        {isKept && <StorageFacts />}
        {isKept && <FileFacts />}
        <div class="row">
          {isKept && protection !== "browser" && <Button onPress={() => kith.lock()}>{words.lock}</Button>}
          {isKept && (
            <Button onPress={() => setSheet("passphrase")}>
              {protection === "passphrase" ? words.changePassphrase : words.setPassphrase}
            </Button>
          )}
          {isKept && protection !== "passkey" && mayHavePasskeys() && (
            <Button onPress={() => setSheet("passkey")}>{words.usePasskey}</Button>
          )}
          {isKept && <Button onPress={() => setSheet("backup")}>{words.backup}</Button>}
          {isKept && <Button onPress={() => setSheet("export")}>{words.exportIdentity}</Button>}
          {kith.home.isKept && <Button onPress={onRestore}>{words.restore}</Button>}
          <Button look="bad" onPress={onErase}>
            {words.erase}
          </Button>
        </div>
      </section>
      <Preferences />
      <Relays />
      <section class="card row apart" aria-label={words.why}>
        <p class="grow">{words.whyHow}</p>
        <ButtonLink href={linkTo("why")} icon="why">
          {words.why}
        </ButtonLink>
      </section>
      <AuditLog />
      {sheet === "backup" && <BackupSheet onClose={close} />}
      {sheet === "export" && <ExportSheet onClose={close} />}
      {sheet === "passkey" && <PasskeySheet onClose={close} />}
      {sheet === "passphrase" && <PassphraseSheet onClose={close} />}
    </div>
  );
}
