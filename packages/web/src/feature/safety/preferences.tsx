/** How the app looks and speaks, and who sees that we are near. */
import type { PrivacyLevel } from "@kith/sdk";
import type { JSX } from "preact";
import { useEndpoint } from "../../store/endpoint-context.ts";
import { type Look, look, setLook } from "../../store/look.ts";
import { useObservable } from "../../store/use-observable.ts";
import { LANGUAGES, type Language, language, setLanguage } from "../../ui/language.ts";
import { Select } from "../../ui/select.tsx";
import { useWords } from "./words.ts";

export function Preferences(): JSX.Element {
  const words = useWords();
  const endpoint = useEndpoint();
  return (
    <section class="card stack" aria-label={words.look}>
      <Select<PrivacyLevel>
        label={words.presence}
        value={useObservable(endpoint.privacy)}
        options={words.levels}
        onChange={(level) => void endpoint.setPrivacy(level)}
      />
      <Select<Language>
        label={words.language}
        value={useObservable(language)}
        options={LANGUAGES}
        onChange={setLanguage}
      />
      <Select<Look> label={words.look} value={useObservable(look)} options={words.looks} onChange={setLook} />
    </section>
  );
}
