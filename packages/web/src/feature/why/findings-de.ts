/** What the doctor of a page finds, in German; its English words are the SDK's. */
import type { About, PageCode, PageWords } from "@kith/sdk/web";

const SOCKET_FIX =
  "Ein Proxy, eine Firewall oder eine Erweiterung des Browsers hält sie auf: Erlaube WebSockets für diese Adresse, schalte die Erweiterung hier ab oder nimm ein anderes Netz. Mit https lassen die meisten sie durch.";
const CLOCK_FIX =
  "Stelle Datum und Uhrzeit richtig, am besten automatisch: Mit falscher Uhr gelten Erlaubnisse und Einladungen anderer nicht.";
const LAN_FIX = "Öffne das Zeichen vor der Adresse der Seite, erlaube das lokale Netzwerk und lade die Seite neu.";

type Pair = readonly [words: string, fix?: string];

export const FINDINGS: Readonly<Record<PageCode, Pair>> = {
  online: ["Der Browser meldet ein Netz."],
  offline: [
    "Der Browser meldet, dass kein Netz da ist.",
    "Schalte den Flugmodus aus, tritt einem WLAN bei oder stecke ein Kabel ein. Was du bis dahin schreibst, wartet und geht dann von selbst hinaus.",
  ],
  "offline-beyond": [
    "Der Browser meldet, dass es außerhalb dieses Geräts kein Netz gibt.",
    "Um andere zu erreichen, schalte den Flugmodus aus, tritt einem WLAN bei oder stecke ein Kabel ein.",
  ],
  "websocket-blocked": ["Seiten kommen von dort an, woher diese kam, WebSockets aber nicht.", SOCKET_FIX],
  "node-here": ["Der Knoten, der diese Seite ausliefert, ist da und zeigt ihr das Netz ringsum."],
  "node-connecting": [
    "Der Knoten, der diese Seite ausliefert, hat noch nicht geantwortet.",
    "Sieh in ein paar Sekunden noch einmal nach.",
  ],
  "node-gone": [
    "Was diese Seite ausgeliefert hat, ist weg: In dessen Netz ist niemand zu sehen, an dessen Relay niemand zu treffen. Wer über WebRTC verbunden ist, bleibt es.",
    "Starte Kith dort wieder (`kith up` oder `npm start`) oder tritt dessen Netz bei. Bis dahin trifft man Leute nur an anderen Relays.",
  ],
  "node-refuses": [
    "Der Knoten, der diese Seite ausliefert, zeigt ihr das Netz ringsum nicht.",
    "Er tut es für acht Seiten eines Geräts zugleich: Schließe einige und lade diese Seite neu.",
  ],
  "node-none": ["Was diese Seite ausliefert, zeigt kein Netz ringsum: Man trifft Leute nur an Relays."],
  "relay-none": [
    "Kein Relay ist eingetragen: Außerhalb dieses Netzes trifft man niemanden.",
    "Trage unter „Du“ eines ein. Zwei Leute brauchen ein gemeinsames Relay.",
  ],
  "relay-right": ["{relay} ist erreichbar und hat den richtigen Schlüssel."],
  "relay-new": ["{relay} ist erreichbar; sein Schlüssel war vorher nicht bekannt."],
  "relay-entering": [
    "{relay} ist erreichbar und hat uns noch nicht eingelassen.",
    "Sieh in ein paar Sekunden noch einmal nach.",
  ],
  "relay-busy": [
    "{relay} ist erreichbar, lässt uns aber gerade nicht ein.",
    "Es wird von selbst wieder versucht. Bleibt es dabei, frage, wer das Relay betreibt.",
  ],
  "relay-unwelcome": [
    "{relay} lässt nur ein, wen sein Besitzer eingeladen hat.",
    "Bitte um eine Adresse mit Einladung und trage das Relay mit ihr ein.",
  ],
  "relay-elsewhere": [
    "{relay} hat uns gehen lassen, weil dieselbe Identität von anderswo kam.",
    "Benutze eine Identität nur an einem Ort zugleich: Schließe sie auf dem anderen Gerät.",
  ],
  "relay-silent": [
    "{relay} antwortet nicht.",
    "Prüfe, ob dieses Gerät im Netz ist, ob die Adresse stimmt und ob das Relay läuft. Mehr sagt ein Browser nicht; `kith doctor` auf einem Rechner im selben Netz schon.",
  ],
  "relay-forbidden": [
    "{relay} ist ohne TLS, und der Browser lässt eine Seite, die über https kam, nur Relays mit TLS benutzen.",
    "Trage das Relay mit seiner Adresse ein, die mit wss:// beginnt, oder öffne diese Seite auf dem Gerät selbst über http.",
  ],
  "relay-mute": ["Der WebSocket zu {relay} kommt zustande, aber nichts kommt durch.", SOCKET_FIX],
  "relay-stranger": ["{relay} nimmt WebSockets an, spricht aber kein Kith.", "Prüfe die Adresse."],
  "relay-unproven": [
    "{relay} beweist seinen Schlüssel nicht: Es ist kein Relay, oder jemand steht dazwischen.",
    "Nimm ein anderes Netz oder frage, wer das Relay betreibt.",
  ],
  "relay-changed": [
    "{relay} hat einen anderen Schlüssel als früher: Es erfährt nichts.",
    "Frage, wer es betreibt, und zwar nicht über dieses Netz, ob es einen neuen Schlüssel hat. Wenn ja, trage seine Adresse mit dem neuen Schlüssel hinter # ein; wenn nein, steht jemand dazwischen.",
  ],
  "clock-right": ["Die Uhr geht wie die anderen, die gefragt wurden."],
  "clock-unasked": [
    "Niemand konnte nach der Zeit gefragt werden.",
    "Sieh nach, ob Datum und Uhrzeit dieses Geräts stimmen.",
  ],
  "clock-past": ["Die Uhr dieses Geräts steht weit in der Vergangenheit.", CLOCK_FIX],
  "clock-future": ["Die Uhr dieses Geräts steht weit in der Zukunft.", CLOCK_FIX],
  "clock-near": [
    "Die Uhr dieses Geräts geht gegenüber der von {relay} um {off} {side}.",
    "Eine der beiden geht falsch. Stelle Datum und Uhrzeit hier richtig, am besten automatisch.",
  ],
  "clock-off": [
    "Die Uhr dieses Geräts geht gegenüber der von {relay} um {off} {side}: Erlaubnisse und Einladungen gelten nicht.",
    "Stelle Datum und Uhrzeit hier richtig, am besten automatisch; stimmen sie, sage es dem, der das Relay betreibt.",
  ],
  "clock-behind": [
    "Die Uhr geht hinter dem, was schon einmal gesehen wurde, und Erlaubnisse gelten nicht.",
    "Stelle Datum und Uhrzeit richtig, am besten automatisch. Stimmen sie jetzt, dann sage es.",
  ],
  "lan-allowed": ["Diese Seite darf das lokale Netzwerk benutzen."],
  "lan-asks": ["Der Browser fragt dich, wenn diese Seite das lokale Netzwerk benutzen will."],
  "lan-denied": [
    "Der Browser lässt diese Seite nicht ins lokale Netzwerk: Wer in der Nähe ist, wird auf Umwegen erreicht oder gar nicht.",
    LAN_FIX,
  ],
  "lan-denied-inside": [
    "Der Browser lässt diese Seite nicht ins lokale Netzwerk. Die Seite kam von dort, darum geht das meiste trotzdem; direktes WebRTC vielleicht nicht.",
    LAN_FIX,
  ],
  "lan-unknown": [
    "Dieser Browser verrät nicht, ob die Seite das lokale Netzwerk benutzen darf.",
    "Auf iPhone, iPad und Mac entscheidet das System: Einstellungen, Datenschutz, Lokales Netzwerk, dort der Browser.",
  ],
  "webrtc-here": ["WebRTC ist da und findet Adressen dieses Geräts."],
  "webrtc-missing": [
    "Dieser Browser hat kein WebRTC, oder etwas hat es ihm genommen: Am Knoten vorbei gibt es keine direkten Wege.",
    "Nimm einen Browser, der es hat, oder schalte die Erweiterung oder Einstellung ab, die es aufhält. Bis dahin geht alles über Relays, die es nicht lesen können.",
  ],
  "webrtc-hidden": [
    "Der Browser nennt WebRTC keine Adresse dieses Geräts: Von hier beginnt kein direkter Weg.",
    "Eine Einstellung, eine Richtlinie oder eine Erweiterung („WebRTC leak“, ein VPN) hält Adressen zurück: Erlaube sie für diese Seite.",
  ],
  "udp-through": [
    "UDP geht hinaus, und Antworten kommen zurück. Welche Art Router dazwischen steht, kann eine Seite nicht sagen.",
  ],
  "udp-turned": [
    "UDP geht nicht hinaus, aber der Server, den ein Relay leiht, ist über TCP erreichbar.",
    "Nichts ist kaputt, es ist nur langsamer. Für direkte Wege erlaube ausgehendes UDP in der Firewall oder nimm ein anderes Netz.",
  ],
  "udp-blocked": [
    "Keine Antwort über UDP: Dieses Netz oder eine Firewall hier lässt nichts durch.",
    "Über Relays geht es weiter. Für direkte Wege in andere Netze erlaube ausgehendes UDP oder nimm ein anderes Netz.",
  ],
  "udp-unclear": ["Server außerhalb wurden über UDP gefragt; was zurückkam, sagt nichts."],
  "udp-unasked": [
    "Ob UDP hinausgeht, kann nur ein Server außerhalb sagen, und kein eingetragenes Relay leiht einen (TURN). Auch welche Art Router dazwischen steht, bleibt offen.",
  ],
  secure: ["Diese Seite kam über https oder von diesem Gerät."],
  insecure: [
    "Diese Seite kam über http: Wer unterwegs Pakete ändern kann, kann sie ändern. Der Browser behält für sie keine Identität, gibt ihr keine Kamera und öffnet sie nicht ohne Netz.",
    "Öffne sie unter http://localhost auf dem Gerät, das sie ausliefert, oder liefere sie über https aus.",
  ],
  "opens-offline": ["Die Seite öffnet sich auch ohne Netz."],
  "needs-network": [
    "Die Seite öffnet sich nicht ohne Netz: Der Browser hat sie noch nicht behalten.",
    "Lade sie noch einmal, solange da ist, was sie ausliefert. Ein privates Fenster behält nichts.",
  ],
  "storage-none": ["Diese Identität lebt für einen Besuch: Nichts wird behalten, nichts kann weggeräumt werden."],
  "storage-kept": ["Der Browser räumt nicht weg, was hier behalten wird."],
  "storage-clearable": [
    "Der Browser darf wegräumen, was hier behalten wird, auch die Identität, wenn der Platz knapp wird.",
    "Installiere die Seite als App oder setze ein Lesezeichen und frage den Browser noch einmal. Und sichere die Identität.",
  ],
  "storage-full": [
    "Fast aller Platz, den der Browser gibt, ist belegt: Dateien und spätere Nachrichten finden keinen.",
    "Lösche empfangene Dateien, die du anderswo gesichert hast, oder schaffe Platz auf diesem Gerät.",
  ],
  "tabs-more": ["Kith ist in weiteren Tabs offen ({count}): Sie warten, und dieser hat die Identität."],
  "way-webrtc": ["{who}: direkt, über WebRTC. Einen besseren Weg gibt es nicht."],
  "way-node": [
    "{who}: in diesem Netz, über den Knoten, der diese Seite ausliefert und nichts lesen kann. Besser geht es von einer Seite aus nicht.",
  ],
  "way-straight": ["{who}: direkt. Einen besseren Weg gibt es nicht."],
  "way-no-webrtc": [
    "{who}: {way}. Diesem Browser fehlt WebRTC für einen direkten Weg.",
    "Sieh oben bei WebRTC nach. Niemand unterwegs kann lesen, was gesagt wird.",
  ],
  "way-lan-denied": [
    "{who}: {way}. In der Nähe, aber der Browser lässt diese Seite nicht ins lokale Netzwerk.",
    "Sieh oben beim lokalen Netzwerk nach.",
  ],
  "way-udp-blocked": [
    "{who}: {way}. Direkte Wege brauchen UDP, das von hier nicht hinausgeht.",
    "Sieh oben bei UDP nach. Niemand unterwegs kann lesen, was gesagt wird.",
  ],
  "way-near": [
    "{who}: {way}. Im selben Netz, aber die beiden finden keinen direkten Weg.",
    "Vielleicht hält der Zugangspunkt Geräte getrennt („Client-Isolation“), oder eine Firewall auf einem der beiden verwirft UDP. Sieh auch auf dem anderen Gerät hier nach.",
  ],
  "way-apart": [
    "{who}: {way}. In einem anderen Netz, und zwischen beiden fand sich kein direkter Weg.",
    "Nichts ist kaputt. Ein direkter Weg braucht ein Netz oder VPN für beide oder ein Relay, das einen Server dafür leiht (TURN).",
  ],
  "way-lost": [
    "{who}: Der Weg von eben ist weg, und noch kein anderer gefunden.",
    "Sobald einer gefunden ist, geht es von selbst weiter, und nichts geht verloren. Bleibt es so, beginne mit dem, was oben steht.",
  ],
  "contact-near": [
    "{who}: in diesem Netz gesehen und nicht verbunden.",
    "Öffne den Chat: Das versucht es. Bleibt es so, ist auf einem der beiden Geräte eine Firewall im Weg.",
  ],
  "contact-no-relay": [
    "{who}: in diesem Netz nicht gesehen, und kein Relay ist eingetragen, an dem man sich träfe.",
    "Wer anderswo ist, braucht wie du ein Relay, am besten dasselbe.",
  ],
  "contact-relays-away": [
    "{who}: in diesem Netz nicht gesehen, und kein Relay ist jetzt zu gebrauchen.",
    "Sieh oben bei den Relays nach. Was du schreibst, wartet bis dahin.",
  ],
  "contact-absent": [
    "{who}: weder in diesem Netz noch an einem Relay, das hier benutzt wird. Ausgeschaltet oder an anderen Relays.",
    "Was du schreibst, wartet. Zwei Leute brauchen ein gemeinsames Relay.",
  ],
  "member-absent": [
    "{who}: Niemand im Raum hat jetzt einen Weg dorthin. Ausgeschaltet oder an anderen Relays.",
    "Was gesagt wurde, kommt an, sobald die Person wieder da ist, soweit die Geschichte des Raums reicht.",
  ],
  "people-more": ["Und {count} weitere Leute."],
};

export function findingDe(code: PageCode, about: About): PageWords {
  const [words, fix] = FINDINGS[code];
  const parts = partsOf(about);
  const fill = (text: string): string => text.replace(/\{(\w+)\}/g, (_all, part: string) => parts[part] ?? "");
  return { words: fill(words), ...(fix !== undefined && { fix: fill(fix) }) };
}

const partsOf = ({
  who = "Jemand",
  through,
  relay,
  count = 0,
  ahead = 0,
}: About): Readonly<Record<string, string>> => ({
  ...{ who, relay: relay ?? "ein Relay", count: String(count), off: timeDe(Math.abs(ahead)) },
  side: ahead > 0 ? "nach" : "vor",
  way: relay !== undefined ? `über das Relay ${relay}` : `über ${through ?? "andere eines Raums"}`,
});

function timeDe(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  if (minutes < 120) return minutes === 1 ? "eine Minute" : `${minutes} Minuten`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} Stunden` : `${Math.round(hours / 24)} Tage`;
}
