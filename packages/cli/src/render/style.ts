/**
 * Colours and signs, as far as the terminal has them. Meaning never depends on colour alone.
 *
 * @module
 */
import pc from "picocolors";

type Paint = (text: string) => string;

export interface Style {
  readonly strong: Paint;
  readonly dim: Paint;
  readonly good: Paint;
  readonly bad: Paint;
  readonly warn: Paint;
  readonly accent: Paint;
  readonly signs: Signs;
}

export interface Signs {
  readonly queued: string;
  readonly sent: string;
  readonly kept: string;
  readonly stored: string;
  readonly read: string;
  readonly good: string;
  readonly bad: string;
  readonly warn: string;
  readonly bullet: string;
  readonly arrow: string;
  readonly barFull: string;
  readonly barEmpty: string;
  readonly dash: string;
}

const UNICODE: Signs = {
  queued: "◷",
  sent: "✓",
  kept: "✉ kept",
  stored: "✓✓",
  read: "✓✓ read",
  good: "✓",
  bad: "✗",
  warn: "!",
  bullet: "●",
  arrow: "→",
  barFull: "█",
  barEmpty: "░",
  dash: "–",
};

const ASCII: Signs = {
  queued: "..",
  sent: "+",
  kept: "@ kept",
  stored: "++",
  read: "++ read",
  good: "ok",
  bad: "X",
  warn: "!",
  bullet: "*",
  arrow: "->",
  barFull: "#",
  barEmpty: ".",
  dash: "-",
};

/** Whether the locale says UTF-8. No locale at all means a script or a container: those read UTF-8. */
export function hasUnicode(env: Readonly<Record<string, string | undefined>>): boolean {
  const locale = env["LC_ALL"] || env["LC_CTYPE"] || env["LANG"] || "";
  if (env["TERM"] === "linux") return false;
  return locale === "" || /utf-?8/i.test(locale);
}

export function styleOf(options: { readonly color: boolean; readonly unicode: boolean }): Style {
  const colors = pc.createColors(options.color);
  return {
    strong: colors.bold,
    dim: colors.dim,
    good: colors.green,
    bad: colors.red,
    warn: colors.yellow,
    accent: colors.cyan,
    signs: options.unicode ? UNICODE : ASCII,
  };
}
