/** Alarms, across the whole width of whatever is shown: until somebody says, on purpose, that they have dealt with it. */
import type { Alarm } from "@kith/sdk";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useEndpoint } from "../store/endpoint-context.ts";
import { linkTo } from "../store/route.ts";
import { useObservable } from "../store/use-observable.ts";
import { Button } from "../ui/button.tsx";
import { Check } from "../ui/check.tsx";
import { Icon } from "../ui/icon.tsx";
import { Sheet } from "../ui/sheet.tsx";
import { useAlarmWords } from "./alarm-words.ts";

export function AlarmBar(): JSX.Element {
  const words = useAlarmWords();
  const { alarms } = useEndpoint();
  const all = useObservable(alarms);
  const [dealtWith, setDealtWith] = useState<string>();
  const asked = all.find(({ id }) => id === dealtWith);
  // Kept in the page while empty: a region that is already there is read aloud when something enters it.
  return (
    <>
      <div class="alarms" role="alert" aria-label={words.alarms}>
        {all.map((alarm) => (
          <Entry key={alarm.id} alarm={alarm} onDone={() => setDealtWith(alarm.id)} />
        ))}
      </div>
      {asked !== undefined && <DismissSheet alarm={asked} onClose={() => setDealtWith(undefined)} />}
    </>
  );
}

function Entry({ alarm, onDone }: { readonly alarm: Alarm; readonly onDone: () => void }): JSX.Element {
  const words = useAlarmWords();
  const name = useNameOf(alarm);
  const { title, what, todo } = words.kinds[alarm.kind];
  return (
    <section class="alarm">
      <Icon name="alarm" />
      <div class="grow stack tight">
        <p>
          <strong>{title(name)}</strong>
        </p>
        <p>
          {what} {todo(name)}
        </p>
        <p class="row">
          <a href={linkTo("people", alarm.peer)}>{words.show(name)}</a>
          <span class="small">{new Date(alarm.at).toLocaleString()}</span>
          <Button onPress={onDone}>{words.dealWith}</Button>
        </p>
      </div>
    </section>
  );
}

function DismissSheet({ alarm, onClose }: { readonly alarm: Alarm; readonly onClose: () => void }): JSX.Element {
  const words = useAlarmWords();
  const endpoint = useEndpoint();
  const name = useNameOf(alarm);
  const [isSure, setSure] = useState(false);
  const { title, sure } = words.kinds[alarm.kind];
  return (
    <Sheet title={title(name)} onClose={onClose}>
      {alarm.found !== undefined && (
        <p class="small">
          {words.found} <span class="mono breaks">{alarm.found}</span>
        </p>
      )}
      <Check label={sure(name)} isOn={isSure} onChange={setSure} />
      <Button
        look="bad"
        isDisabled={!isSure}
        onPress={async () => {
          await endpoint.dismissAlarm(alarm.id);
          onClose();
        }}
      >
        {words.dismiss}
      </Button>
    </Sheet>
  );
}

function useNameOf({ peer }: Alarm): string {
  const words = useAlarmWords();
  const { trust } = useEndpoint();
  return useObservable(trust.contacts).find((contact) => contact.peer === peer)?.name ?? words.somebody;
}
